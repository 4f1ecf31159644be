"""Root findings: the one wrong cell, what was printed, what is right, and the change that makes it hold."""

from __future__ import annotations

from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.diagnose import Fault, Kind
from daemon.desk.audit.findings import Change, Finding, Severity
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.printing import decimal, shown
from daemon.desk.audit.reading import Sheet
from daemon.desk.audit.reasons import clock, reason
from daemon.desk.audit.slips import slip
from daemon.desk.audit.structure import Structure
from daemon.desk.audit.world import World
from daemon.exact_json import plain

_NO_CHANGE = frozenset({"exceeds_target", "below_target", "percent_sum"})
_HEAD_CODES = {"last_target_dose": "target_dose", "last_final_dose": "final_dose"}


def root_finding(sheet: Sheet, before: World, fault: Fault, structure: Structure | None) -> Finding:
    """The finding of one fault; `before` is the table before it was mended."""
    printed = _printed(sheet, before, fault.row, fault.column, structure)
    own = [one for one in fault.mends if (one.row, one.column) == fault.key]
    exact = own[0].wanted if own and fault.kind in {Kind.CELL, Kind.SLIP} else fault.value
    new = _in_print(before, fault.row, fault.column, fault.value)
    change = f"{printed} → {new}" + (_TAILS.get(fault.kind, ""))
    rivals = tuple(
        Change(one.row + 1, one.column, _in_print(before, one.row, one.column, one.value))
        for one in fault.alternatives
        if one.kind is not Kind.HEAD
    )
    severity = Severity.ROUNDING if fault.kind is Kind.READING else Severity.ERROR
    code, message = _told(before, fault, own)
    if fault.column is Column.DOSE and exact != fault.value and _left_by_sum(before, fault):
        message += f"; the cumulative column leaves {shown(fault.value)}"
    if fault.with_cell is not None:
        other = _printed(sheet, before, fault.row, fault.with_cell, structure)
        change = f"{fault.column} {other}, {fault.with_cell} {printed}"
    return Finding(
        fault.row + 1, fault.column, printed, plain(decimal(exact)), severity, code, message, change,
        rivals, exact,
    )  # fmt: skip


_TAILS = {
    Kind.SLIP: ", and by as much in every row after it",
    Kind.STRENGTH: " in every row of this bag",
}


def _left_by_sum(before: World, fault: Fault) -> bool:
    here = before.value(Column.CUMULATIVE, fault.row)
    last = Fraction(0) if fault.row == 0 else before.value(Column.CUMULATIVE, fault.row - 1)
    return here is not None and last is not None and here - last == fault.value


def _told(before: World, fault: Fault, own: list[Judged]) -> tuple[str, str]:
    """Code and message of a fault."""
    here = own or [one for one in fault.mends if one.row == fault.row] or list(fault.mends)
    why = "; ".join(dict.fromkeys(reason(before, one) for one in here[:2]))
    if fault.kind is Kind.READING:
        return "ambiguous_number", f"only as {shown(fault.value)} does it agree with the other cells"
    if fault.kind is Kind.SWAP:
        return "cells_swapped", f"{fault.column} and {fault.with_cell} hold each other's number"
    if fault.kind is Kind.SLIP:
        return "slip_carried_on", f"{why}; the rows after it go on from the wrong number"
    if fault.kind is Kind.STRENGTH:
        return "bag_strength", f"{why}; only {shown(fault.value)} fits the doses of this bag"
    old = before.figure(fault.column, fault.row)
    kind = 2 if old is None else slip(old, fault.value)
    exact = [one for one in own if one.row is not None]
    if not exact:
        only = "" if fault.alternatives else "only "
        why = f"the other cells of the row fit {only}{shown(fault.value)} ({why})"
    if rivals := [one for one in fault.alternatives if one.kind is not Kind.HEAD]:
        why += f"; another {' or '.join(dict.fromkeys(one.column for one in rivals))} would also fit"
    if old is not None and kind == 0:
        tenfold = _power_of_ten(old.value, fault.value)
        code = "factor_of_ten" if tenfold else "digits_exchanged"
        return code, f"{why}: {'a factor of ten' if tenfold else 'two digits exchanged'}"
    return "does_not_hold", why


