"""Seeds, each a bed that lives so many hours: run after run, story after story; counted and judged."""

from __future__ import annotations

import contextlib
import gc
import itertools
import logging
import time
from collections.abc import Callable, Iterator

import structlog

from simulators.campaign.deaths import NTH
from simulators.campaign.report import Report
from simulators.campaign.seeds import lived
from simulators.campaign.stories import Ended, Profile
from simulators.campaign.story import WIRE

GARBAGE = 20_000
"""Objects after which Python looks for circles, in the place of its own 700."""


def campaign(
    seeds: tuple[int, int],
    hours: float,
    *,
    first: bool = False,
    profile: Profile = WIRE,
    workers: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Play every seed from A to B - 1, so many at a time, or to the `first` that breaks something."""
    report = Report(profile, seeds, hours)
    begun = time.perf_counter()
    with _quiet():
        for seed in lived(profile, range(*seeds), hours, first=first, workers=workers):
            report.add(seed)
            for line in seed.told():
                tell(line)
    report.wall_s = time.perf_counter() - begun
    return report


def sweep(most: int, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Each fault that counts, struck at every n below `most`: write, send and await, one story each."""
    report = Report(WIRE, (0, most), 0)
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    with _quiet():
        for kind, number in itertools.product(NTH, range(most)):
            report.count(WIRE.play(WIRE.drawn(f"nth/{kind}/{number}")), WIRE)
    report.cpu_s, report.wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    for line in report.told():
        tell(line)
    return report


def replayed(name: str, profile: Profile = WIRE) -> Ended:
    """One story by its name, SEED/RUN or nth/KIND/N, as it was; ValueError for a kind that does not count."""
    with _quiet():
        return profile.play(profile.drawn(name))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The daemon's own log is of no use here, and frozen states make no circles to look for."""
    before, thresholds = structlog.get_config(), gc.get_threshold()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.freeze()
    gc.set_threshold(GARBAGE)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        structlog.configure(**before)
