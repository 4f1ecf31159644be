"""What is no error and should be known: roundings with their rule, line fills, and what was not checked."""

from __future__ import annotations

from daemon.desk.audit.columns import Column
from daemon.desk.audit.diagnose import Diagnosis
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.judged import INPUTS_ROUNDED, Judged
from daemon.desk.audit.printing import decimal, shown
from daemon.desk.audit.reading import Sheet
from daemon.desk.audit.sums import CARRIED, FOLLOWS
from daemon.desk.audit.totals import LAST_DOSE
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import World
from daemon.exact_json import plain

_CODES = {CARRIED: "carried_rounding", INPUTS_ROUNDED: "rounded_inputs", LAST_DOSE: "target_is_last_dose"}


def rounding_notes(sheet: Sheet, diagnosis: Diagnosis, judged: list[Judged]) -> list[Finding]:
    """One finding for each cell that is right only by a rounding, once for each cell."""
    found: dict[tuple[int | None, str], Finding] = {}
    wrong = {(fault.row, str(fault.column)) for fault in diagnosis.faults}
    for one in judged:
        if one.rule is None or one.rule == FOLLOWS or (one.row, one.column) in wrong:
            continue
        row = None if one.row is None else one.row + 1
        printed = _printed(sheet, diagnosis.world, one)
        message = f"{shown(one.wanted)}, {one.rule}"
        code = _CODES.get(one.rule, "rounding")
        finding = Finding(
            row, one.column, printed, plain(decimal(one.wanted)), Severity.ROUNDING, code, message,
            exact=one.wanted,
        )  # fmt: skip
        found.setdefault((row, one.column), finding)
    return list(found.values())


def _printed(sheet: Sheet, world: World, one: Judged) -> str:
    if one.row is None:
        return world.head.texts.get(one.column, "")
    return sheet.text(one.row, Column(one.column))


def notes_of(sheet: Sheet, world: World, rows: list[Row]) -> list[Finding]:
    """Line fills by their doses of 0, and a table in which nothing can be compared."""
    found: list[Finding] = []
    for number, row in enumerate(rows):
        if row.fills and row.strength is not None and row.volume is not None:
            dose = shown((row.volume * row.strength).mid)
            message = (
                f"counted as 0: the step fills the line. {dose} {world.head.dose_unit} leave the pump; what "
                f"was in the line before reaches the patient"
            )
            text = sheet.text(number, Column.DOSE)
            severity = Severity.ROUNDING
            found.append(Finding(number + 1, Column.DOSE, text, "0", severity, "line_fill", message))
    if not comparable(world, rows):
        message = "no number of this table can be computed from the others: nothing was checked"
        found.append(Finding(None, "", "", "", Severity.ROUNDING, "nothing_to_check", message))
    return found


def comparable(world: World, rows: list[Row]) -> bool:
    """At least one printed number was compared with the others."""
    keys = {"target_dose", "total_dose", "total_minutes", "total_hours", "total_volume_ml"}
    whole = bool(keys & set(world.head.figures)) and all(row.doses or row.minutes for row in rows)
    if whole or world.head.recipes or Column.CUMULATIVE in world.figures:
        return True
    columns = set(world.figures)
    if {Column.RATE, Column.MINUTES, Column.VOLUME} <= columns or Column.PERCENT in columns:
        return True
    if Column.ELAPSED in columns and columns & {Column.MINUTES, Column.INTERVAL}:
        return True
    known = any(row.strength is not None and row.volume is not None for row in rows)
    return known and bool(columns & {Column.DOSE, Column.DOSE_RATE})
