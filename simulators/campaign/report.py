"""What a campaign came to: counts, times and what was broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field
from typing import Any

from simulators.campaign.stories import Ended, Profile


@dataclass
class Report:
    """Of a whole campaign, or of one seed."""

    profile: InitVar[Profile]
    seeds: tuple[int, int]
    hours: float
    name: str = ""
    """Of the profile."""
    runs: int = 0
    patient_s: float = 0
    cpu_s: float = 0
    """CPU time, of all processes together."""
    wall_s: float = 0
    struck: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    violations: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self, profile: Profile) -> None:
        self.name = profile.name
        self.struck.update(dict.fromkeys(sorted(profile.acts), 0))
        self.checked.update(dict.fromkeys(profile.invariants, 0))

    def count(self, ended: Ended, profile: Profile) -> None:
        """One more story; one that broke something is shortened first."""
        self.runs += 1
        self.patient_s += ended.seconds
        self.struck.update(ended.struck)
        self.checked.update(ended.checked)
        if ended.broken:
            self.violations.append(_violation(profile, ended))

    def add(self, part: Report) -> None:
        """One more seed."""
        self.runs += part.runs
        self.patient_s += part.patient_s
        self.cpu_s += part.cpu_s
        self.struck.update(part.struck)
        self.checked.update(part.checked)
        self.violations += part.violations

    def told(self) -> Iterator[str]:
        """Every violation in words, a line at a time."""
        for one in self.violations:
            yield from (f"BROKEN {one['story']}: {one['text']}", *one["told"])

    def as_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "profile": self.name,
            "seeds": f"{self.seeds[0]}:{self.seeds[1]}",
            "hours": self.hours,
            "runs": self.runs,
            "patient_hours": round(self.patient_s / 3600, 2),
            "cpu_s": round(self.cpu_s, 1),
            "patient_hours_per_cpu_hour": round(self.patient_s / self.cpu_s) if self.cpu_s else 0,
            "times_real_time": round(self.patient_s / self.wall_s) if self.wall_s else 0,
            "faults": dict(sorted(self.struck.items())),
            "invariants": dict(self.checked),
            "violations": self.violations,
        }


def _violation(profile: Profile, ended: Ended) -> dict[str, Any]:
    short = profile.shortened(ended)
    return {
        "story": ended.story.seed,
        "broken": ended.broken,
        "faults": [event.name for event in ended.story.events],
        "text": short.text,
        "told": profile.told(short.story),
    }
