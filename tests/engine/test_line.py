"""The line as two tubes against the simulated line: what reached the patient lies between (F3, F39)."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.engine.account import Moved, Odometer, Span
from daemon.engine.line import FlushTo, Geometry, Line
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from simulators.bodies import line as simulated
from simulators.bodies.bag import SALINE, Portion, Solution

D = Decimal
UNIT = D("0.1")
ACCURACY = D("0.05")
STRENGTH = {"A": D("0.024"), "B": D("0.24"), "C": D("2.3811")}
FLUID = {name: Fluid(name, strength) for name, strength in STRENGTH.items()}
BAG = {name: Solution(name, strength) for name, strength in STRENGTH.items()}


class Bed:
    """The engine's line beside the simulated one; every fact is told to the engine, every volume measured."""

    def __init__(self, own_ml: str, shared_ml: str = "0") -> None:
        self.geometry = Geometry(D(own_ml), D(shared_ml))
        self.own = simulated.Line(D(own_ml))
        self.shared = simulated.Line(D(shared_ml))
        self.reached = D(0)
        self.pumped = D(0)
        self.counter = D(0)
        self.bag = ""
        self.line = Line()
        self.odometer = Odometer.unread(UNIT)
        self.counted = Span(D(0), D(0))

    def _through(self, portion: Portion) -> Decimal:
        out = [part for first in self.own.push(portion) for part in self.shared.push(first)]
        return sum((part.dose for part in out), D(0))

    def settle(self) -> None:
        spans = self.line.stretch.given(self.odometer, ACCURACY)
        strength = STRENGTH.get(self.bag, D(0))
        self.counted = Span(
            self.counted.low + spans.low * strength, self.counted.high + spans.high * strength
        )
        self.line = self.line.settled(self.odometer, ACCURACY)

    def hang(self, name: str, *, primed: bool) -> None:
        if primed:
            self.own.fill(BAG[name])
        self.settle()
        self.line = self.line.hanging(FLUID[name], self.geometry, primed=primed, used=False)
        self.bag = name

    def give(self, ml: Decimal, off: int = 0) -> None:
        """So much leaves the pump; rate x time is off by a part within the pump's accuracy."""
        self.reached += self._through(Portion(BAG[self.bag], ml))
        self.pumped += ml * STRENGTH[self.bag]
        before, self.counter = self.counter // UNIT * UNIT, self.counter + ml
        timed = ml / (1 + off * ACCURACY)
        moved = Moved(self.counter // UNIT * UNIT - before, Span(timed, timed), 0)
        self.line = self.line.moved(moved)
        self.odometer = self.odometer.advance(moved, ACCURACY)

    def flush(self, to: FlushTo, ml: Decimal, *, told: bool = True) -> None:
        """Saline goes through; `told` False = nobody says so, and the engine is asked to assume the worst."""
        if to is not FlushTo.NOBODY:
            out = self._through(Portion(SALINE, ml))
            self.reached += out if to is FlushTo.PATIENT else 0
        self.settle()
        if told:
            self.line = self.line.flushing(to, ml, known=True)
        else:
            self.line = self.line.flushing(FlushTo.PATIENT, self.geometry.total_ml, known=False)

    def clear(self, ml: Decimal, name: str, *, with_bag: bool) -> None:
        self._through(Portion(BAG[name] if with_bag else SALINE, ml))
        self.settle()
        self.line = self.line.clearing(ml, FLUID[name])

    def replace(self, *, full: bool) -> None:
        self.own.fill(BAG[self.bag] if full and self.bag else SALINE)
        self.shared.fill(SALINE)
        self.settle()
        self.line = self.line.replacing(self.geometry, FLUID[self.bag])

    @property
    def books(self) -> Span:
        low, high = self.line.books(self.odometer, ACCURACY)
        return Span(low.reached, high.reached)

    @property
    def held(self) -> Decimal:
        plugs = (*self.own.contents, *self.shared.contents)
        return sum((plug.dose for plug in plugs), D(0))

    def compare(self) -> None:
        """The truth at the patient lies in the books, and what the pump account says is never less."""
        books, rounding = self.books, D("1e-15")
        assert books.low <= self.reached + rounding, f"{self.reached} reached, {books}"
        assert self.reached <= books.high + rounding, f"{self.reached} reached, {books}"
        spans = self.line.stretch.given(self.odometer, ACCURACY)
        _, high = self.line.books(self.odometer, ACCURACY)
        most = self.counted.high + spans.high * STRENGTH.get(self.bag, D(0)) + high.flushed
        assert self.reached <= most + rounding, "F3: the pump account misses what a flush gave"
        self.compare_held(rounding)

    def compare_held(self, rounding: Decimal) -> None:
        """What is in the simulated line may be in the engine's: the dose, and every fluid (F4)."""
        line_ml = self.line.geometry.total_ml
        may = self.line.may_hold(self.odometer, ACCURACY)
        plugs = (*self.own.contents, *self.shared.contents)
        real = max((plug.solution.concentration for plug in plugs if plug.volume_ml > rounding), default=D(0))
        assert may.strongest(line_ml).concentration >= real, f"F4: {plugs} in the line, {may}"
        assert may.dose(line_ml) + rounding >= self.held, f"F4: {self.held} in the line, {may}"


ML = st.integers(0, 200).map(lambda tenths: D(tenths) / 20)
OPS = st.one_of(
    st.tuples(st.just("hang"), st.sampled_from("ABC"), st.booleans()),
    st.tuples(st.just("give"), ML, st.integers(-1, 1)),
    st.tuples(st.just("give"), ML, st.integers(-1, 1)),
    st.tuples(st.just("flush"), st.sampled_from(tuple(FlushTo)), ML, st.booleans()),
    st.tuples(st.just("clear"), ML, st.sampled_from("ABC"), st.booleans()),
    st.tuples(st.just("replace"), st.booleans()),
)


UNSAID = [("give", D("0.05"), 0), ("flush", FlushTo.PATIENT, D("0.05"), False)]
"""Drug at the pump's end, and a flush nobody tells: where it lies is no longer known."""


@settings(max_examples=300, deadline=None)
@example([*UNSAID, ("clear", D("1.45"), "A", False), ("give", D("0.05"), 0)], "0", "1.5")
@example(
    [("hang", "C", True), ("give", D(5), 0), ("clear", D("2.5"), "A", True), ("give", D(5), 0)], "2", "1.5"
)
@given(st.lists(OPS, max_size=25), st.sampled_from(["0", "2", "10"]), st.sampled_from(["0", "1.5"]))
def test_f39_the_simulated_patient_lies_between_the_two_lines(
    story: list[tuple[object, ...]], own: str, shared: str
) -> None:
    """F3, F39: any order of hanging, giving, flushing, clearing and replacing, told or not."""
    bed = Bed(own, shared)
    bed.hang("A", primed=False)
    for word, *rest in story:
        match word, rest:
            case "hang", [str(name), bool(primed)]:
                bed.hang(name, primed=primed)
            case "give", [Decimal() as ml, int(off)]:
                bed.give(ml, off)
            case "flush", [FlushTo() as to, Decimal() as ml, bool(told)]:
                bed.flush(to, ml, told=told or to is FlushTo.DISCARDED)
            case "clear", [Decimal() as ml, str(name), bool(with_bag)]:
                bed.clear(ml, name, with_bag=with_bag)
            case "replace", [bool(full)]:
                full = bed.line.own if bed.line.own is not None else full
                bed.replace(full=full)
        bed.compare()


def test_f3_a_flush_of_a_primed_line_counts_in_both_accounts() -> None:
    """F3: 4 of 10 mL of bag C given by hand are 4 x its strength, though they never passed the counter."""
    bed = Bed("10")
    bed.hang("C", primed=True)
    bed.give(D(3))
    bed.flush(FlushTo.PATIENT, D(4))
    low, high = bed.line.books(bed.odometer, ACCURACY)
    assert low.flushed == high.flushed == 4 * STRENGTH["C"]
    assert bed.reached == 7 * STRENGTH["C"]
    bed.compare()


def test_f3_a_flush_of_an_unprimed_line_is_counted_once() -> None:
    """F3: what passed the counter is in the pump account already; the patient account rises by it."""
    bed = Bed("10")
    bed.hang("C", primed=False)
    bed.give(D(3))
    assert bed.reached == 0
    bed.flush(FlushTo.PATIENT, D(10))
    low, high = bed.line.books(bed.odometer, ACCURACY)
    assert low.flushed == high.flushed == 0
    assert low.reached <= 3 * STRENGTH["C"] <= high.reached
    assert bed.reached == 3 * STRENGTH["C"]


def test_f3_a_discarded_flush_reaches_nobody() -> None:
    """F3: a line led off the patient gives him nothing, in truth and in the books."""
    bed = Bed("10")
    bed.hang("C", primed=True)
    bed.flush(FlushTo.DISCARDED, D(10))
    bed.give(D(10))
    assert bed.reached == 0
    assert bed.books.low == 0
    bed.compare()


def test_f3_a_line_flushed_unsaid_counts_as_given() -> None:
    """F3: nobody said whether the line was flushed; the upper bound has its whole content."""
    bed = Bed("10")
    bed.hang("C", primed=True)
    bed.give(D(2))
    bed.flush(FlushTo.PATIENT, D(10), told=False)
    bed.compare()
    assert bed.books.high - bed.books.low >= 10 * STRENGTH["C"]


@pytest.mark.parametrize(("told_ml", "left"), [("9.9", "C"), ("10", "A")])
def test_f4_only_a_whole_line_cleared_is_free_of_the_strong_drug(told_ml: str, left: str) -> None:
    """F4: a tenth of a mL less than the dead volume, and the strong drug is still in the line."""
    bed = Bed("10")
    bed.hang("C", primed=True)
    bed.clear(D(told_ml), "A", with_bag=True)
    low, high = bed.line.content(bed.odometer, ACCURACY)
    assert high.strongest.solution == left
    assert low.strongest.solution in (left, "")


RATES = ((2, 5, 10, 20), (5, 10, 20, 40), (10, 20, 40, 80))
ARRIVALS = {
    "2": (31.5, 19.5, 12.0),
    "5": (47.2, 33.8, 22.5),
    "10": (69.0, 46.9, 33.8),
    "15": (96.0, 54.4, 41.2),
    "20": (108.0, 67.5, 46.9),
    "25": (115.5, 86.2, 50.6),
}


@pytest.mark.parametrize(("dead_ml", "printed"), ARRIVALS.items())
def test_f39_the_fronts_arrive_as_published(dead_ml: str, printed: tuple[float, ...]) -> None:
    """F39: minutes from hanging each bag until it reaches the patient, as the published table has them."""
    tube = Tube().replaced((Plug(FREE, D(dead_ml)),))
    minutes, seconds = deque[float](), D(0)
    hung: dict[str, Decimal] = {}
    came: dict[str, Decimal] = {}
    for bag, rates in zip("ABC", RATES, strict=True):
        hung[bag] = seconds
        for rate in rates:
            lasts = 900 if rate != 80 else 10_462
            for _ in range(lasts // 3):
                tube = tube.pushed(FLUID[bag], D(rate) * 3 / 3600)
                seconds += 3
                front = tube.plugs[0].fluid.solution
                if front and front not in came:
                    came[front] = seconds
    minutes.extend(float((came[bag] - hung[bag]) / 60) for bag in "ABC")
    assert list(minutes) == pytest.approx(list(printed), abs=0.1)


def test_f3_a_flush_that_may_have_been_is_how_far_the_two_lines_are_apart() -> None:
    """F3: known, it moves both lines alike; not known, the whole of it lies between them."""
    line = Line(geometry=Geometry(D(2), D(0)), apart_ml=D("0.3"))
    assert line.flushing(FlushTo.PATIENT, D(5), known=True).apart_ml == D("0.3")
    assert line.flushing(FlushTo.PATIENT, D(5), known=False).apart_ml == D("5.3")
