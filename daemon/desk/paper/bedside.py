"""The paper at the bed: the steps, room for times and initials, what to do in a reaction. No codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise

from daemon.desk.paper.figures import PEN, clock, lasting, rounded, shown
from daemon.desk.paper.model import (
    Block,
    Box,
    Column,
    Fill,
    Line,
    Notes,
    Paper,
    Rules,
    Signatures,
    Table,
    Ticks,
)
from daemon.desk.paper.order import Order
from daemon.protocols.rules import HoldCause
from daemon.protocols.sheet import Row, Sheet
from daemon.protocols.words import rules_in_words

STOP = (
    "STOP the pump. CLAMP the drug line at the patient.",
    "DO NOT FLUSH through the drug line: it would push more drug into the patient.",
    "Fluids and drugs by ANOTHER ACCESS.",
)
_ZERO = Decimal(0)
_STOP_BY_HAND = ("Give NO further dose.",)
_STOP_BOLUS = (
    "Give NO further dose. DO NOT FLUSH the drug line: it would push more drug into the patient.",
    "Fluids and drugs by ANOTHER ACCESS.",
)
_PENS = (Column("started", 22, Fill.WRITE), Column("initials", 18, Fill.WRITE))
_PENS_BY_HAND = (
    Column("due at", 18, Fill.WRITE),
    Column("given at", 20, Fill.WRITE),
    Column("given by", 22, Fill.WRITE),
)
_CALL = "Call: name ______________________  number ______________"


def bedside(order: Order) -> Paper:
    """One paper; of a refused order without lines to sign."""
    return Paper("Bedside: steps and checklist", tuple(_blocks(order)))


def _blocks(order: Order) -> Iterator[Block]:
    sheet = order.sheet
    yield Box("REACTION, OR ANY DOUBT", (*_stop(sheet), *_held(sheet), _CALL))
    yield Ticks("Before the start", tuple(_checks(sheet)))
    table = steps(sheet)
    yield table
    yield Notes((*_notes(sheet), *rounded(table)))
    yield Rules(f"As ordered by {sheet.ordered_by or '______________'}", tuple(_rules(order)))
    if not order.refused:
        yield Signatures(("Prescriber", "Nurse", "Second nurse"))


def _stop(sheet: Sheet) -> tuple[str, ...]:
    if _infused(sheet):
        return STOP
    return _STOP_BOLUS if any(row.route == "iv_bolus" for row in sheet.rows) else _STOP_BY_HAND


def _infused(sheet: Sheet) -> bool:
    return any(row.rate_ml_h is not None for row in sheet.rows)


def _held(sheet: Sheet) -> tuple[str, ...]:
    """What the line may hold of each bag (F3)."""
    held = [
        f"{bag.id} {shown(volume * bag.concentration)} {sheet.dose_unit} in {shown(volume)} mL"
        for bag in sheet.bags
        if bag.concentration and (volume := (bag.dead_volume_ml or _ZERO) + (bag.y_site_ml or _ZERO))
    ]
    return (f"The line still holds, when stopped: {'; '.join(held)}.",) if held else ()


def _checks(sheet: Sheet) -> Iterator[str]:
    yield "wristband read: the patient of this order"
    if not _infused(sheet):
        yield "emergency drugs at hand"
        yield "pulse, SpO2 and blood pressure taken"
        yield "name, dose and form read again before every dose"
        return
    yield "pump label and bag label read as a pair"
    yield "line filled to the hub with its own bag, where so ordered"
    yield "second access, clamp and emergency drugs at hand"
    yield "cuff not on the infusion arm"
    yield "pulse and SpO2 on the screen are the patient's"


def steps(sheet: Sheet) -> Table:
    """The table of steps, with the columns this order has numbers for."""
    rows, unit = sheet.rows, sheet.dose_unit
    several_days, several_routes = rows[-1].day > 1, len({row.route for row in rows}) > 1
    named = any(_from(row) for row in rows)
    chosen: list[tuple[bool, Column, Callable[[Row], str]]] = [
        (True, Column("step", 11, Fill.NUMBER, strong=True), lambda row: str(row.number)),
        (several_days, Column("day", 10, Fill.NUMBER), lambda row: str(row.day)),
        (several_routes, Column("route", 16, Fill.TEXT), lambda row: row.route.replace("_", " ")),
        (named, Column("from", 34, Fill.TEXT), _from),
        (_infused(sheet), Column("rate\nmL/h", 17, strong=True), lambda row: shown(row.rate_ml_h)),
        (_infused(sheet), Column("min", 18), lambda row: shown(row.minutes)),
        (any(row.volume_ml is not None for row in rows), Column("mL", 18), lambda row: shown(row.volume_ml)),
        (True, Column(f"dose\n{unit}", 22, strong=not sheet.driven), lambda row: shown(row.dose)),
        (True, Column(f"so far\n{unit}", 24), lambda row: shown(row.cumulative)),
        (any(_due(row) for row in rows), Column("due after\nstart h:mm", 20), _due),
    ]
    used = [(column, told) for wanted, column, told in chosen if wanted]
    pens = _PENS if sheet.driven else _PENS_BY_HAND
    cells = [(*(told(row) for _, told in used), *("" for _ in pens)) for row in rows]
    begins = [True, *(_changes(one, two) for one, two in pairwise(rows))]
    lines = [Line(one, begin) for one, begin in zip(cells, begins, strict=True)]
    hang = [column.head for column, _ in used].index("from") if named else None
    return Table((*(column for column, _ in used), *pens), tuple(_hung(lines, rows, hang)))


def _hung(lines: list[Line], rows: tuple[Row, ...], place: int | None) -> Iterator[Line]:
    """Where another bag is needed the row says so."""
    before = None
    for line, row in zip(lines, rows, strict=True):
        if place is not None and row.rate_ml_h is not None and row.solution != before:
            cells = (*line.cells[:place], f"HANG {line.cells[place]}", *line.cells[place + 1 :])
            yield Line(cells, line.begins)
        else:
            yield line
        before = row.solution


def _from(row: Row) -> str:
    text = row.solution or row.form or ""
    return f"{text}, line fill" if row.line_fill else text


def _due(row: Row) -> str:
    return "" if row.elapsed_min is None or row.rate_ml_h is not None else clock(row.elapsed_min)


def _changes(one: Row, two: Row) -> bool:
    return (one.day, one.solution, one.route) != (two.day, two.solution, two.route)


def _notes(sheet: Sheet) -> Iterator[str]:
    if _infused(sheet):
        yield "At every HANG: wristband, then two persons read the pump's label and the bag's as a pair."
    total = f"In all {shown(sheet.total_dose)} {sheet.dose_unit}"
    minutes = sheet.total_minutes
    days = sheet.rows[-1].day
    if minutes is None:
        yield f"{total}."
    elif days > 1:
        yield f"{total} on {days} days."
    else:
        yield f"{total} in {lasting(minutes)}, pauses not counted."
    yield from (
        f"Step {row.number} ends when the bag is empty." for row in sheet.rows if row.until == "empty"
    )
    for one in sheet.fronts:
        if one.after_min and one.step is not None:
            after = shown(one.after_min)
            yield f"{one.solution} reaches the patient {after} min after it is hung, in step {one.step}."
    wrong = ((bag.times or 0, bag.bag, row.solution) for row in sheet.rows for bag in row.wrong_bags)
    worst = max(wrong, default=None)
    if worst is not None and worst[0] > 1:
        times, bag, own = worst
        yield f"WRONG BAG: {bag} in place of {own} gives {shown(Decimal(times))} times the dose."


def _by_hand(sheet: Sheet) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not sheet.by_hand:
        yield "", ("The rules are not whole.",)
        return
    yield "Reaction", (f"as the prescriber orders: {PEN * 5}",)
    yield from ((heading, (sentence,)) for heading, sentence in sheet.by_hand)


def _rules(order: Order) -> Iterator[tuple[str, tuple[str, ...]]]:
    if order.plan is None:
        yield from _by_hand(order.sheet)
        return
    told: dict[str, list[str]] = {}
    heading = ""
    for own, sentence in rules_in_words(order.plan):
        heading = own or heading
        told.setdefault(heading, []).append(sentence)
    rules = order.plan.rules
    holds = zip(rules.resume, told["After a hold"], strict=False)
    yield "Reaction", tuple(text for rule, text in holds if rule.cause is HoldCause.REACTION)
    yield "Stop and call", tuple(told["Limits"])
    yield "Pause", tuple(told["After a gap"][: len(rules.gap.rules)])
    yield "Look at the patient", tuple(told["Assessment"])
    yield "After the end", tuple(told["After the end"])
