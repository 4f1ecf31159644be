"""In words: what the other numbers make of a cell."""

from __future__ import annotations

from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.printing import percent, shown
from daemon.desk.audit.world import World

_HEAD = {
    "total_dose": "the doses add up to {wanted}",
    "total_volume_ml": "the volumes add up to {wanted} mL",
    "total_minutes": "the steps take {wanted} min",
    "total_hours": "the steps take {wanted} h",
    "last_target_dose": "the last cumulative cell is {wanted}",
    "last_final_dose": "the last dose is {wanted}",
}


def reason(world: World, one: Judged) -> str:
    """Why a relation wants this number."""
    wanted = shown(one.wanted)
    if one.row is None:
        return _of_head(world, one, wanted)
    match one.why:
        case "volume":
            return f"{_at(world, one, Column.RATE)} mL/h for {_minutes(world, one)} min are {wanted} mL"
        case "until_empty":
            return f"{wanted} mL are left in the bag"
        case "dose":
            return f"rate, time or volume times concentration are {wanted}"
        case "dose_rate":
            return f"rate times concentration is {wanted} an hour"
        case "line_fill":
            return "the step fills the line and counts as 0"
        case "bag":
            return f"the other rows of this bag have {wanted}"
        case "cumulative":
            return f"the cell before and this dose make {wanted}"
        case "elapsed":
            return f"the steps so far take {wanted} min"
        case "percent":
            return f"the dose is {wanted} % of the whole"
        case _:
            return f"the other cells make {wanted}"


def _of_head(world: World, one: Judged, wanted: str) -> str:
    if one.why in _HEAD:
        return _HEAD[one.why].format(wanted=wanted)
    if one.why == "total_time":
        return f"the steps take {wanted} min ({clock(one.wanted)})"
    if one.why == "percent_sum":
        return f"the percentages add up to {wanted}, not 100"
    target = world.head.value("target_dose") or Fraction(1)
    more = one.wanted > target
    by = percent(abs(one.wanted - target) / target) if target else "?"
    return f"the doses add up to {wanted}, {by} % {'more' if more else 'less'} than the target"


def clock(minutes: Fraction) -> str:
    """Minutes as hours, minutes and seconds."""
    seconds = round(minutes * 60)
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _at(world: World, one: Judged, column: Column) -> str:
    value = world.value(column, one.row or 0)
    return "?" if value is None else shown(value)


def _minutes(world: World, one: Judged) -> str:
    return _at(world, one, Column.MINUTES)