def _power_of_ten(first: Fraction, second: Fraction) -> bool:
    if not first or not second:
        return False
    ratio = max(first, second) / min(first, second)
    return ratio.denominator == 1 and ratio > 1 and set(str(ratio.numerator)[1:]) <= {"0"}


def _printed(sheet: Sheet, world: World, row: int, column: Column, structure: Structure | None) -> str:
    """The text of the cell, or its number where the column was moved."""
    value = world.value(column, row)
    moved = structure is not None and column in {structure.column, structure.other}
    text = sheet.text(row, column)
    return text if not moved and text else plain(decimal(value)) if value is not None else ""


def _in_print(world: World, row: int, column: Column, value: Fraction) -> str:
    """A value in the unit the cell is printed in."""
    figure = world.figure(column, row)
    return plain(decimal(value / figure.scale if figure is not None else value, 7))


def left_finding(sheet: Sheet, world: World, one: Judged) -> Finding:
    """What no single change of a cell explains."""
    if one.row is None:
        printed = world.head.texts.get(one.column, "")
        code = _HEAD_CODES.get(one.why, one.why)
        column, shown_row = one.column, None
    else:
        column, shown_row, code = one.column, one.row + 1, "does_not_hold"
        printed = sheet.text(one.row, Column(one.column))
    computed = plain(decimal(one.wanted))
    change = "" if not printed or one.why in _NO_CHANGE else f"{printed} → {computed}"
    if one.why == "total_time":
        change = f"{printed} → {clock(one.wanted)}"
    return Finding(
        shown_row, column, printed, computed, Severity.ERROR, code, reason(world, one), change,
        exact=one.wanted,
    )  # fmt: skip


def structure_finding(sheet: Sheet, world: World, structure: Structure) -> Finding:
    """One cause for a whole column."""
    column, row = structure.column, structure.row
    printed = sheet.text(row, column)
    value = structure.world.value(column, row)
    exact = value if value is not None else world.value(column, row) or Fraction(0)
    computed = plain(decimal(exact))
    messages = {
        "shifted_column": f"from row {row + 1} on the {column} column stands one row too far {structure.by}",
        "swapped_columns": f"the columns {column} and {structure.other} hold each other's numbers",
        "other_unit": f"every {column} fits only if multiplied by {structure.by}: another unit",
        "per_bag_subtotal": "the cumulative column begins anew with every bag: these are subtotals",
        "restarts_each_day": "the cumulative column begins anew every day",
    }
    severity = Severity.ROUNDING if structure.code == "restarts_each_day" else Severity.ERROR
    changes = {
        "shifted_column": f"move the column one row {'up' if structure.by == 'down' else 'down'}",
        "swapped_columns": "exchange the two headings",
        "other_unit": "name the unit the column is printed in",
        "per_bag_subtotal": "call it subtotal per bag, or sum on",
    }
    if structure.code == "per_bag_subtotal":
        before = world.value(column, row - 1)
        exact = exact + before if before is not None else exact
        computed = plain(decimal(exact))
    return Finding(
        row + 1, column, printed, computed, severity, structure.code, messages[structure.code],
        changes.get(structure.code, ""), exact=exact,
    )  # fmt: skip


def missing_row(sheet: Sheet, world: World, row: int) -> Finding:
    """A step number that is left out."""
    printed = sheet.text(row, Column.STEP)
    wanted = int(sheet.text(row - 1, Column.STEP)) + 1 if row else 1
    message = f"step {wanted} is missing before step {printed}"
    here = world.value(Column.CUMULATIVE, row)
    before = Fraction(0) if row == 0 else world.value(Column.CUMULATIVE, row - 1)
    dose = world.value(Column.DOSE, row)
    if here is not None and before is not None and dose is not None and here - before > dose:
        message += f"; by the cumulative column it gives {shown(here - before - dose)}"
    return Finding(
        row + 1, Column.STEP, printed, str(wanted), Severity.ERROR, "missing_row", message,
        f"print step {wanted}", exact=Fraction(wanted),
    )  # fmt: skip
