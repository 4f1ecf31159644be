"""Running sums: the cumulative dose, and the time that has passed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.judged import INPUTS_ROUNDED, Judged, first_rule
from daemon.desk.audit.rounding import EXACT, Rule, span_holds
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import Span, World, sure

CARRIED = Rule("carried rounding: it sums cells that are rounded already")
FOLLOWS = Rule("follows the cell before it")
_ONE_SIDED = frozenset({"truncated", "rounded up"})
_ZERO = sure(Fraction(0))


@dataclass(slots=True)
class _Sum:
    """Where a running sum stands: by what is true, by what is printed, and from the last good cell."""

    true: Span | None = _ZERO
    printed: Fraction | None = Fraction(0)
    anchor: Fraction | None = Fraction(0)
    last: Fraction | None = Fraction(0)
    last_holds: bool = True

    def add(self, options: list[Span], printed: Fraction | None) -> None:
        """One more row; without options the sum is not known any more."""
        if not options:
            self.true = self.printed = self.anchor = None
            return
        best = options[0]
        self.true = self.true + best if self.true is not None else None
        own = best.mid if printed is None else printed
        self.printed = self.printed + own if self.printed is not None else None
        self.anchor = self.anchor + best.mid if self.anchor is not None else None

    def begin_at(self, value: Fraction) -> None:
        """Believe a printed cell, where the rows before it do not tell."""
        self.true, self.printed, self.anchor = sure(value), value, value

    def judge(self, figure: Figure, options: list[Span], dose: Fraction | None, places: int) -> Rule | None:
        """The rule by which a printed sum holds, if any does."""
        if self.true is None or self.printed is None or self.anchor is None:
            self.begin_at(figure.value)
            return EXACT
        rule = first_rule(figure, [self.true.mid], places)
        if rule is not None and rule.name in _ONE_SIDED and self._adds_up(figure, dose):
            return CARRIED
        if rule is None and first_rule(figure, [self.printed, self.anchor], places) is not None:
            rule = CARRIED
        if rule is None and self.last is not None:
            steps = [one.mid for one in options] + ([dose] if dose is not None else [])
            if first_rule(figure, [self.last + step for step in steps], places) is not None:
                rule = CARRIED if self.last_holds else FOLLOWS
        if rule is None and span_holds(figure, self.true.low, self.true.high):
            rule = INPUTS_ROUNDED
        return rule

    def _adds_up(self, figure: Figure, dose: Fraction | None) -> bool:
        """The print is the sum of prints, exactly."""
        if figure.value == self.printed:
            return True
        return dose is not None and self.last is not None and figure.value == self.last + dose

    def seen(self, figure: Figure | None, rule: Rule | None) -> None:
        """Go on from a printed cell."""
        self.last = None if figure is None else figure.value
        self.last_holds = rule is not None and (rule != FOLLOWS or self.last_holds)
        if figure is not None and rule is not None:
            self.anchor = figure.value


def cumulative(world: World, rows: list[Row]) -> list[Judged]:
    """Judge the cumulative column; a row missing before a cell makes the cell believed."""
    found: list[Judged] = []
    if Column.CUMULATIVE not in world.figures:
        return found
    running = _Sum()
    for number, row in enumerate(rows):
        if number in world.restarts:
            running = _Sum()
        if number in world.gaps:
            running.true = running.anchor = running.printed = None
        dose = world.value(Column.DOSE, number)
        running.add(row.doses, dose)
        figure = world.figure(Column.CUMULATIVE, number)
        rule: Rule | None = EXACT
        if figure is not None:
            rule = running.judge(figure, row.doses, dose, world.places[Column.CUMULATIVE])
            if rule != EXACT:
                wanted = _wanted(running, rule)
                found.append(Judged(number, Column.CUMULATIVE, wanted, rule, "cumulative"))
        running.seen(figure, rule)
    return found


def _wanted(running: _Sum, rule: Rule | None) -> Fraction:
    true = running.true.mid if running.true is not None else None
    best = running.anchor if rule is None else true
    return best if best is not None else Fraction(0)


def elapsed(world: World, rows: list[Row]) -> list[Judged]:
    """Judge the time column, told at the end of each step or at its beginning, whichever holds better."""
    if Column.ELAPSED not in world.figures:
        return []
    kinds = [_elapsed(world, rows, late=late) for late in (False, True)]
    return min(kinds, key=lambda found: (sum(one.rule is None for one in found), len(found)))


def _elapsed(world: World, rows: list[Row], *, late: bool) -> list[Judged]:
    found: list[Judged] = []
    running = _Sum()
    before: list[Span] = [_ZERO]
    for number, row in enumerate(rows):
        if number and world.days[number] != world.days[number - 1]:
            running, before = _Sum(), [_ZERO]
        if number in world.gaps:
            running.true = running.anchor = running.printed = None
        own = minutes_of(world, number, row)
        now = before if late else own
        running.add(now, None)
        figure = world.figure(Column.ELAPSED, number)
        rule: Rule | None = EXACT
        if figure is not None:
            rule = running.judge(figure, now, None, world.places[Column.ELAPSED])
            if rule != EXACT:
                found.append(Judged(number, Column.ELAPSED, _wanted(running, rule), rule, "elapsed"))
        running.seen(figure, rule)
        before = own
    return found


def minutes_of(world: World, number: int, row: Row) -> list[Span]:
    """How long a row takes: its minutes, else the wait to the next dose; empty if nothing tells."""
    if row.minutes is not None:
        return [row.minutes]
    interval = world.span(Column.INTERVAL, number)
    return [interval] if interval is not None else []
