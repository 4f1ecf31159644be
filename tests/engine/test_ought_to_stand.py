"""Pumps that run, warn or alarm where they ought to stand (F6, F8, F16, F23, F33)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from daemon.engine import events as ev
from daemon.engine import standing, unstarted
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.gate import STOPPING, WARNING
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Authority, Motion, PumpAlarm, PumpReading, PumpSetting
from tests.engine.plans import pump as pump_with
from tests.engine.stories import infusing, switching
from tests.engine.two_pumps import beside, every

D = Decimal
RUNS = PumpReading(Motion.INFUSING, D(60), D(3), D(5), remote=True)
STANDS = replace(RUNS, motion=Motion.STOPPED)
OLD = AlarmView(1, "x")


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


@pytest.fixture(scope="module")
def two() -> RunState:
    """Two pumps that stand; no STOP waits."""
    return every(switching().state, reading=STANDS, stop_ms=None, hand_stops=0)


def drafted(state: RunState) -> Draft:
    return Draft(state, state.at_ms)


STARTED = [phase for phase in Phase if phase not in (Phase.PLANNED, Phase.CHECKING)]
NOT_JUDGED = (Phase.MANUAL, Phase.COMPLETED, Phase.ABORTED)


@pytest.mark.parametrize(("phase", "runs"), list(product(STARTED, [False, True])))
def test_f8_f23_a_pump_that_delivers_beside_stops_every_pump(
    two: RunState, phase: Phase, *, runs: bool
) -> None:
    """F8, F23: once against the hand at it; where drug is driven the run is held."""
    reading = RUNS if runs else STANDS
    draft = drafted(beside(replace(two, phase=phase), reading=reading))
    standing.judge(draft, "pump-2", reading)
    told = runs and phase not in NOT_JUDGED
    assert ("hand_more" in draft.state.alarms) is told
    assert draft.stopping is told
    assert [event.pump for event in draft.events if isinstance(event, ev.HandOverruled)] == ["pump-2"] * told
    held = [event.cause for event in draft.events if isinstance(event, ev.Held)]
    assert held == [HoldCause.HAND_CHANGE] * (told and phase in OPEN)
    if told:
        assert draft.state.alarms["hand_more"].detail.startswith("pump-2: ")


@pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.CHECKING])
def test_f8_before_the_start_every_pump_that_runs_is_told_and_none_is_stopped(
    two: RunState, phase: Phase
) -> None:
    quiet = replace(two, phase=phase)
    for first, second in product([STANDS, RUNS, None], repeat=2):
        state = beside(replace(quiet, pump=replace(quiet.pump, reading=first)), reading=second)
        state = replace(state, alarms={})
        draft = drafted(state)
        standing.judge(draft, "pump-2", second or STANDS)
        said = say("runs_at", motion=RUNS.motion, rate_ml_h=RUNS.rate_ml_h)
        names = [name for name, one in (("pump-1", first), ("pump-2", second)) if one is RUNS]
        expected = {"runs_unrecorded": "; ".join(f"{name}: {said}" for name in names)} if names else {}
        assert {alarm: view.detail for alarm, view in draft.state.alarms.items()} == expected
        assert not draft.stopping
        again = drafted(replace(state, alarms={"runs_unrecorded": OLD}))
        standing.judge_unstarted(again)
        assert ("runs_unrecorded" in again.state.alarms) is bool(names)


@pytest.mark.parametrize(
    ("hand_stops", "phase"), list(product([0, 1, 2], [Phase.INFUSING, Phase.HELD, Phase.AFTER_WATCH]))
)
def test_f8_the_second_time_the_hand_has_won(run: RunState, hand_stops: int, phase: Phase) -> None:
    """F8: STOP once; then the run is manual and its holds are over, or after the drug it is said again."""
    pump = replace(run.pump, hand_stops=hand_stops, stop_ms=None)
    state = replace(run, phase=phase, pump=pump, alarms={"held_operator": OLD})
    draft = drafted(state)
    standing.more(draft, "pump 1", "faster")
    won = hand_stops >= 1
    assert draft.stopping is not won
    if won and phase is not Phase.AFTER_WATCH:
        assert draft.state.phase is Phase.MANUAL
        assert set(draft.state.alarms) == {"manual"}
        assert draft.state.alarms["manual"].detail == "faster", "a single pump is not named"
    elif won:
        assert (draft.state.phase, set(draft.state.alarms)) == (phase, {"hand_more", "held_operator"})
    else:
        assert draft.state.phase is (Phase.HELD if phase in OPEN else phase)
        assert "hand_more" in draft.state.alarms
        assert draft.state.pump.hand_stops == 1


def test_f8_a_stop_that_already_waits_is_not_said_twice(run: RunState) -> None:
    """F8: what is more than approved sounds anew each time."""
    waits = replace(
        run,
        phase=Phase.AFTER_WATCH,
        pump=replace(run.pump, hand_stops=0, stop_ms=5),
        alarms={"hand_more": OLD},
    )
    draft = drafted(waits)
    standing.more(draft, "pump 1", "faster")
    assert not draft.stopping
    assert draft.state.alarms["hand_more"].detail == "faster"
    assert draft.state.alarms["hand_more"].raised_ms == draft.now


@pytest.mark.parametrize("alarm", list(PumpAlarm))
@pytest.mark.parametrize("mains", [True, False])
def test_f26_what_a_pump_warns_of_is_told_in_one_alarm(
    two: RunState, alarm: PumpAlarm, *, mains: bool
) -> None:
    reading = replace(STANDS, alarms=frozenset({alarm}), mains=mains)
    warned = beside(replace(two, phase=Phase.HELD), reading=reading)
    draft = drafted(replace(warned, alarms={"pump_warning": OLD}))
    standing.warn(draft)
    assert ("pump_warning" in draft.state.alarms) is (alarm in WARNING or not mains)
    fresh = drafted(replace(warned, alarms={}))
    standing.warn(fresh)
    words = [alarm.value] * (alarm in WARNING) + [say("on_battery")] * (not mains)
    found = fresh.state.alarms.get("pump_warning")
    assert (found.detail if found else "") == (f"pump-2: {', '.join(words)}" if words else "")
    over = drafted(replace(warned, phase=Phase.AFTER_WATCH, alarms={"pump_warning": OLD}))
    standing.warn(over)
    assert "pump_warning" not in over.state.alarms


def test_f30_a_bag_that_is_to_run_empty_is_expected_to_be_nearly_empty(two: RunState) -> None:
    """F30: at the pump in charge; beside it, it is news. A pump never read says nothing."""
    steps = tuple(replace(one, until_empty=True) for one in two.plan.steps)
    near = every(
        replace(two, phase=Phase.HELD, plan=replace(two.plan, steps=steps), alarms={}),
        reading=replace(STANDS, alarms=frozenset({PumpAlarm.NEAR_EMPTY})),
    )
    draft = drafted(near)
    standing.warn(draft)
    assert draft.state.alarms["pump_warning"].detail.startswith("pump-2: ")
    assert "pump-1" not in draft.state.alarms["pump_warning"].detail
    plain = drafted(replace(near, plan=two.plan))
    standing.warn(plain)
    said = "pump-1: near_empty; pump-2: near_empty"
    assert plain.state.alarms["pump_warning"].detail == said
    unread = drafted(every(near, reading=None))
    standing.warn(unread)
    assert not unread.state.alarms


# -- a pump that alarms before it is started ------------------------------------------------------------


def alarming(state: RunState, alarm: PumpAlarm = PumpAlarm.AIR, motion: Motion = Motion.STOPPED) -> RunState:
    reading = replace(RUNS, motion=motion, alarms=frozenset({alarm}))
    return every(state, reading=reading, approved=None, pending=None)


def held(state: RunState, name: str) -> bool:
    draft = drafted(replace(state, hold=None))
    unstarted.judge(draft, name)
    causes = [event.cause for event in draft.events if isinstance(event, ev.Held)]
    assert set(causes) <= {HoldCause.PUMP_ALARM}
    return bool(causes)


@pytest.mark.parametrize("alarm", list(PumpAlarm))
def test_f33_every_alarm_that_stops_needs_a_person_before_a_start(run: RunState, alarm: PumpAlarm) -> None:
    """F33, F16: but for a limit that was reached before; a pump that runs is judged elsewhere."""
    state = alarming(replace(run, phase=Phase.INFUSING), alarm)
    assert held(state, "pump 1") is (alarm in STOPPING and alarm is not PumpAlarm.LIMIT_REACHED)
    assert not held(alarming(state, alarm, Motion.INFUSING), "pump 1")
    assert not held(replace(state, pump=replace(state.pump, reading=None)), "pump 1")
    assert not held(replace(state, authority=Authority.MONITOR), "pump 1"), "a hand starts it"


def test_f33_every_alarm_is_named(run: RunState) -> None:
    """F33: but for a limit that was reached before."""
    alarms = frozenset({PumpAlarm.AIR, PumpAlarm.DOOR_OPEN, PumpAlarm.LIMIT_REACHED})
    reading = replace(STANDS, alarms=alarms)
    draft = drafted(replace(run, phase=Phase.SWITCHING, pump=replace(run.pump, reading=reading)))
    unstarted.judge(draft, "pump 1")
    assert draft.state.hold is not None
    assert draft.state.hold.reasons == (say("alarm_before_start", names="air, door_open"),)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("hung", [True, False])
@pytest.mark.parametrize("line_by", ["ann", ""])
def test_f33_where_nobody_has_to_do_anything_any_more_before_it_is_started(
    run: RunState, phase: Phase, *, hung: bool, line_by: str
) -> None:
    """F33: the order is under way; the gate may open; bag and line are confirmed."""
    state = alarming(replace(run, phase=phase, hung="A" if hung else None, line_by=line_by))
    itself = {
        Phase.INFUSING: True,
        Phase.SWITCHING: True,
        Phase.WAITING_GATE: hung,
        Phase.AWAITING_SOLUTION: hung and line_by == "ann",
    }
    assert held(state, "pump 1") is itself.get(phase, False)


def test_f15_a_pump_that_runs_as_approved_is_started_by_nobody_but_in_a_restart(run: RunState) -> None:
    set_ = PumpSetting(D(60), D(2))
    order = ev.SettingOrdered(9, ev.OrderKind.RENEW, set_, 1, "A", "pump 1")
    state = alarming(
        replace(run, phase=Phase.INFUSING, fitted=replace(run.fitted, caps=pump_with(gapless=False)))
    )
    approved = replace(state, pump=replace(state.pump, approved=set_))
    assert not held(approved, "pump 1")
    assert held(replace(approved, pump=replace(approved.pump, pending=order)), "pump 1")


def test_f23_a_pump_that_waits_for_its_turn_may_alarm(two: RunState) -> None:
    """F23: that of the step alone is started by itself."""
    state = alarming(replace(two, phase=Phase.SWITCHING))
    for step, carrier in ((2, "pump-1"), (3, "pump-2")):
        for name in ("pump-1", "pump-2"):
            assert held(replace(state, step=step), name) is (name == carrier)
