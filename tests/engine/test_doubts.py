"""Leaps of the counter: several readings of one are one, and what a person says narrows its bounds (F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.account import Span
from daemon.engine.doubts import CounterFault, DoubtView, Explanation, Jump, Settlement, with_jump

D = Decimal
ONE = Jump(CounterFault.JUMPED, "A", 2, Span(D(0), D(3)), D(2), Span(D("0.4"), D("0.5")))
MORE = Jump(CounterFault.JUMPED, "A", 2, Span(D("0.1"), D(1)), D("0.7"), Span(D("0.2"), D("0.3")))
UNIT = D("0.1")


def test_f26_a_leap_that_goes_on_over_several_readings_is_one() -> None:
    """F26: everything about it adds up: what may have flowed, what the display moved, what time allows."""
    (both,) = with_jump(with_jump(DoubtView(), ONE), MORE).jumps
    assert both == Jump(CounterFault.JUMPED, "A", 2, Span(D("0.1"), D(4)), D("2.7"), Span(D("0.6"), D("0.8")))


@pytest.mark.parametrize(
    "other",
    [replace(MORE, why=CounterFault.STANDING), replace(MORE, solution="B"), replace(MORE, step=3)],
    ids=["why", "solution", "step"],
)
def test_f26_another_leap_is_explained_by_itself(other: Jump) -> None:
    """F26: of another kind, bag or step, it stands beside the one before, the oldest first."""
    assert with_jump(with_jump(DoubtView(), ONE), other).jumps == (ONE, other)


def test_f26_a_leap_that_goes_on_leaves_those_before_it() -> None:
    first = replace(ONE, step=1)
    before = with_jump(with_jump(with_jump(DoubtView(), first), replace(ONE, solution="B")), ONE)
    assert with_jump(before, MORE).jumps == (first, replace(ONE, solution="B"), ONE.with_more(MORE))


def test_f21_f26_the_words_a_person_says_and_reads() -> None:
    """F21, F26: as they are typed and as they stand in the record."""
    assert with_jump(DoubtView(), ONE).jumps[0].why == "jumped"
    assert [one.value for one in CounterFault] == ["fell", "jumped", "standing", "other_pump"]
    assert [one.value for one in Explanation] == ["cleared", "primed_off_patient", "given"]
    assert [one.value for one in Settlement] == ["credit", "give"]


def test_f26_nothing_is_to_be_explained_of_another_pump() -> None:
    doubts = with_jump(DoubtView(), ONE)
    assert with_jump(doubts, replace(ONE, why=CounterFault.OTHER_PUMP)) is doubts


def test_f26_only_a_display_that_went_up_and_did_not_begin_anew_rose() -> None:
    assert ONE.rose
    assert not replace(ONE, counted_ml=D(0)).rose
    assert not replace(ONE, counted_ml=D(-1)).rose
    assert not replace(ONE, why=CounterFault.FELL).rose


@pytest.mark.parametrize(
    ("jump", "how", "left"),
    [
        (ONE, Explanation.CLEARED, Span(D("0.36"), D("0.55"))),
        (ONE, Explanation.PRIMED_OFF_PATIENT, Span(D(0), D("0.55"))),
        (ONE, Explanation.GIVEN, Span(D("1.9"), D("2.1"))),
        (replace(ONE, counted_ml=D("0.05")), Explanation.GIVEN, Span(D(0), D("0.15"))),
        (replace(ONE, counted_ml=D(-9)), Explanation.GIVEN, Span(D(0), D(3))),
        (replace(ONE, why=CounterFault.FELL), Explanation.GIVEN, Span(D(0), D(3))),
        (replace(ONE, bounds=Span(D(0), D("0.3"))), Explanation.CLEARED, Span(D("0.3"), D("0.3"))),
        (replace(ONE, bounds=Span(D(0), D("0.3"))), Explanation.PRIMED_OFF_PATIENT, Span(D(0), D("0.3"))),
        (replace(ONE, bounds=Span(D(0), D("1.8"))), Explanation.GIVEN, Span(D("1.8"), D("1.8"))),
    ],
)
def test_f26_an_explanation_narrows_the_bounds_and_never_widens_them(
    jump: Jump, how: Explanation, left: Span
) -> None:
    """F26: cleared, or led away: what a rate 10 % off gives in that time; given: what the display says, a
    unit off."""
    assert jump.explained(how, D("0.1"), UNIT) == left


@pytest.mark.parametrize(
    ("jump", "left", "drawn"),
    [
        (ONE, Span(D(0), D("0.55")), "1.55"),
        (replace(ONE, bounds=Span(D(0), D(2))), Span(D(0), D("0.55")), "1.45"),
        (replace(ONE, counted_ml=D(-9)), Span(D(0), D("0.55")), "2.45"),
        (ONE, Span(D("1.9"), D("2.5")), "0"),
    ],
)
def test_f11_what_was_led_away_has_left_the_bag(jump: Jump, left: Span, drawn: str) -> None:
    """F11, F26: what the display says and a unit, less what still counts as given."""
    assert jump.drawn_ml(left, UNIT) == D(drawn)
