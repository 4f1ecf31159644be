"""How often the campaign struck at an id and judged for it, by its last report."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.matrix.carried import ROOT

FILE = Path(__file__).with_name("campaign.toml")
REPORTS = (ROOT / "build" / "proof.json", Path(__file__).with_name("proof.json"))
"""What `make proof` left here, or else a report that is kept."""
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


def kinds(one: str) -> tuple[list[str], list[str]]:
    """Faults that strike at this id, invariants that are judged for it."""
    said = mapped()
    return tuple(
        [name for name, ids in said[part].items() if one in ids] for part in ("faults", "invariants")
    )  # type: ignore[return-value]


def last_report(places: Iterable[Path] = REPORTS) -> Mapping[str, Any] | None:
    """The newest report there is; None without one that can be read."""
    for path in places:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and {"faults", "invariants"} <= found.keys():
            return found
    return None


def counted(one: str, report: Mapping[str, Any]) -> Campaign:
    """What a report says for an id."""
    faults, invariants = kinds(one)
    return Campaign(
        {name: int(report["faults"].get(name, 0)) for name in faults},
        {name: int(report["invariants"].get(name, 0)) for name in invariants},
    )


def said_of(one: str, report: Mapping[str, Any] | None) -> str:
    """In words; also where there is no report, and where the campaign has nothing to do with the id."""
    if not any(kinds(one)):
        return ""
    return str(counted(one, report)) if report is not None else NO_REPORT
