"""From the texts of a sheet to its numbers: every reading of every cell, and the worlds they make."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from daemon.desk.audit.columns import NUMBERS, TIMES, Column
from daemon.desk.audit.figures import Figure, Print, Style, read_number
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.head import Head, read_head
from daemon.desk.audit.preparation import bag_name
from daemon.desk.audit.reading import Sheet
from daemon.desk.audit.units import dose_factor, duration, is_dose_unit, minutes_factor, volume_factor
from daemon.desk.audit.world import Place, World

_BLANK = frozenset(
    {"", "-", "\u2013", "\u2014", "na", "n/a", "n.a.", "nil", "none", "?", "\u2026", "...", "*"}
)
_EMPTY = re.compile(r"(until|to|till|run to)\b.*\b(empty|end|complete|finished)\b.*|.*\bempty\b.*")
_REST = re.compile(r"(the )?(remainder|remaining|rest)\b.*")
_IN_NAME = re.compile(r".*?(?P<number>\d[\d.,' ]*)\s*(?P<unit>[a-zµμ]*)\s*/\s*ml.*")
_TOTAL_KEYS = {
    Column.MINUTES: "total_minutes",
    Column.VOLUME: "total_volume_ml",
    Column.DOSE: "total_dose",
}
_PROBLEMS = {
    "not_a_number": "this is no number; write one, or leave the cell empty",
    "out_of_size": "no dose, rate, volume or time has this size",
    "negative": "this cannot be negative",
    "unit_mismatch": "this unit cannot be compared with the unit of its column",
}
_BIGGEST = 10**15


@dataclass(slots=True)
class Cells:
    """The readings of every cell, before a style is chosen."""

    prints: dict[Place, tuple[Figure, ...]] = field(default_factory=dict)
    until_empty: set[int] = field(default_factory=set)
    line_fill: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def read_cells(sheet: Sheet, dose_unit: str) -> Cells:
    """Every numeric cell; what cannot be read is a finding."""
    cells = Cells()
    for heading in sheet.headings:
        if heading.column is None or heading.column not in NUMBERS:
            continue
        for row in range(len(sheet.rows)):
            _cell(sheet, heading.column, heading.unit, row, dose_unit, cells)
    for row in range(len(sheet.rows)):
        if sheet.text(row, Column.LINE_FILL).casefold() in {"yes", "y", "x", "true", "1", "line fill"}:
            cells.line_fill.add(row)
    _strength_in_name(sheet, dose_unit, cells)
    return cells


def _cell(sheet: Sheet, column: Column, unit: str, row: int, dose_unit: str, cells: Cells) -> None:
    text = sheet.text(row, column)
    low = text.casefold()
    if low in _BLANK or _REST.fullmatch(low):
        return
    if _EMPTY.fullmatch(low) and not low[0].isdigit():
        cells.until_empty.add(row)
        return
    found = read_number(text)
    if column in TIMES and (not found.readings or re.search(r"\d\s*(h|hr|hours?|:)", low)):
        time = duration(text)
        if time is not None and time.low == time.high:
            cells.prints[row, column] = (Figure(time.low, 0, 3, scale=time.ulp),)
            return
    if _EMPTY.search(found.tail.casefold()):
        cells.until_empty.add(row)
    figures, problem = _in_unit(found, column, unit, dose_unit)
    if problem:
        code = problem if problem in _PROBLEMS else "not_a_number"
        finding = Finding(row + 1, column, text[:80], "", Severity.ERROR, code, _PROBLEMS[code])
        cells.findings.append(finding)
    else:
        cells.prints[row, column] = figures


def _in_unit(found: Print, column: Column, unit: str, dose_unit: str) -> tuple[tuple[Figure, ...], str]:
    if found.problem:
        return (), found.problem
    if any(figure.value > _BIGGEST for figure in found.readings):
        return (), "out_of_size"
    words = found.tail.casefold().strip("()[]* ").split()
    own = words[0].strip("()[],;*") if words else ""
    if own and not own[0].isalpha() and own[0] not in "%/µμ":
        return (), "not_a_number"
    factor = _factor(column, own, dose_unit)
    if own and factor is None and is_dose_unit(own.partition("/")[0]):
        return (), "unit_mismatch"
    if factor is None or not own:
        factor = _factor(column, unit, dose_unit) or Fraction(1)
    return tuple(figure.scaled(factor) for figure in found.readings), ""


def _factor(column: Column, unit: str, dose_unit: str) -> Fraction | None:
    first = unit.partition("/")[0].strip()
    if not first:
        return Fraction(1)
    if column in TIMES:
        return minutes_factor(first)
    if column in {Column.RATE, Column.VOLUME}:
        return volume_factor(first)
    if column is Column.PERCENT:
        return Fraction(1)
    return dose_factor(first, dose_unit) if is_dose_unit(first) else None


def _strength_in_name(sheet: Sheet, dose_unit: str, cells: Cells) -> None:
    """`160 IU/mL` as the name of a solution tells its concentration, if no column does."""
    if sheet.place(Column.CONCENTRATION) is not None:
        return
    for row in range(len(sheet.rows)):
        found = _IN_NAME.fullmatch(sheet.text(row, Column.SOLUTION).casefold()[:80])
        factor = dose_factor(found["unit"], dose_unit) if found else None
        readings = read_number(found["number"]).readings if found else ()
        if readings and factor is not None:
            cells.prints[row, Column.CONCENTRATION] = tuple(one.scaled(factor) for one in readings)


def worlds_of(sheet: Sheet) -> tuple[list[World], list[Finding]]:
    """The likeliest reading of the table first, then the others that its separators allow."""
    unit = _unit_of(sheet)
    dose_unit = next((line.value for line in sheet.head if line.key == "dose_unit"), unit).strip()
    cells = read_cells(sheet, dose_unit)
    votes = _votes(cells)
    plain_comma = _comma(votes)
    found: list[World] = []
    notes: list[Finding] = []
    for comma in (plain_comma, not plain_comma):
        for point in (_point(votes), not _point(votes)):
            world, said = _world(sheet, cells, unit, comma=comma, point=point)
            notes = notes or said
            found.append(world)
    ambiguous = {one.style for figures in cells.prints.values() if len(figures) > 1 for one in figures}
    commas = Style.THOUSANDS_COMMA in ambiguous
    points = Style.THOUSANDS_POINT in ambiguous
    kept = [
        world for number, world in enumerate(found) if (commas or number < 2) and (points or not number % 2)
    ]
    return kept, [*cells.findings, *notes]


def _unit_of(sheet: Sheet) -> str:
    for heading in sheet.headings:
        if heading.column in {Column.DOSE, Column.CUMULATIVE} and heading.unit:
            return heading.unit
    for column in (Column.DOSE, Column.CUMULATIVE):
        words = read_number(sheet.text(0, column)).tail.split()
        if words and is_dose_unit(words[0]):
            return words[0]
    return ""


def _votes(cells: Cells) -> Counter[Style]:
    """How often a separator can only be one thing."""
    return Counter(figures[0].style for figures in cells.prints.values() if len(figures) == 1)


def _comma(votes: Counter[Style]) -> bool:
    """A comma before three digits is a decimal comma."""
    decimal, thousands = votes[Style.DECIMAL_COMMA], votes[Style.THOUSANDS_COMMA]
    if decimal or thousands:
        return decimal >= thousands
    return not votes[Style.DECIMAL_POINT]


def _point(votes: Counter[Style]) -> bool:
    """A point before three digits is a decimal point."""
    others = votes[Style.DECIMAL_COMMA] + votes[Style.THOUSANDS_POINT]
    return not others or votes[Style.DECIMAL_POINT] >= others


def _world(sheet: Sheet, cells: Cells, unit: str, *, comma: bool, point: bool) -> tuple[World, list[Finding]]:
    refused = {
        Style.THOUSANDS_COMMA if comma else Style.DECIMAL_COMMA,
        Style.THOUSANDS_POINT if point else Style.DECIMAL_POINT,
    }
    figures: dict[Column, list[Figure | None]] = {}
    others: dict[Place, tuple[Figure, ...]] = {}
    for (row, column), readings in cells.prints.items():
        chosen = next((one for one in readings if one.style not in refused), readings[0])
        figures.setdefault(column, [None] * len(sheet.rows))[row] = chosen
        if len(readings) > 1:
            others[row, column] = tuple(one for one in readings if one is not chosen)
    bags = tuple(bag_name(sheet.text(row, Column.SOLUTION)) for row in range(len(sheet.rows)))
    head, notes = read_head(sheet.head, _total_line(sheet), unit, comma, bags)
    places = {
        column: _places([one.places for one in column_cells if one is not None and one.places < 30])
        for column, column_cells in figures.items()
    }
    world = World(
        head,
        len(sheet.rows),
        {column: tuple(column_cells) for column, column_cells in figures.items()},
        places,
        bags,
        others,
        frozenset(cells.until_empty),
        frozenset(cells.line_fill | _named_fills(sheet, head)),
        tuple(sheet.text(row, Column.DAY) for row in range(len(sheet.rows))),
        frozenset(missing_before(sheet)),
    )
    return world, notes


def _places(places: list[int]) -> int:
    """Two decimals or more that half of the cells have, if few have more; else the most that any has."""
    usual, times = Counter(places).most_common(1)[0] if places else (0, 0)
    more = sum(one > usual for one in places)
    if usual > 1 and times * 2 >= len(places) and more * 4 <= len(places):
        return usual
    return max(places, default=0)


def _total_line(sheet: Sheet) -> dict[str, str]:
    """The cells of a printed total line, under the keys of the head that mean the same."""
    found: dict[str, str] = {}
    for place, heading in enumerate(sheet.headings):
        if sheet.totals and heading.column in _TOTAL_KEYS and sheet.totals[place].strip():
            found[_TOTAL_KEYS[heading.column]] = sheet.totals[place]
    return found


def _named_fills(sheet: Sheet, head: Head) -> set[int]:
    steps = [sheet.text(row, Column.STEP) or str(row + 1) for row in range(len(sheet.rows))]
    return {row for row, step in enumerate(steps) if step in head.line_fill}


def missing_before(sheet: Sheet) -> list[int]:
    """Rows before which the step numbers leave one out."""
    numbers = [sheet.text(row, Column.STEP) for row in range(len(sheet.rows))]
    if not all(number.isascii() and number.isdigit() and len(number) < 6 for number in numbers):
        return []
    steps = [int(number) for number in numbers]
    first = [0] if steps and steps[0] == 2 else []
    return first + [row for row in range(1, len(steps)) if steps[row] > steps[row - 1] + 1]
