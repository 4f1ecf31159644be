"""Seeds, each a bed that lives so many hours: run after run, story after story; counted and judged."""

from __future__ import annotations

import contextlib
import gc
import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog

from simulators.campaign.deaths import NTH
from simulators.campaign.stories import Ended, Profile
from simulators.campaign.story import WIRE

GARBAGE = 20_000
"""Objects after which Python looks for circles, in the place of its own 700."""


@dataclass
class Report:
    """What a campaign came to."""

    profile: Profile
    seeds: tuple[int, int]
    hours: float
    runs: int = 0
    patient_s: float = 0
    cpu_s: float = 0
    struck: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    violations: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.struck.update(dict.fromkeys(sorted(self.profile.acts), 0))
        self.checked.update(dict.fromkeys(self.profile.invariants, 0))

    def as_json(self) -> dict[str, Any]:
        """For a machine."""
        per_cpu = self.patient_s / self.cpu_s if self.cpu_s else 0
        return {
            "profile": self.profile.name,
            "seeds": f"{self.seeds[0]}:{self.seeds[1]}",
            "hours": self.hours,
            "runs": self.runs,
            "patient_hours": round(self.patient_s / 3600, 2),
            "cpu_s": round(self.cpu_s, 1),
            "patient_hours_per_cpu_hour": round(per_cpu),
            "faults": dict(sorted(self.struck.items())),
            "invariants": dict(self.checked),
            "violations": self.violations,
        }


def campaign(
    seeds: tuple[int, int],
    hours: float,
    *,
    first: bool = False,
    profile: Profile = WIRE,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Play every seed from A to B - 1, or to the `first` violation; CPU time is what this process used."""
    report = Report(profile, seeds, hours)
    begun = time.process_time()
    with _quiet():
        lives = (_lives(profile, str(seed), hours) for seed in range(*seeds))
        for ended in itertools.chain.from_iterable(lives):
            _add(report, ended, tell)
            if first and report.violations:
                break
    report.cpu_s = time.process_time() - begun
    return report


def sweep(most: int, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Each fault that counts, struck at every n below `most`: write, send and await, one story each."""
    report = Report(WIRE, (0, most), 0)
    begun = time.process_time()
    with _quiet():
        for kind, number in itertools.product(NTH, range(most)):
            _add(report, WIRE.play(WIRE.drawn(f"nth/{kind}/{number}")), tell)
    report.cpu_s = time.process_time() - begun
    return report


def replayed(name: str, profile: Profile = WIRE) -> Ended:
    """One story by its name, SEED/RUN or nth/KIND/N, as it was; ValueError for a kind that does not count."""
    with _quiet():
        return profile.play(profile.drawn(name))


def _lives(profile: Profile, seed: str, hours: float) -> Iterator[Ended]:
    lived_s = 0.0
    for number in itertools.count(1):
        ended = profile.play(profile.drawn(f"{seed}/{number}"))
        yield ended
        lived_s += max(ended.seconds, 1)
        if lived_s >= hours * 3600:
            return


def _add(report: Report, ended: Ended, tell: Callable[[str], None]) -> None:
    report.runs += 1
    report.patient_s += ended.seconds
    report.struck.update(ended.struck)
    report.checked.update(ended.checked)
    if ended.broken:
        violation = _violation(report.profile, ended)
        report.violations.append(violation)
        for line in (f"BROKEN {violation['story']}: {violation['text']}", *violation["told"]):
            tell(line)


def _violation(profile: Profile, ended: Ended) -> dict[str, Any]:
    short = profile.shortened(ended)
    return {
        "story": ended.story.seed,
        "broken": ended.broken,
        "faults": [event.name for event in ended.story.events],
        "text": short.text,
        "told": profile.told(short.story),
    }


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
