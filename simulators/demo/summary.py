"""What the demo ends with: planned and given beside what really flowed, holds, gaps, alarms, the record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from simulators.demo.figures import between, dose, h_min, minutes

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Row:
    """One solution: planned, given by the books, and what really flowed."""

    name: str
    planned: Decimal
    low: Decimal
    high: Decimal
    flowed: Decimal
    counted: Decimal
    """What the pump's motor counted of `flowed`."""

    @property
    def held(self) -> bool:
        """The books hold what the motor counted."""
        return self.low <= self.counted <= self.high


def rows(run: dict[str, Any], truth: dict[str, Any], flow_error: Decimal) -> list[Row]:
    """One row a solution, then the total. The books are held to what the pump's motor counted."""
    found = [
        _row(
            one["id"],
            Decimal(one["planned_dose"]),
            one["given_dose"],
            Decimal(truth["left_pump"].get(one["id"], {}).get("dose", "0")),
            flow_error,
        )
        for one in run["solutions"]
    ]
    planned = sum((row.planned for row in found), ZERO)
    return [*found, _row("in all", planned, run["dose"], Decimal(truth["dose_left_pump"]), flow_error)]


def _row(name: str, planned: Decimal, given: dict[str, Any], flowed: Decimal, error: Decimal) -> Row:
    return Row(name, planned, Decimal(given["low"]), Decimal(given["high"]), flowed, flowed / (1 + error))


def problems(found: list[Row], verify_code: int) -> list[str]:
    """Why books or journal cannot be believed; empty when they can."""
    told = [f"{row.name}: what really flowed is outside the books" for row in found if not row.held]
    if verify_code != 0:
        told.append("the journal does not verify")
    return told


def dose_table(run: dict[str, Any], found: list[Row]) -> RenderableType:
    """Doses to a thousandth of their unit."""
    unit = run["dose"]["unit"]
    table = Table(title=f"Dose in {unit}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    counts = any(row.counted != row.flowed for row in found)
    ends = ("counted", "", "really flowed") if counts else ("really flowed", "")
    for name in ("", "planned", "given (low - high)", *ends):
        table.add_column(name, justify="left" if name == "" else "right", no_wrap=True)
    for row in found:
        mark = "inside" if row.held else "OUTSIDE"
        last = (dose(row.counted), mark, dose(row.flowed)) if counts else (dose(row.flowed), mark)
        table.add_row(row.name, dose(row.planned), between(row.low, row.high), *last)
    return table


def course(run: dict[str, Any], flow_error: Decimal) -> list[RenderableType]:
    """Holds, resumes, gaps, alarms and persons, a line each."""
    lines = [_counted(flow_error)]
    lines += [f"Hold       {h_min(one['at_s'])}  {one['cause']}: {one['reason']}" for one in run["holds"]]
    lines += [
        f"Resume     {h_min(one['at_s'])}  {one['choice']} to {one['step']}, {one['by']}: {one['reason']}"
        for one in run["resumes"]
    ]
    gaps = ", ".join(f"{h_min(one['from_s'])} {minutes(one['seconds'])}" for one in run["gaps"])
    alarms = Counter(one["alarm"].replace("_", " ") for one in run["alarms"])
    refused = [one for one in run["acts"] if not one["accepted"]]
    lines += [
        f"Counts     holds {len(run['holds'])}, resumes {len(run['resumes'])}, gaps {len(run['gaps'])}",
        f"           alarms {alarms.total()}, acts {len(run['acts'])}, of these refused {len(refused)}",
        f"Gaps       {gaps or 'none'}",
        f"Alarms     {', '.join(f'{name} x{count}' for name, count in alarms.items()) or 'none'}",
        f"Started by {' and '.join(run['started_by']) or 'nobody'}",
    ]
    return [Text(line) for line in lines]


def _counted(flow_error: Decimal) -> str:
    if flow_error == 0:
        return "Books      kept from the pump's counter; this simulated pump moves exactly what it counts"
    more = "more" if flow_error > 0 else "less"
    return (
        f"Books      kept from the pump's counter; this simulated pump moves {abs(flow_error) * 100:f} % "
        f"{more} than it counts, and nothing on its wire shows that"
    )
