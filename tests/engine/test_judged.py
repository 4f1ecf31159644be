"""What one reading of the pump leads to, where it ought to run and where to stand (F8, F18, F24)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import announcing, gate
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import Decision, decide
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpAlarm, PumpSetting, Signal
from tests.engine.stories import in_phase, infusing

D = Decimal
MIN = 60_000


@pytest.fixture(scope="module")
def run() -> RunState:
    """Infusing at 60 mL/h with 1.1 of 2 mL left, nothing on its way."""
    state = infusing().state
    assert state.pump.pending is None
    return state


def reads(state: RunState, **changes: Any) -> Decision:
    """Ten seconds later the pump says this."""
    reading = state.pump.reading
    assert reading is not None
    given = inp.PumpRead(replace(reading, **changes), state.pump.read_ms + 9_900)
    return decide(state, given, state.pump.read_ms + 10_000)


def holds(decision: Decision) -> set[str]:
    """Causes of the hold, and whether STOP went out with it."""
    hold = decision.state.hold
    stopped = any(isinstance(event, ev.StopOrdered) for event in decision.events)
    assert stopped is (hold is not None)
    return set() if hold is None else {cause.value for cause in hold.causes}


def test_f18_as_approved_nothing_follows(run: RunState) -> None:
    decision = reads(run)
    assert holds(decision) == set()
    assert decision.state.phase is Phase.INFUSING
    assert decision.state.alarms.keys() == run.alarms.keys()


@pytest.mark.parametrize(
    ("changes", "cause", "alarm"),
    [
        ({"motion": Motion.STOPPED}, "hand_change", "held_hand_change"),
        ({"motion": Motion.STOPPED, "alarms": frozenset({PumpAlarm.AIR})}, "pump_alarm", "held_pump_alarm"),
        ({"motion": Motion.KVO}, "pump_alarm", "held_pump_alarm"),
        ({"motion": Motion.BOLUS}, "hand_change", "hand_more"),
        ({"motion": Motion.PROGRAM}, "hand_change", "hand_more"),
        ({"limit_left_ml": None}, "hand_change", "unlimited"),
        ({"alarms": frozenset({PumpAlarm.DRIP})}, "pump_alarm", "held_pump_alarm"),
        ({"rate_ml_h": D("60.1")}, "hand_change", "hand_more"),
        ({"limit_left_ml": D("1.4")}, "hand_change", "hand_more"),
        ({"limit_left_ml": D("0.7")}, "hand_change", "held_hand_change"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_f8_f18_what_is_not_as_approved_holds(
    run: RunState, changes: dict[str, Any], cause: str, alarm: str
) -> None:
    """F8, F18, F24: more than approved is a hand's and loud; whatever it is, STOP goes out."""
    decision = reads(run, **changes)
    assert holds(decision) == {cause}
    assert alarm in decision.state.alarms
    assert decision.state.phase is Phase.HELD


@pytest.mark.parametrize(("left", "same"), [("1.3", True), ("0.9", True)])
def test_f18_two_units_of_the_limit_are_no_hand(run: RunState, left: str, *, same: bool) -> None:
    assert (holds(reads(run, limit_left_ml=D(left))) == set()) is same


def test_f8_slower_by_hand_is_observed_and_not_stopped(run: RunState) -> None:
    decision = reads(run, rate_ml_h=D(59))
    assert holds(decision) == set()
    assert decision.state.phase is Phase.OBSERVING
    assert "hand_less" in decision.state.alarms
    again = reads(decision.state, rate_ml_h=D(59))
    assert not any(isinstance(event, ev.PhaseEntered) for event in again.events)


def test_f18_while_a_change_is_on_its_way_either_setting_is_right(run: RunState) -> None:
    """F18: the old rate and the new one; more than both is a hand's, and a limit is not judged."""
    change = ev.SettingOrdered(9, ev.OrderKind.CHANGE, PumpSetting(D(120), D(2)), 1, "A", "pump 1")
    changing = replace(run, pump=replace(run.pump, pending=change))
    for rate in (60, 120):
        assert holds(reads(changing, rate_ml_h=D(rate), limit_left_ml=D("1.9"))) == set()
    assert holds(reads(changing, rate_ml_h=D(121))) == {"hand_change"}


def test_f15_a_pump_that_was_told_to_start_may_stand_for_now(run: RunState) -> None:
    start = ev.SettingOrdered(9, ev.OrderKind.START, PumpSetting(D(60), D(2)), 1, "A", "pump 1")
    starting = replace(run, pump=replace(run.pump, pending=start, approved=None))
    assert holds(reads(starting, motion=Motion.STOPPED)) == set()
    assert holds(reads(starting, rate_ml_h=D(59))) == set(), "its setting is read back by the channel"


