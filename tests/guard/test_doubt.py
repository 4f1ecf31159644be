"""What the guard takes for a leap of a counter, and how often a person's word counts (F21, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.guard.doubt import NO_DOUBT, Doubt
from drivers.values import Motion, PumpReading
from simulators.campaign.engine.world import DIANET

D = Decimal
STANDS = PumpReading(Motion.STOPPED, D(60), D(1), D(10), remote=True)
RUNS = replace(STANDS, motion=Motion.INFUSING)


@pytest.mark.parametrize(
    ("before", "after", "moved", "leapt"),
    [
        (RUNS, RUNS, "1.3", "0"),
        (RUNS, RUNS, "1.4", "1.4"),
        (RUNS, STANDS, "1.3", "0"),
        (STANDS, RUNS, "1.3", "0"),
        (STANDS, STANDS, "0.2", "0"),
        (STANDS, STANDS, "0.3", "0.3"),
        (RUNS, replace(RUNS, rate_ml_h=D(30)), "1.3", "0"),
        (replace(RUNS, rate_ml_h=D(30)), RUNS, "1.3", "0"),
        (replace(RUNS, rate_ml_h=D(30)), replace(RUNS, rate_ml_h=D(30)), "0.8", "0.8"),
        (RUNS, RUNS, "-10", "0"),
    ],
)
def test_f26_a_counter_leaps_past_what_the_higher_rate_allows(
    before: PumpReading, after: PumpReading, moved: str, leapt: str
) -> None:
    """F26: in a minute at 60 mL/h 1 mL, a tenth more and two units of 0.1 mL; a standing pump two units."""
    later = replace(after, counter_ml=before.counter_ml + D(moved))
    assert NO_DOUBT.seeing(before, later, 60_000, DIANET).leapt_ml == D(leapt)


def test_f26_leaps_of_one_place_add_up_and_are_over_at_the_next() -> None:
    once = NO_DOUBT.seeing(STANDS, replace(STANDS, counter_ml=D(11)), 1000, DIANET)
    twice = once.seeing(STANDS, replace(STANDS, counter_ml=D(12)), 1000, DIANET)
    assert (once.leapt_ml, twice.leapt_ml) == (D(1), D(3))
    assert twice.elsewhere().leapt_ml == 0


def test_f26_what_went_past_the_patient_is_kept_for_each_bag() -> None:
    """F26: what a person took out of a leap cannot be taken out again; the next place knows it still."""
    doubt = Doubt(leapt_ml=D(5)).spared("A", D(2)).spared("B", D(1)).spared("A", D(1))
    assert doubt.leapt_ml == D(1)
    assert doubt.spared_ml == {"A": D(3), "B": D(1)}
    assert doubt.elsewhere().spared_ml == {"A": D(3), "B": D(1)}


def test_f21_each_word_counts_once_at_each_place() -> None:
    """F21: credited and given again, once each and each by itself, at every place anew."""
    credited = NO_DOUBT.settled(2, credit=True)
    assert credited is not None
    assert credited.credit == 2
    assert credited.settled(2, credit=True) is None
    regiven = credited.settled(2, credit=False)
    assert regiven is not None
    assert regiven.credit == 2
    assert regiven.settled(2, credit=False) is None
    further = regiven.settled(3, credit=True)
    assert further is not None
    assert further.credit == 3
    assert further.settled(2, credit=True) is None, "not again at a place gone back to"
    again = further.settled(3, credit=False)
    assert again is not None
    assert again.settled(2, credit=False) is None


def test_f21_a_signed_advance_ends_with_its_place() -> None:
    """F21: going back to a place does not bring its signature back."""
    doubt = NO_DOUBT.settled(2, credit=True)
    assert doubt is not None
    left = doubt.elsewhere()
    assert left.credit == 0
    assert left.settled(2, credit=True) is None
