"""Seeds side by side: each knows nothing of the others, so each may live in a process of its own."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from simulators.campaign.report import Report
from simulators.campaign.stories import Profile

Life = Callable[[int], Report]

_lives: list[Life] = []
"""What a worker was born to do: a profile is made of functions, which are inherited and not sent."""


def lived(profile: Profile, seeds: range, hours: float, *, first: bool, workers: int) -> Iterator[Report]:
    """The report of each seed in their order, to the `first` that breaks something; `workers` at a time."""
    life = partial(_life, profile, hours, first=first)
    if workers == 1:
        yield from _to_first(map(life, seeds), first=first)
        return
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, fork, _lives.append, (life,)) as processes:
        yield from _to_first(processes.map(_born, seeds), first=first)
        processes.shutdown(cancel_futures=True)


def _to_first(reports: Iterator[Report], *, first: bool) -> Iterator[Report]:
    for report in reports:
        yield report
        if first and report.violations:
            return


def _born(number: int) -> Report:
    return _lives[-1](number)


def _life(profile: Profile, hours: float, number: int, *, first: bool) -> Report:
    """A bed that lives so many hours, run after run; CPU time is what this process used."""
    report, lived_s = Report(profile, (number, number + 1), hours), 0.0
    begun = time.process_time()
    for run in itertools.count(1):
        ended = profile.play(profile.drawn(f"{number}/{run}"))
        report.count(ended, profile)
        lived_s += max(ended.seconds, 1)
        if lived_s >= hours * 3600 or (first and report.violations):
            break
    report.cpu_s = time.process_time() - begun
    return report