def test_f8_what_runs_and_was_never_approved_is_stopped(run: RunState) -> None:
    nothing = replace(run, pump=replace(run.pump, approved=None))
    assert holds(reads(nothing)) == {"hand_change"}


@pytest.mark.parametrize(
    "phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.HELD, Phase.AFTER_WATCH]
)
def test_f8_what_runs_where_it_ought_to_stand_is_stopped_once(phase: Phase) -> None:
    """F8: the second time the hand has won; in the after-watch it is said again."""
    state = in_phase(phase).state
    state = replace(state, pump=replace(state.pump, stop_ms=None))
    first = reads(state, motion=Motion.INFUSING)
    assert "hand_more" in first.state.alarms
    assert first.state.pump.stop_ms is not None
    assert first.state.pump.hand_stops == 1
    calm = replace(first.state, pump=replace(first.state.pump, stop_ms=None))
    second = reads(calm, motion=Motion.INFUSING)
    assert not any(isinstance(event, ev.StopOrdered) for event in second.events)
    assert second.state.phase is (phase if phase is Phase.AFTER_WATCH else Phase.MANUAL)


@pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.CHECKING, Phase.COMPLETED, Phase.ABORTED])
def test_f8_before_and_after_the_run_a_pump_is_not_ours_to_stop(phase: Phase) -> None:
    """F8: before it is said loudly; after it not at all."""
    state = in_phase(phase).state
    if state.pump.reading is None:
        world = in_phase(Phase.CHECKING)
        state = replace(world.state, phase=phase)
    state = replace(state, pump=replace(state.pump, stop_ms=None))
    decision = reads(state, motion=Motion.INFUSING)
    assert not any(isinstance(event, ev.StopOrdered) for event in decision.events)
    before = phase in (Phase.PLANNED, Phase.CHECKING)
    assert ("runs_unrecorded" in decision.state.alarms) is before
    stands = reads(decision.state, motion=Motion.STOPPED)
    assert "runs_unrecorded" not in stands.state.alarms


def test_f6_a_stop_is_confirmed_by_a_reading_that_was_asked_for_after_it(run: RunState) -> None:
    """F6, F10: one that was on its way says nothing; nor does one that runs."""
    stopping = replace(run, phase=Phase.HELD, pump=replace(run.pump, stop_ms=run.pump.read_ms + 900))
    runs = run.pump.reading
    assert runs is not None
    stands, now = replace(runs, motion=Motion.STOPPED), run.pump.read_ms + 1_000
    early = decide(stopping, inp.PumpRead(stands, run.pump.read_ms + 899), now)
    assert early.state.pump.stop_ms is not None
    assert decide(stopping, inp.PumpRead(stands, run.pump.read_ms + 900), now).state.pump.stop_ms is None
    on = decide(stopping, inp.PumpRead(runs, run.pump.read_ms + 900), now)
    assert on.state.pump.stop_ms is not None


# -- what the gate will lack --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_min", "assessed_min_ago", "alarms"),
    [
        (6, 29, set()),
        (5, 25, {"gate_needs"}),
        (5, 24, set()),
        (2, 28, {"gate_needs", "gate_needs_now"}),
        (2, 27, set()),
        (3, 27, {"gate_needs"}),
    ],
)
def test_f16_what_the_gate_will_lack_is_said_five_and_two_minutes_before(
    run: RunState, left_min: int, assessed_min_ago: int, alarms: set[str]
) -> None:
    """F16: an assessment every 30 minutes, and the step over in so many."""
    now = run.at_ms
    due = replace(run, assessed_ms=now - assessed_min_ago * MIN)
    lacks = replace(due, goal_ms=due.account.proven_ms + left_min * MIN, goal_ml=D(0))
    draft = Draft(lacks, now)
    announcing.announce(draft)
    assert draft.state.alarms.keys() & {"gate_needs", "gate_needs_now"} == alarms
    done = Draft(replace(draft.state, assessed_ms=now), now)
    announcing.announce(done)
    assert not done.state.alarms.keys() & {"gate_needs", "gate_needs_now"}


def test_f16_it_is_said_what_it_will_lack(run: RunState) -> None:
    now = run.at_ms
    assert announcing.needs_in(run, now, 0) == ()
    (rule,) = (one for one in run.plan.rules.signals if one.signal is Signal.NIBP_SYS)
    measured = run.signals[Signal.NIBP_SYS].measured_ms
    assert measured is not None
    left = measured + int(rule.fresh_s * 1000) - now
    assert announcing.needs_in(run, now, left) == ()
    (told,) = announcing.needs_in(run, now, left + 1)
    assert "nibp_sys" in told
    due = gate.assessment_due_ms(run)
    assert due is not None
    assert len(announcing.needs_in(run, now, due - now - 1)) == 1
    assert len(announcing.needs_in(run, now, due - now)) == 2
