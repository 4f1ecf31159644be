"""Whether a number is what the rows beside it lead to expect: their constant, or the next of their ladder."""

from __future__ import annotations

from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.world import World

_REGULAR = frozenset(
    {Column.RATE, Column.MINUTES, Column.INTERVAL, Column.CONCENTRATION, Column.VOLUME, Column.DOSE}
)
_OTHERS = 2
_NEAR = Fraction(1, 100)


def against(world: World, column: Column, row: int, value: Fraction) -> int:
    """-1: the neighbours want `value` and not what is printed. 1: the other way round. 0: they do not tell.

    The minutes of the last step of a bag are whatever empties it: they tell nothing.
    """
    old = world.value(column, row)
    if column not in _REGULAR or old is None or (column is Column.MINUTES and ends_bag(world, row)):
        return 0
    return _regular(world, column, row, old) - _regular(world, column, row, value)


def ends_bag(world: World, row: int) -> bool:
    """The last row of the table, or of its bag."""
    return row == world.size - 1 or world.bags[row] != world.bags[row + 1]


def _regular(world: World, column: Column, row: int, value: Fraction) -> bool:
    cells = [
        world.value(column, other) if 0 <= other < world.size else None for other in range(row - 2, row + 3)
    ]
    first, before, _, after, last = cells
    if value in {before, after}:
        return True
    others = [world.value(column, other) for other in range(world.size) if other != row]
    ladders = ((first, before, value), (before, value, after), (value, after, last))
    return others.count(value) >= _OTHERS or any(_ladder(*three) for three in ladders)


def _ladder(first: Fraction | None, second: Fraction | None, third: Fraction | None) -> bool:
    """Each is the same multiple of the one before."""
    if not first or not second or not third:
        return False
    return abs(first * third - second * second) <= _NEAR * second * second
