"""How much may have left the pump in an interval for which its counter is no witness (F20, F25, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import counter
from daemon.engine import events as ev
from daemon.engine.account import Span
from daemon.engine.doubts import CounterFault
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpIdentity, PumpReading, PumpSetting
from tests.engine.plans import pump as pump_with
from tests.engine.stories import infusing

D = Decimal
MINUTE = 60_000
RUNS = PumpReading(Motion.INFUSING, D(60), D(3), D(10), remote=True)
STANDS = replace(RUNS, motion=Motion.STOPPED)
SET = PumpSetting(D(60), D(5))
FASTER = ev.SettingOrdered(9, ev.OrderKind.CHANGE, PumpSetting(D(120), D(5)), 1, "A", "pump 1")


@pytest.fixture(scope="module")
def run() -> RunState:
    """Read a minute ago running at 60 mL/h, at 10 mL in tenths; a bolus by hand may be 0.5 mL."""
    state = infusing().state
    caps = pump_with(reply_limit_s=D(0), accuracy=D("0.05"), rate_max_ml_h=D(600))
    known = replace(state.commissioned, bolus_allowance_ml=D("0.5"))
    pump = replace(
        state.pump, reading=RUNS, read_ms=0, approved=SET, pending=None, certain=True, untimed_ml=None
    )
    pump = replace(pump, approved_ms=-1, may_run_ml_h=D(0))
    return replace(state, fitted=replace(state.fitted, caps=caps, commissioned=known), pump=pump)


def pump(state: RunState, **changes: Any) -> RunState:
    return replace(state, pump=replace(state.pump, **changes))


def leap(state: RunState, ml: str, reading: PumpReading = RUNS, now: int = MINUTE) -> counter.Leap | None:
    """The display shows this now."""
    shown = replace(reading, counter_ml=D(ml))
    return counter.leap(state, shown, counter.moved(state, shown, now), now)


# -- what moved ---------------------------------------------------------------------------------------


def moved(state: RunState, reading: PumpReading, ml: str = "11") -> tuple[Decimal, Span, int]:
    found = counter.moved(state, replace(reading, counter_ml=D(ml)), MINUTE)
    return found.counter_ml, found.timed, found.proven_ms


def test_f25_running_all_the_time_a_minute_is_proven(run: RunState) -> None:
    """F25: 1 mL by the counter and by time; at rates nobody approved no minute is proven."""
    assert moved(run, RUNS) == (D(1), Span(D(1), D(1)), MINUTE)
    assert moved(run, RUNS, "9")[0] == 0, "a counter that fell counts nothing"
    assert moved(pump(run, approved=None), RUNS)[2] == 0
    assert moved(run, replace(RUNS, rate_ml_h=D(30))) == (D(1), Span(D("0.5"), D(1)), 0)
    changing = pump(run, pending=FASTER)
    assert moved(changing, replace(RUNS, rate_ml_h=D(120))) == (D(1), Span(D(1), D(2)), MINUTE)
    assert moved(pump(run, reading=None), RUNS) == (D(0), Span(D(0), D(0)), 0)


def test_f27_a_motor_does_not_leap_to_what_a_hand_has_typed(run: RunState) -> None:
    """F27: by hand at least what was approved has run, if that is less."""
    by_hand = replace(run, authority=Authority.MONITOR)
    fast = replace(RUNS, rate_ml_h=D(120))
    assert moved(pump(by_hand, reading=fast), fast)[1] == Span(D(1), D(2))
    assert moved(pump(by_hand, reading=fast, approved=None), fast)[1] == Span(D(0), D(2))


def test_f26_what_nobody_ordered_or_saw_is_bounded_by_the_fastest_that_can_have_run(run: RunState) -> None:
    """F26: of a start that may have gone out; of a bolus the pump's highest rate; standing, none."""
    assert moved(run, STANDS)[1:] == (Span(D(0), D(1)), 0)
    assert moved(pump(run, pending=FASTER), STANDS)[1] == Span(D(0), D(2))
    assert moved(pump(run, reading=STANDS), replace(RUNS, rate_ml_h=D(120)))[1] == Span(D(0), D(2))
    assert moved(run, replace(RUNS, motion=Motion.BOLUS))[1:] == (Span(D(0), D(10)), 0)
    assert moved(pump(run, reading=replace(RUNS, motion=Motion.PROGRAM)), RUNS)[1] == Span(D(0), D(10))
    stood = pump(run, reading=STANDS)
    assert moved(stood, STANDS, "10") == (D(0), Span(D(0), D(0)), 0)
    assert moved(pump(stood, may_run_ml_h=D(60)), STANDS)[1] == Span(D(0), D(1))
    told = replace(pump(stood, may_run_ml_h=D(60)), authority=Authority.MONITOR)
    assert moved(told, STANDS)[1] == Span(D(0), D(0))
    unseen = pump(run, certain=False, approved=PumpSetting(D(90), D(5)))
    assert moved(unseen, RUNS)[1:] == (Span(D(0), D("1.5")), 0)


