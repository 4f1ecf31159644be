"""`infusiond devices list`: the shelf as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from drivers.maturity import CRITERIA, Evidence, Level, evidence_of, level_of
from drivers.registry import PumpModel, models
from drivers.values import Authority


@dataclass(frozen=True, slots=True)
class Row:
    """One model on the shelf; `missing` is what the next level asks for."""

    model: str
    kind: str
    links: tuple[str, ...]
    authority: tuple[str, ...]
    level: Level
    missing: tuple[str, ...]
    evidence: Evidence


def rows() -> list[Row]:
    """Every model, the pumps first."""
    return [_row(name) for name in models()]


def _row(name: str) -> Row:
    model = models()[name]
    evidence = evidence_of(model.shelf)
    level, missing = level_of(evidence)
    pump = isinstance(model, PumpModel)
    return Row(
        model=name,
        kind="pump" if pump else "monitor",
        links=tuple(sorted(str(kind) for kind in model.links)),
        authority=_authority(model) if isinstance(model, PumpModel) else (),
        level=level,
        missing=missing,
        evidence=evidence,
    )


def _authority(model: PumpModel) -> tuple[str, ...]:
    """What a bed file may give it: one that can only be read is never controlled."""
    allowed = [Authority.MONITOR] if model.capabilities.read_only else [Authority.MONITOR, Authority.CONTROL]
    return tuple(str(one) for one in allowed)


def as_json(row: Row) -> dict[str, Any]:
    """One model with the tests that show what it is said to have."""
    return {
        "model": row.model,
        "kind": row.kind,
        "links": list(row.links),
        "authority": list(row.authority),
        "maturity": str(row.level),
        "missing": [{"criterion": name, "means": _means(name)} for name in row.missing],
        "evidence": {criterion: list(tests) for criterion, tests in row.evidence.items()},
    }


def table(shelf: Sequence[Row]) -> Table:
    """The same for people."""
    made = Table("model", "kind", "links", "authority", "maturity", "missing for the next level")
    for row in shelf:
        made.add_row(
            row.model,
            row.kind,
            ", ".join(row.links),
            ", ".join(row.authority) or "read only",
            str(row.level),
            ", ".join(row.missing),
        )
    return made


def legend(shelf: Sequence[Row]) -> list[str]:
    """What is meant by what is missing."""
    missing = {name for row in shelf for name in row.missing}
    return [
        f"{name}: {sentence}"
        for criteria in CRITERIA.values()
        for name, sentence in criteria.items()
        if name in missing
    ]


def _means(criterion: str) -> str:
    return next(criteria[criterion] for criteria in CRITERIA.values() if criterion in criteria)
