"""One cause for many contradictions: a shifted or swapped column, subtotals, a column in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from daemon.desk.audit.check import broken, check
from daemon.desk.audit.columns import Column
from daemon.desk.audit.diagnose import COMMUTING, MOST_FAULTS, Diagnosis, diagnose
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.world import World

_LEAST_ROWS = 3
_TRIED = 4
_MOST_ROWS = 60
_SIXTY, _THOUSAND = Fraction(60), Fraction(1000)
_UNITS = (
    (Column.MINUTES, _SIXTY),
    (Column.INTERVAL, _SIXTY),
    (Column.ELAPSED, _SIXTY),
    (Column.DOSE, _THOUSAND),
    (Column.CUMULATIVE, _THOUSAND),
    (Column.CONCENTRATION, _THOUSAND),
    (Column.DOSE_RATE, _SIXTY),
    (Column.DOSE_RATE, _THOUSAND),
    (Column.VOLUME, _THOUSAND),
    (Column.RATE, _SIXTY),
)
_SHIFTED = (Column.CUMULATIVE, Column.DOSE, Column.VOLUME, Column.MINUTES, Column.RATE, Column.ELAPSED)


@dataclass(frozen=True, slots=True)
class Structure:
    """What happened to whole columns; `row` is where it begins, `by` what was done."""

    code: str
    column: Column
    row: int
    world: World
    by: str = ""
    other: Column | None = None

    @property
    def restarts(self) -> bool:
        """The cumulative column begins anew at places: one cause, however many the places."""
        return bool(self.world.restarts)


def explain(world: World) -> tuple[Structure | None, Diagnosis]:
    """The cheaper of two stories: cell by cell, or one structure and what is left then."""
    found = broken(check(world)[1])
    if not found:
        return None, diagnose(world)
    best: tuple[Structure, Diagnosis] | None = None
    least = MOST_FAULTS
    for story in _promising(world, found):
        then = diagnose(story.world, least)
        if then.cost + 1 < least:
            best, least = (story, then), then.cost + 1
    plain = diagnose(world, least)
    if best is None or plain.cost < least or (plain.cost == least and not best[0].restarts):
        return None, plain
    return best


def _promising(world: World, found: list[Judged]) -> list[Structure]:
    """The few stories that leave least broken; single rows are tried where whole columns do not help.

    Contradictions in one or two rows are cells, never a column.
    """
    bad = len(found)
    many = len({one.row for one in found if one.row is not None}) >= min(_LEAST_ROWS, world.size - 1)
    tried: list[tuple[int, int, Structure]] = []
    for place, one in enumerate(_stories(world, many=many)):
        left = len(broken(check(one.world)[1]))
        if not left:
            return [one]
        tried.append((left, place, one))
    if min((left for left, _, _ in tried), default=bad) > 1 and many:
        tried += [
            (len(broken(check(one.world)[1])), len(tried) + place, one)
            for place, one in enumerate(_partial_shifts(world))
        ]
    tried.sort(key=lambda one: one[:2])
    return [story for left, _, story in tried[:_TRIED] if left * 2 < bad or story.restarts]


def _stories(world: World, *, many: bool) -> Iterator[Structure]:
    yield from _restarts(world)
    if world.size < _LEAST_ROWS or world.size > _MOST_ROWS or not many:
        return
    columns = [column for column in _SHIFTED if column in world.figures]
    for column in columns:
        for up in (True, False):
            yield Structure("shifted_column", column, 0, _shifted(world, column, 0, up=up), _way(up))
    wide = [column for column in world.figures if column not in {Column.DAY, Column.PERCENT}]
    for place, column in enumerate(wide):
        for other in wide[place + 1 :]:
            if {column, other} == COMMUTING:
                continue
            cells, others = world.figures[column], world.figures[other]
            swapped = replace(
                world,
                figures={**world.figures, column: others, other: cells},
                places={**world.places, column: world.places[other], other: world.places[column]},
            )
            yield Structure("swapped_columns", column, 0, swapped, other=other)
    for column, unit in _UNITS:
        for factor in (unit, 1 / unit):
            if column in world.figures:
                scaled = tuple(_scaled(one, factor) for one in world.figures[column])
                moved = world.with_column(column, scaled)
                yield Structure("other_unit", column, 0, moved, str(factor))


def _partial_shifts(world: World) -> Iterator[Structure]:
    """A column that is shifted from some row on."""
    if world.size > _MOST_ROWS:
        return
    for column in [column for column in _SHIFTED if column in world.figures][:2]:
        for row in range(1, world.size - 1):
            for up in (True, False):
                moved = _shifted(world, column, row, up=up)
                yield Structure("shifted_column", column, row, moved, _way(up))


def _way(up: bool) -> str:
    return "down" if up else "up"


def _scaled(figure: Figure | None, factor: Fraction) -> Figure | None:
    return None if figure is None else figure.scaled(factor)


def _shifted(world: World, column: Column, row: int, *, up: bool) -> World:
    """The column with its cells from `row` on moved by one; the cell that comes in is empty."""
    cells = world.figures[column]
    moved = (*cells[:row], *cells[row + 1 :], None) if up else (*cells[:row], None, *cells[row:-1])
    return world.with_column(column, moved)


def _restarts(world: World) -> Iterator[Structure]:
    if Column.CUMULATIVE not in world.figures:
        return
    for code, names in (("per_bag_subtotal", world.bags), ("restarts_each_day", world.days)):
        rows = [row for row in range(1, world.size) if names[row] != names[row - 1]]
        if rows and all(names):
            restarted = replace(world, restarts=frozenset(rows))
            yield Structure(code, Column.CUMULATIVE, rows[0], restarted)