# -- leaps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ml", "why"), [("11.3", None), ("11.31", CounterFault.JUMPED), ("9.99", CounterFault.FELL)]
)
def test_f26_more_than_rate_and_time_allow_is_a_leap(
    run: RunState, ml: str, why: CounterFault | None
) -> None:
    """F26: a tenth of the minute and two units are allowed; backwards nothing is."""
    found = leap(run, ml)
    assert (None if found is None else found.why) is why


def test_f26_a_leap_is_what_it_shows_or_what_may_have_run(run: RunState) -> None:
    """F26: a unit more than is shown; at least what time, tolerance and a bolus by hand allow: 1.8 mL."""
    big = leap(run, "15")
    assert big is not None
    assert (big.bounds, big.timed) == (Span(D(0), D("5.1")), Span(D(1), D(1)))
    small = leap(run, "11.4")
    assert small is not None
    assert small.bounds == Span(D(0), D("1.8"))
    stood = leap(pump(run, reading=STANDS), "10.5", STANDS)
    assert stood is not None
    assert stood.why is CounterFault.STANDING
    assert stood.bounds == Span(D(0), D("0.7")), "two units and a bolus"


def test_f26_after_a_fall_also_what_the_new_display_says(run: RunState) -> None:
    """F26: 1.8 mL before it was cleared and 0.5 since, with a unit; since then no more than the motor can."""
    fell = leap(run, "0.5")
    assert fell is not None
    assert fell.bounds == Span(D(0), D("2.4"))
    fast = leap(run, "9.9", now=1_000)
    assert fast is not None
    sec = D(600) / 3600
    most = D(60) / 3600 * D("1.1") + D("0.2") + D("0.5")
    assert fast.bounds.high - most == sec + D("0.2")


def test_f26_nobody_judges_a_counter_before_a_bag_or_after_the_end(run: RunState) -> None:
    for over in (Phase.COMPLETED, Phase.ABORTED):
        assert leap(replace(run, phase=over), "15") is None
    assert leap(replace(run, hung=None), "15") is None
    assert leap(pump(run, reading=None), "15") is None
    assert leap(replace(run, phase=Phase.HELD), "15") is not None


@pytest.mark.parametrize(
    ("left", "untimed", "high"),
    [("3", None, "3.6"), ("3", "4", "4.6"), (None, None, "2.6"), (None, "4", "4.6")],
)
def test_f26_of_the_pump_before_its_own_limit_may_have_been_given(
    run: RunState, left: str | None, untimed: str | None, high: str
) -> None:
    """F26: without a limit twice what time says; with a unit and a bolus."""
    reading = replace(RUNS, limit_left_ml=None if left is None else D(left))
    identity = PumpIdentity("DIANET", "99", "1", "x")
    other = pump(run, identity=identity, read_serial="7", reading=reading)
    other = pump(other, untimed_ml=None if untimed is None else D(untimed))
    assert counter.another_pump(other)
    found = leap(other, "500")
    assert found is not None
    assert (found.why, found.bounds) == (CounterFault.OTHER_PUMP, Span(D(0), D(high)))
    assert not counter.another_pump(pump(other, read_serial="99"))
    assert not counter.another_pump(pump(other, read_serial=""))
    assert not counter.another_pump(pump(other, identity=None))


@pytest.mark.parametrize(
    ("ml", "left", "why"),
    [
        ("11", "2.0", None),
        ("11", "1.8", None),
        ("11", "1.79", CounterFault.FELL),
        ("11", None, CounterFault.FELL),
        ("9", "3", CounterFault.FELL),
        ("14.6", "0", CounterFault.JUMPED),
    ],
)
def test_f20_after_lost_time_the_limit_is_the_second_witness(
    run: RunState, ml: str, left: str | None, why: CounterFault | None
) -> None:
    """F20: of 3 mL 1 is counted and 2 are left; two units less, and it may have been cleared on the way."""
    lost = pump(run, untimed_ml=D(3))
    limit = None if left is None else D(left)
    found = leap(lost, ml, replace(RUNS, limit_left_ml=limit))
    assert (None if found is None else found.why) is why


