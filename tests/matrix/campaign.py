"""How often the campaign struck at an id and judged for it, by its last report."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from tests.matrix.carried import ROOT

FILE = Path(__file__).with_name("campaign.toml")
REPORTS = (ROOT / "build" / "proof.json", Path(__file__).with_name("proof.json"))
"""What `make proof` left here, or else a report that is kept."""
COUNTED = ("faults", "invariants")
NO_REPORT = "no campaign report"


@dataclass(frozen=True)
class Campaign:
    """For one id: how many faults struck at it and how many checks were made, of which kinds."""

    faults: Mapping[str, int]
    checks: Mapping[str, int]

    def __str__(self) -> str:
        """As the matrix says it; empty where the campaign has nothing to do with the id."""
        told = []
        if self.faults:
            told.append(f"struck {sum(self.faults.values())} times ({', '.join(self.faults)})")
        if self.checks:
            told.append(f"judged {sum(self.checks.values())} times ({', '.join(self.checks)})")
        return ", ".join(told)


@cache
def mapped() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Ids by the name of an invariant, and by that of a fault."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def names_of(part: str, one: str) -> list[str]:
    """The faults or invariants that belong to this id; a family has a star in its name."""
    return [name for name, ids in mapped()[part].items() if one in ids]


def belongs(part: str, name: str) -> bool:
    """Something is said of this fault or invariant, by itself or with its family."""
    return any(fnmatchcase(name, pattern) for pattern in mapped()[part])


def last_report(places: Iterable[Path] = REPORTS) -> Mapping[str, Any] | None:
    """The newest report there is, all its profiles in one; None without one that can be read."""
    for path in places:
        try:
            parts = list(_parts(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError):
            continue
        if parts:
            counts = {key: dict(sum((Counter(part[key]) for part in parts), Counter())) for key in COUNTED}
            return {**counts, "from": str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)}
    return None


def _parts(found: object) -> Iterator[Mapping[str, Any]]:
    """Every report in a file: one for each profile, however it holds them."""
    if isinstance(found, dict) and all(isinstance(found.get(key), dict) for key in COUNTED):
        yield found
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _parts(inner)


def counted(one: str, report: Mapping[str, Any]) -> Campaign:
    """What a report says for an id."""
    faults, invariants = (
        {pattern: _sum(report[part], pattern) for pattern in names_of(part, one)} for part in COUNTED
    )
    return Campaign(faults, invariants)


def _sum(counts: Mapping[str, int], pattern: str) -> int:
    return sum(number for name, number in counts.items() if fnmatchcase(name, pattern))


def said_of(one: str, report: Mapping[str, Any] | None) -> str:
    """In words; also where there is no report, and where the campaign has nothing to do with the id."""
    if not any(names_of(part, one) for part in COUNTED):
        return ""
    return str(counted(one, report)) if report is not None else NO_REPORT
