"""The fewest changed cells that make a table hold: each of them is one root finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from daemon.desk.audit.check import broken, check
from daemon.desk.audit.columns import Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.fills import fills
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.slips import Rank, slip, unlikeliness
from daemon.desk.audit.strengths import recipe_of, volume_of
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import World

MOST_FAULTS = 12
_MOST_ROUNDS = 40
_MOST_BROKEN = 60
_SUMS = (Column.CUMULATIVE, Column.ELAPSED)
_OFTEN = 3
_MANY_PLACES = 12
_SUMMED = {
    "total_minutes": Column.MINUTES,
    "target_dose": Column.DOSE,
    "total_dose": Column.DOSE,
    "total_volume_ml": Column.VOLUME,
}
_SWAPPED = (
    Column.RATE,
    Column.MINUTES,
    Column.VOLUME,
    Column.CONCENTRATION,
    Column.DOSE,
    Column.CUMULATIVE,
)


COMMUTING = frozenset({Column.RATE, Column.MINUTES})
"""Exchanged they give the same volume: never a cause."""


class Kind(StrEnum):
    """What went wrong at one place."""

    CELL = "cell"
    SLIP = "slip_carried_on"
    STRENGTH = "bag_strength"
    SWAP = "cells_swapped"
    READING = "ambiguous_number"
    HEAD = "head_of_the_bag"


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong cell and what it should be; `with_cell` is the other cell of a swap."""

    kind: Kind
    row: int
    column: Column
    value: Fraction
    world: World
    mends: tuple[Judged, ...] = ()
    alternatives: tuple[Fault, ...] = ()
    with_cell: Column | None = None

    @property
    def key(self) -> tuple[int, Column]:
        """The cell."""
        return self.row, self.column


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The faults, the table without them, and what no single change explains."""

    world: World
    faults: tuple[Fault, ...]
    left: tuple[Judged, ...]

    @property
    def cost(self) -> int:
        """How many root findings this diagnosis needs."""
        return sum(fault.kind is not Kind.READING for fault in self.faults) + len(self.left)


def diagnose(world: World, most_faults: int = MOST_FAULTS) -> Diagnosis:
    """Mend row by row from the top, each time by the change that leaves least broken.

    After `most_faults` of them it stops: what is still broken is left as it is.
    """
    faults: list[Fault] = []
    given_up: set[tuple[int | None, str, str]] = set()
    for _ in range(_MOST_ROUNDS):
        rows, found = check(world)
        bad = broken(found)
        if len(bad) > _MOST_BROKEN or len(faults) + len(given_up) > most_faults:
            break
        first = next((one for one in bad if one.row is not None and _key(one) not in given_up), None)
        if first is None or first.row is None:
            told = _by_head(world, bad)
            if told is None:
                break
            faults.append(told)
            world = told.world
            continue
        ranked = _ranked(world, rows, bad, first.row)
        if not ranked:
            given_up.add(_key(first))
            continue
        faults.append(_with_rivals(ranked, bad))
        world = faults[-1].world
    return Diagnosis(world, tuple(faults), tuple(broken(check(world)[1])))


def _by_head(world: World, bad: list[Judged]) -> Fault | None:
    """The one cell whose slip explains a wrong sum of all rows; None if none or several do."""
    found: list[Fault] = []
    for one in bad:
        column, stated = _SUMMED.get(one.column), world.head.value(one.column)
        for row in range(world.size if column is not None and stated is not None else 0):
            figure = world.figure(column, row) if column is not None else None
            value = figure.value + stated - one.wanted if figure is not None and stated is not None else None
            if column is None or figure is None or value is None or value <= 0:
                continue
            if slip(figure, value) and not _usual(world, column, value, figure.value):
                continue
            mended = world.with_value(column, row, value)
            left = broken(check(mended)[1])
            if len(left) < len(bad):
                found.append(Fault(Kind.CELL, row, column, value, mended, (one,)))
    return found[0] if len({fault.key for fault in found}) == 1 else None


def _usual(world: World, column: Column, value: Fraction, old: Fraction) -> bool:
    """The value stands in three rows at least, the old one in no other."""
    values = [figure.value for figure in world.figures[column] if figure is not None]
    return values.count(value) >= _OFTEN and values.count(old) == 1


def _key(one: Judged) -> tuple[int | None, str, str]:
    return one.row, one.column, one.why


Ranked = list[tuple[tuple[int, int, Rank], list[Judged], Fault]]


def _ranked(world: World, rows: list[Row], bad: list[Judged], row: int) -> Ranked:
    """The changes of one cell that help, the best first."""
    found: Ranked = []
    for fault in _changes(world, rows, bad, row):
        left = broken(check(fault.world)[1])
        if len(left) >= len(bad):
            continue
        plain = 0 if fault.kind in {Kind.CELL, Kind.READING} else 1
        rank = unlikeliness(world, fault.column, fault.row, fault.value)
        cost = len(left) + (fault.kind is not Kind.READING)
        found.append(((cost, plain if fault.kind is Kind.STRENGTH else 0, rank), left, fault))
    found.sort(key=lambda one: one[0])
    return found


def _with_rivals(ranked: Ranked, bad: list[Judged]) -> Fault:
    """The best change, and the other cells whose change would leave as little."""
    (cost, _, _), left, best = ranked[0]
    rivals: dict[tuple[int, Column], Fault] = {}
    for (other, _, _), _, fault in ranked[1:]:
        if other == cost and fault.key != best.key:
            rivals.setdefault(fault.key, fault)
    return replace(
        best,
        mends=tuple(one for one in bad if one not in left),
        alternatives=tuple(rivals.values())[:3],
    )


def _changes(world: World, rows: list[Row], bad: list[Judged], row: int) -> Iterator[Fault]:
    """Every single change in a row that its neighbours suggest."""
    for column in world.printed(row):
        for other in world.others.get((row, column), ()):
            cells = list(world.figures[column])
            cells[row] = other
            yield Fault(Kind.READING, row, column, other.value, world.with_column(column, tuple(cells)))
        for value in fills(world, rows, bad, row, column):
            yield Fault(Kind.CELL, row, column, value, world.with_value(column, row, value))
            if column in _SUMS:
                yield Fault(Kind.SLIP, row, column, value, _carried(world, column, row, value))
            if column is Column.CONCENTRATION:
                yield from _whole_bag(world, row, value)
    yield from _swaps(world, row)
    yield from _head_of_bag(world, row)


def _carried(world: World, column: Column, row: int, value: Fraction) -> World:
    """A running sum that went wrong here, and was summed on from here."""
    old = world.value(column, row)
    shift = value - old if old is not None else Fraction(0)
    found = world.with_value(column, row, value)
    for later in range(row + 1, world.size):
        number = world.value(column, later)
        if number is not None and number + shift >= 0:
            found = found.with_value(column, later, number + shift)
    return found


def _whole_bag(world: World, row: int, value: Fraction) -> Iterator[Fault]:
    """The same wrong concentration in all rows of the bag."""
    old = world.value(Column.CONCENTRATION, row)
    same = [
        other
        for other in range(world.size)
        if world.bags[other] == world.bags[row] and world.value(Column.CONCENTRATION, other) == old
    ]
    if len(same) > 1 and world.bags[row]:
        found = world
        for other in same:
            found = found.with_value(Column.CONCENTRATION, other, value)
        yield Fault(Kind.STRENGTH, row, Column.CONCENTRATION, value, found)


def _head_of_bag(world: World, row: int) -> Iterator[Fault]:
    """Another strength than the head tells for this bag; the head's own finding says so then."""
    dose, volumes = world.value(Column.DOSE, row), (volume_of(world, row), world.value(Column.VOLUME, row))
    bag = world.bags[row]
    if world.value(Column.CONCENTRATION, row) is not None or recipe_of(world, bag) is None or not dose:
        return
    for value in dict.fromkeys(dose / volume for volume in volumes if volume):
        old = world.figures.get(Column.CONCENTRATION, (None,) * world.size)
        figure = Figure(value, _MANY_PLACES, _MANY_PLACES)
        cells = tuple(figure if other == bag else cell for other, cell in zip(world.bags, old, strict=True))
        places = {**world.places, Column.CONCENTRATION: _MANY_PLACES}
        mended = replace(world, figures={**world.figures, Column.CONCENTRATION: cells}, places=places)
        yield Fault(Kind.HEAD, row, Column.CONCENTRATION, value, mended)


def _swaps(world: World, row: int) -> Iterator[Fault]:
    """Two cells of the row exchanged."""
    columns = [column for column in _SWAPPED if world.value(column, row) is not None]
    for place, column in enumerate(columns):
        for other in columns[place + 1 :]:
            here, there = world.value(column, row), world.value(other, row)
            if here is not None and there is not None and here != there and {column, other} != COMMUTING:
                swapped = world.with_value(column, row, there).with_value(other, row, here)
                yield Fault(Kind.SWAP, row, column, there, swapped, with_cell=other)