def test_f20_after_lost_time_all_of_the_limit_may_have_been_given_beside(run: RunState) -> None:
    """F20: 1.3 mL by time, a bolus, 4.1 by the limit and a unit, and what is shown with one more."""
    found = leap(pump(run, untimed_ml=D(3)), "9")
    assert found is not None
    assert found.bounds == Span(D(0), D("1.8") + D("4.1") + D("9.1"))
    assert found.timed == found.bounds


def test_f20_a_pump_that_stood_has_not_run_through_lost_time(run: RunState) -> None:
    """F20: unless a start had gone out that no readback has shown."""
    stood = pump(run, untimed_ml=D(3), reading=STANDS)
    gone = replace(STANDS, limit_left_ml=D(0))
    assert leap(stood, "10", gone) is None
    ran = leap(pump(stood, may_run_ml_h=D(60)), "10", gone)
    assert ran is not None
    assert ran.why is CounterFault.FELL


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        (RUNS, RUNS, CounterFault.JUMPED),
        (RUNS, STANDS, CounterFault.JUMPED),
        (STANDS, RUNS, CounterFault.JUMPED),
        (STANDS, STANDS, CounterFault.STANDING),
    ],
)
def test_f26_it_leapt_while_it_stood_only_where_both_readings_say_so(
    run: RunState, before: PumpReading, now: PumpReading, why: CounterFault
) -> None:
    found = leap(pump(run, reading=before), "20", now)
    assert found is not None
    assert found.why is why


def test_f26_since_a_fall_the_motor_had_the_time_between_the_readings(run: RunState) -> None:
    """F26: a second at 600 mL/h and two units, whatever the time of day; before it what time allows."""
    fast = leap(pump(run, read_ms=MINUTE), "9.9", now=MINUTE + 1_000)
    assert fast is not None
    allowed = D(60) / 3600 * D("1.1") + D("0.2") + D("0.5")
    assert fast.bounds == Span(D(0), allowed + D(600) / 3600 + D("0.2"))


def test_f20_unwatched_the_most_that_can_have_run_is_added_to_what_no_clock_tells(run: RunState) -> None:
    """F20: up to 1 mL in the minute after the restart, 3 mL before it, and a unit."""
    found = leap(pump(run, certain=False, untimed_ml=D(3), approved=None), "20")
    assert found is not None
    assert (found.why, found.timed) == (CounterFault.JUMPED, Span(D(0), D("4.1")))
    assert found.bounds == Span(D(0), D("10.1")), "what it shows, and a unit"


@pytest.mark.parametrize(
    ("rate", "ml", "left", "why"),
    [
        ("0", "10", "0", None),
        ("0.1", "10", "0", CounterFault.FELL),
        ("1", "10", "0", CounterFault.FELL),
        ("1", "12", None, CounterFault.FELL),
        ("1", "12.8", None, CounterFault.STANDING),
        ("1", "12.79", None, CounterFault.FELL),
    ],
)
def test_f20_however_slow_a_start_was_its_limit_is_the_witness(
    run: RunState, rate: str, ml: str, left: str | None, why: CounterFault | None
) -> None:
    """F20: of 3 mL that may have flowed, what is neither left nor counted; none left where none is shown."""
    stood = pump(run, untimed_ml=D(3), reading=STANDS, may_run_ml_h=D(rate))
    found = leap(stood, ml, replace(STANDS, limit_left_ml=None if left is None else D(left)))
    assert (None if found is None else found.why) is why


@pytest.mark.parametrize(
    ("left", "motion", "high"),
    [
        ("0.2", Motion.INFUSING, "0.8"),
        ("0.2", Motion.STOPPED, "0.8"),
        (None, Motion.INFUSING, "2.6"),
        (None, Motion.STOPPED, "2.6"),
    ],
)
def test_f26_the_pump_before_gave_its_limit_or_twice_the_most_of_the_time(
    run: RunState, left: str | None, motion: Motion, high: str
) -> None:
    """F26: 60 mL/h for a minute is 1 mL at the most, also where the new one stands; a unit, and a bolus."""
    reading = replace(RUNS, limit_left_ml=None if left is None else D(left))
    other = pump(run, identity=PumpIdentity("DIANET", "99", "1", "x"), read_serial="7", reading=reading)
    found = leap(other, "10", replace(RUNS, motion=motion))
    assert found is not None
    assert (found.why, found.bounds) == (CounterFault.OTHER_PUMP, Span(D(0), D(high)))
