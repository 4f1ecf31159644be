"""What a pump may have given since it was read, when it stood where, when a step is in doubt (F14, F18)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import settling, stretch, trail
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.pump_view import PumpView, delivers
from daemon.engine.state import RunState
from daemon.protocols.rules import Then, ThenKind
from drivers.values import Motion, PumpAlarm, PumpReading, PumpSetting
from tests.engine.plans import pump as pump_with
from tests.engine.stories import infusing

D = Decimal
MINUTE = 60_000
NONE = Span(D(0), D(0))
RUNS = PumpReading(Motion.INFUSING, D(60), D(3), D(5), remote=True)
STANDS = replace(RUNS, motion=Motion.STOPPED)
BARE = PumpView(Odometer.unread(D("0.1")), read_ms=1_000)


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


@pytest.mark.parametrize(
    ("reading", "certain", "approved", "may_run", "ml"),
    [
        (None, True, "120", "0", "0"),  # never read: nothing was ever started
        (None, True, None, "30", "0.5"),
        (STANDS, True, "120", "0", "0"),
        (STANDS, True, None, "30", "0.5"),  # a START was ordered
        (STANDS, False, None, "0", "1"),  # after a silence it may run as it was set
        (RUNS, True, None, "0", "1"),
        (RUNS, False, None, "0", "1"),
        (RUNS, True, "120", "0", "2"),
        (RUNS, True, "30", "0", "1"),
        (RUNS, True, "30", "90", "1.5"),
    ],
)
def test_f18_the_highest_rate_it_may_run_at_since_it_was_read(
    reading: PumpReading | None, *, certain: bool, approved: str | None, may_run: str, ml: str
) -> None:
    """F18, F26: in a minute, and a tenth more by its accuracy."""
    setting = None if approved is None else PumpSetting(D(approved), D(9))
    pump = replace(BARE, reading=reading, certain=certain, approved=setting, may_run_ml_h=D(may_run))
    assert pump.since_ml(1_000, D("0.1")) == 0
    assert pump.since_ml(1_000 + MINUTE, D("0.1")) == D(ml) * D("1.1")
    for untimed in ("0.1", "5"):
        lost = replace(pump, untimed_ml=D(untimed))
        assert lost.since_ml(1_000 + MINUTE, D("0.1")) == max(D(untimed), D(ml) * D("1.1"))


def test_f23_kvo_is_delivery_whatever_the_motor_says() -> None:
    assert not delivers(STANDS)
    assert delivers(replace(STANDS, alarms=frozenset({PumpAlarm.KVO_RUNNING})))
    for motion in Motion:
        assert delivers(replace(RUNS, motion=motion)) is (motion is not Motion.STOPPED)
        assert replace(BARE, reading=replace(RUNS, motion=motion)).delivers is (motion is not Motion.STOPPED)
    assert not BARE.delivers


@pytest.mark.parametrize(("since", "to", "ms"), [(None, 9, 0), (5, 9, 4), (5, 5, 0), (9, 5, 0), (0, 9, 9)])
def test_f10_it_is_proven_to_stand_from_one_reading_to_the_asking_of_another(
    since: int | None, to: int, ms: int
) -> None:
    assert replace(BARE, still_from_ms=since, still_to_ms=to).seen_still_ms() == ms


def test_f14_a_trail_keeps_the_last_time_of_a_mark_and_as_far_back_as_an_occlusion() -> None:
    """F14: a reach of 0.8 mL is marked each 0.1 mL, and kept for twice as far, with the mark before it."""
    reach = D("0.8")
    marks: trail.Trail = ((10, D(1)),)
    assert trail.after((), 5, D(1), reach) == ((5, D(1)),)
    assert trail.after(marks, 20, D(1), reach) == ((20, D(1)),)
    assert trail.after(marks, 20, D("1.09"), reach) == marks
    assert trail.after(marks, 20, D("1.1"), reach) == (*marks, (20, D("1.1")))
    long = tuple((ms, D(ms) / 10) for ms in range(10, 20))
    assert trail.after(long, 99, D("1.9"), reach) == (*long[:-1], (99, D("1.9")))
    assert trail.after(long, 99, D("2.65"), reach) == (*long, (99, D("2.65"))), "1.05 mL: only one is older"
    assert trail.after(long, 99, D("2.7"), reach) == (*long[1:], (99, D("2.7"))), "1.1 mL"
    assert trail.after(long, 99, D("2.6"), reach) == (*long, (99, D("2.6")))


@pytest.mark.parametrize(
    ("shown", "begun", "ms"),
    [
        ("0.9", 3, 3),
        ("1", 3, 10),
        ("1.05", 3, 10),
        ("1.1", 3, 20),
        ("9", 3, 20),
        ("1.1", 15, 20),
        ("1", 15, 15),
    ],
)
def test_f14_f19_when_the_counter_had_not_passed_a_volume(shown: str, begun: int, ms: int) -> None:
    """F14, F19: never before the run was begun."""
    assert trail.when(((10, D(1)), (20, D("1.1"))), D(shown), begun) == ms
    assert trail.when((), D(shown), begun) == begun


def bounded(state: RunState, goal: str, low: str, high: str) -> RunState:
    account = Account(Span(D(low), D(high)), state.pump.odometer.span, NONE, D(0), 0)
    odometer = replace(state.pump.odometer, hidden=NONE)
    settled = replace(account, mark=odometer.span)
    return replace(
        state,
        goal_ml=D(goal),
        begun=True,
        account=settled,
        pump=replace(state.pump, odometer=odometer),
        fitted=replace(state.fitted, caps=pump_with(counter_unit_ml=D("0.1"))),
    )


@pytest.mark.parametrize(
    ("goal", "low", "high", "unsettled"),
    [
        ("1", "0.7", "0.95", True),  # full within half a unit, 0.25 apart
        ("1", "0.7", "0.94", False),  # not full by any bound
        ("1", "0.75", "0.95", False),  # 0.2 apart: two units
        ("1", "0.74", "0.95", True),
        ("1", "0.95", "1.5", False),  # full by both
        ("1", "0.94", "1.5", True),
        ("10", "9", "10", False),  # a tenth of the step
        ("10", "8.99", "10", True),
    ],
)
def test_f21_a_step_is_in_doubt_where_one_bound_says_it_is_full_and_the_other_not(
    run: RunState, goal: str, low: str, high: str, *, unsettled: bool
) -> None:
    state = bounded(run, goal, low, high)
    assert settling.unsettled(state) is unsettled
    assert not settling.unsettled(replace(state, begun=False))
    assert settling.missing_ml(state) == max(D(goal) - D(low), D(0))


def test_f21_what_a_step_lacks_is_never_less_than_nothing(run: RunState) -> None:
    assert settling.missing_ml(bounded(run, "1", "1.2", "1.5")) == 0


@pytest.mark.parametrize(
    ("kind", "again", "held"),
    [
        (ThenKind.REPEAT, 0, True),
        (ThenKind.REPEAT, 1, False),
        (ThenKind.SAME_STEP, 0, False),
        (ThenKind.BACK, 0, False),
    ],
)
def test_f2_what_a_stretch_comes_to(kind: ThenKind, again: int, *, held: bool) -> None:
    """F2: 6 mL/h for 10 minutes are a mL each time; repeated as often as ordered, a person decides."""
    one = stretch.Stretch(D(6), D(10), Then(kind), again, "reaction:mild")
    assert (one.goal_ml, one.all_ml) == (D(1), D(1 + again))
    assert (one.goal_ms, one.ends_held) == (600_000, held)
