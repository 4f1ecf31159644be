"""The values a cell could have, as its neighbours tell."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import World

_SIXTY = Fraction(60)
_NICE = frozenset({Column.RATE, Column.MINUTES, Column.CONCENTRATION, Column.INTERVAL, Column.VOLUME})


def fills(world: World, rows: list[Row], bad: list[Judged], row: int, column: Column) -> list[Fraction]:
    """What the other numbers want here, positive and each once; also rounded as the column is printed."""
    found: list[Fraction] = []
    own = world.value(column, row)
    said = [one.wanted for one in bad if one.row == row and one.column == column]
    for value in [*said, *_wanted(world, rows, row, column)]:
        if value is None or value < 0 or (value == 0 and column not in {Column.DOSE, Column.ELAPSED}):
            continue
        nice = [value, round(value, world.places.get(column, 0))]
        if column in _NICE and value:
            nice += [_significant(value, 2), _significant(value, 3)]
        found += [one for one in nice if one not in found and one != own and (one or not value)]
    return found


def _significant(value: Fraction, digits: int) -> Fraction:
    size, unit = value, 0
    while size >= 10:
        size, unit = size / 10, unit + 1
    while size < 1:
        size, unit = size * 10, unit - 1
    return round(value, digits - 1 - unit)


def _wanted(world: World, rows: list[Row], row: int, column: Column) -> Iterator[Fraction | None]:
    rate, minutes = world.value(Column.RATE, row), world.value(Column.MINUTES, row)
    volume, dose = world.value(Column.VOLUME, row), world.value(Column.DOSE, row)
    told = rows[row].strength
    strength = None if told is None else told.mid
    by_dose = _over(dose, strength)
    match column:
        case Column.VOLUME:
            yield _over(_times(rate, minutes), _SIXTY)
            yield by_dose
        case Column.RATE:
            yield _over(_times(volume, _SIXTY), minutes)
            yield _over(_times(by_dose, _SIXTY), minutes)
            yield _over(world.value(Column.DOSE_RATE, row), strength)
        case Column.MINUTES:
            yield _over(_times(volume, _SIXTY), rate)
            yield _over(_times(by_dose, _SIXTY), rate)
            yield _step(world, Column.ELAPSED, row)
            yield _step(world, Column.ELAPSED, row + 1)
        case Column.INTERVAL:
            yield _step(world, Column.ELAPSED, row)
            yield _step(world, Column.ELAPSED, row + 1)
        case Column.CONCENTRATION:
            yield _over(dose, volume)
            yield _over(_times(dose, _SIXTY), _times(rate, minutes))
            yield from _of_the_bag(world, row)
        case Column.DOSE:
            yield _times(volume, strength)
            yield _over(_times(_times(rate, minutes), strength), _SIXTY)
            yield _step(world, Column.CUMULATIVE, row)
            yield _rest(world, rows, row)
        case Column.CUMULATIVE:
            before = Fraction(0) if not row else world.value(Column.CUMULATIVE, row - 1)
            yield from (_plus(before, one.mid) for one in rows[row].doses)
            yield _so_far(rows, row)
        case _:
            return


def _of_the_bag(world: World, row: int) -> Iterator[Fraction | None]:
    bag = world.bags[row]
    for other in range(world.size):
        if other != row and bag and world.bags[other] == bag:
            yield world.value(Column.CONCENTRATION, other)
    for recipe in world.head.recipes:
        if recipe.bag == bag and recipe.stated is not None:
            yield recipe.stated.value


def _step(world: World, column: Column, row: int) -> Fraction | None:
    """How far a running sum goes at this row."""
    if row >= world.size:
        return None
    here = world.value(column, row)
    before = Fraction(0) if row == 0 else world.value(column, row - 1)
    return here - before if here is not None and before is not None else None


def _rest(world: World, rows: list[Row], row: int) -> Fraction | None:
    """What the target leaves for this row."""
    target = world.head.value("target_dose") or world.head.value("total_dose")
    doses = [one.doses[0].mid if one.doses else None for number, one in enumerate(rows) if number != row]
    given = Fraction(0)
    for dose in doses:
        if dose is None:
            return None
        given += dose
    return None if target is None else target - given


def _so_far(rows: list[Row], row: int) -> Fraction | None:
    total = Fraction(0)
    for one in rows[: row + 1]:
        if not one.doses:
            return None
        total += one.doses[0].mid
    return total


def _times(first: Fraction | None, second: Fraction | None) -> Fraction | None:
    return None if first is None or second is None else first * second


def _plus(first: Fraction | None, second: Fraction | None) -> Fraction | None:
    return None if first is None or second is None else first + second


def _over(first: Fraction | None, second: Fraction | None) -> Fraction | None:
    return None if first is None or not second else first / second
