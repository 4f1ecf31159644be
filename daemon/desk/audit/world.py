"""A table as numbers, under one way of reading it, and with cells changed to try what then holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from daemon.desk.audit.columns import NUMBERS, Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.head import Head

Place = tuple[int, Column]
_SET_DIGITS = 3
_CAP = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Span:
    """A number known between two bounds; `mid` is what the print says itself."""

    low: Fraction
    mid: Fraction
    high: Fraction

    @property
    def exact(self) -> bool:
        """The bounds are one number, and the same object: most are, and cost a third then."""
        return self.low is self.high

    def __add__(self, other: Span) -> Span:
        if self.exact and other.exact:
            return sure(self.mid + other.mid)
        return Span(self.low + other.low, self.mid + other.mid, self.high + other.high)

    def __mul__(self, other: Span) -> Span:
        if self.exact and other.exact:
            return sure(self.mid * other.mid)
        return Span(self.low * other.low, self.mid * other.mid, self.high * other.high)

    def per(self, other: Span) -> Span | None:
        """The quotient; None for a divisor that may be zero."""
        if other.low <= 0:
            return None
        if self.exact and other.exact:
            return sure(self.mid / other.mid)
        return Span(self.low / other.high, self.mid / other.mid, self.high / other.low)

    def times(self, factor: Fraction) -> Span:
        """The number taken `factor` times."""
        if self.exact:
            return sure(self.mid * factor)
        return Span(self.low * factor, self.mid * factor, self.high * factor)


def sure(value: Fraction) -> Span:
    """A number that is exact."""
    return Span(value, value, value)


@dataclass(frozen=True, slots=True)
class World:
    """The numbers of a table; rows count from 0. `places` are the decimals a column is printed to."""

    head: Head
    size: int
    figures: Mapping[Column, tuple[Figure | None, ...]]
    places: Mapping[Column, int]
    bags: tuple[str, ...]
    others: Mapping[Place, tuple[Figure, ...]]
    until_empty: frozenset[int] = frozenset()
    line_fill: frozenset[int] = frozenset()
    days: tuple[str, ...] = ()
    gaps: frozenset[int] = frozenset()
    restarts: frozenset[int] = frozenset()

    def figure(self, column: Column, row: int) -> Figure | None:
        """A printed number."""
        cells = self.figures.get(column)
        return None if cells is None else cells[row]

    def value(self, column: Column, row: int) -> Fraction | None:
        """A printed number's value."""
        figure = self.figure(column, row)
        return None if figure is None else figure.value

    def span(self, column: Column, row: int) -> Span | None:
        """What a printed number may stand for, where others are computed from it.

        Three digits or more with decimals may have been rounded, and so may whole minutes from 100 on; less
        is a setting and taken as exact. Never more than 1 %.
        """
        figure = self.figure(column, row)
        if figure is None:
            return None
        rounded = figure.digits >= _SET_DIGITS and (figure.places or column is Column.MINUTES)
        if not rounded:
            return sure(figure.value)
        reach = min(figure.ulp, _CAP * figure.value)
        return Span(figure.value - reach, figure.value, figure.value + reach)

    def with_value(self, column: Column, row: int, value: Fraction) -> World:
        """The same table with another number in one cell."""
        cells = list(self.figures[column])
        old = cells[row]
        places = self.places.get(column, 0)
        scale = old.scale if old else Fraction(1)
        cells[row] = Figure(value, places, max(_SET_DIGITS, old.digits if old else 0), scale=scale)
        return replace(self, figures={**self.figures, column: tuple(cells)})

    def with_column(self, column: Column, cells: tuple[Figure | None, ...]) -> World:
        """The same table with another column."""
        return replace(self, figures={**self.figures, column: cells})

    def printed(self, row: int) -> list[Column]:
        """The columns that have a number in this row."""
        return [column for column in NUMBERS if self.figure(column, row) is not None]
