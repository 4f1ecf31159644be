"""In words: what the other numbers make of a cell."""

from __future__ import annotations

from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.printing import percent, shown
from daemon.desk.audit.strengths import bag_volume, strengths
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
            return _dose(world, one, wanted)
        case "dose_rate":
            return f"rate times concentration is {wanted} an hour"
        case "line_fill":
            return "the step fills the line and counts as 0"
        case "bag":
            return f"the other rows of this bag have {wanted}"
        case "cumulative":
            return _running(world, one, wanted)
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
    whole = f"{wanted} {world.head.dose_unit}".rstrip()
    said = f"the doses add up to {whole}, {by} % {'more' if more else 'less'} than the target"
    return said + _uncorrected(world) if more else said


def _uncorrected(world: World) -> str:
    """The last bag holds the whole target, and the bags before it are given beyond it."""
    strength, volume = strengths(world)[-1], bag_volume(world, world.bags[-1])
    if strength is None or volume is None or strength.mid * volume != world.head.value("target_dose"):
        return ""
    return ": the last bag holds the whole target, what was given before is not taken out of it"


def clock(minutes: Fraction) -> str:
    """Minutes as hours, minutes and seconds."""
    seconds = round(minutes * 60)
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _dose(world: World, one: Judged, wanted: str) -> str:
    """The product that makes this dose: by the printed volume, or by rate and minutes."""
    row = one.row or 0
    strength = strengths(world)[row]
    if strength is None:
        return f"volume times concentration are {wanted}"
    volume, unit = world.value(Column.VOLUME, row), world.head.dose_unit
    whole = f"{_at(world, one, Column.RATE)} mL/h for {_minutes(world, one)} min"
    pumped = world.value(Column.RATE, row) is not None and world.value(Column.MINUTES, row) is not None
    if volume is not None and (volume * strength.mid == one.wanted or not pumped):
        whole = f"{shown(volume)} mL"
    return f"{whole} of {shown(strength.mid)} {unit}/mL are {wanted} {unit}".replace(" /mL", "/mL").rstrip()


def _running(world: World, one: Judged, wanted: str) -> str:
    """The sum that makes this cell, if the cell before is printed."""
    row = one.row or 0
    before = world.value(Column.CUMULATIVE, row - 1) if row else Fraction(0)
    dose = world.value(Column.DOSE, row)
    if before is None or dose is None or before + dose != one.wanted:
        return f"the doses so far add up to {wanted}"
    return f"{shown(before)} and {shown(dose)} make {wanted}"


def _at(world: World, one: Judged, column: Column) -> str:
    value = world.value(column, one.row or 0)
    return "?" if value is None else shown(value)


def _minutes(world: World, one: Judged) -> str:
    return _at(world, one, Column.MINUTES)
