"""How likely a wrong number came from a right one by a slip of the hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.neighbours import against, ends_bag
from daemon.desk.audit.world import World

_LIKELY = (
    Column.CUMULATIVE,
    Column.DOSE,
    Column.ELAPSED,
    Column.DOSE_RATE,
    Column.PERCENT,
    Column.VOLUME,
    Column.MINUTES,
    Column.RATE,
    Column.INTERVAL,
    Column.CONCENTRATION,
)
_OFTEN = 3
Rank = tuple[int, int, int, int]


def unlikeliness(world: World, column: Column, row: int, value: Fraction) -> Rank:
    """Small for a change the neighbours want, to a usual number, or that mends a slip; then by column."""
    old = world.figure(column, row) if column in world.figures else None
    odd = 0
    ends = column is Column.MINUTES and ends_bag(world, row)
    if column in {Column.MINUTES, Column.INTERVAL, Column.RATE} and not ends:
        counts = Counter(figure.value for figure in world.figures[column] if figure is not None)
        usual, times = counts.most_common(1)[0]
        if times >= _OFTEN and old is not None:
            odd = 2 if old.value == usual else -1 if value == usual else 0
    steepness = 0 if old is None or value <= 0 else slip(old, value)
    likely = _LIKELY.index(Column.MINUTES if column is Column.RATE else column)
    return (against(world, column, row, value), odd + steepness, likely, _length(value))


def slip(old: Figure, value: Fraction) -> int:
    """0: a factor of ten or digits exchanged. 1: one digit wrong, lost or added. 2: another number."""
    first, second = _digits(old.value), _digits(value)
    if first == second:
        return 0
    if len(first) == len(second):
        different = [place for place, one in enumerate(first) if one != second[place]]
        if len(different) == 2 and sorted(first) == sorted(second):
            return 0
        return 1 if len(different) == 1 else 2
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) == 1 and any(
        long[:place] + long[place + 1 :] == short for place in range(len(long))
    ):
        return 1
    return 2


def _digits(value: Fraction) -> str:
    """The digits of a number without idle zeros, at most twelve of them."""
    if not value:
        return "0"
    whole = value
    places = 0
    while whole.denominator != 1 and places < 12:
        whole *= 10
        places += 1
    return str(round(whole)).rstrip("0")


def _length(value: Fraction) -> int:
    return len(_digits(value))
