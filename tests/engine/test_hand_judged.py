"""What one complete reading of a pump that is set by hand leads to (F16, F27): as told, less, or more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import hand_told
from daemon.engine import inputs as inp
from daemon.engine.decide import Decision, decide
from daemon.engine.draft import Draft
from daemon.engine.hand_view import HandView
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpAlarm, PumpSetting
from tests.engine.stories import infusing

D = Decimal
SET = PumpSetting(D(60), D(2))
FASTER = PumpSetting(D(120), D("2.5"))


def order(kind: ev.OrderKind, setting: PumpSetting) -> ev.SettingOrdered:
    return ev.SettingOrdered(41, kind, setting, 1, "A", "pump 1")


@pytest.fixture(scope="module")
def run() -> RunState:
    """By hand, as told: 60 mL/h, 1.1 of 2 mL left."""
    state = infusing().state
    pump = replace(
        state.pump, pending=None, approved=SET, approved_ml=state.pump.odometer.shown_ml - D("0.9")
    )
    state = replace(state, authority=Authority.MONITOR, pump=replace(pump, hand=HandView()))
    assert pump.reading is not None
    assert pump.reading.limit_left_ml == D("1.1")
    return state


def asked(state: RunState, kind: ev.OrderKind, setting: PumpSetting, **hand: Any) -> RunState:
    """The order stands on the screen."""
    view = HandView(**{"told": True, **hand})
    return replace(state, pump=replace(state.pump, pending=order(kind, setting), hand=view))


def standing(state: RunState, **hand: Any) -> RunState:
    """It stands and was told to be started with 60 mL/h and 2 mL."""
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, motion=Motion.STOPPED, limit_left_ml=D(2))
    pump = replace(state.pump, approved=None, stopped=True, reading=reading)
    return asked(replace(state, pump=pump), ev.OrderKind.START, SET, **hand)


def reads(state: RunState, stored: PumpSetting | None = SET, **changes: Any) -> Decision:
    """Ten seconds later a complete reading shows this; `stored`: what is set."""
    reading = state.pump.reading
    assert reading is not None
    at = state.pump.read_ms
    given = inp.PumpRead(replace(reading, **changes), at + 9_900, stored)
    return decide(state, given, at + 10_000)


def causes(decision: Decision) -> set[str]:
    hold = decision.state.hold
    return set() if hold is None else {cause.value for cause in hold.causes}


def taken(decision: Decision) -> bool:
    return any(isinstance(event, ev.SettingConfirmed) for event in decision.events)


# -- it stands ----------------------------------------------------------------------------------------


def test_f27_a_start_is_allowed_after_two_readings_as_told(run: RunState) -> None:
    first = reads(standing(run)).state
    assert (first.pump.hand.right, first.pump.hand.shown) == (1, None)
    assert reads(first).state.pump.hand.right == 2
    third = reads(reads(first).state)
    assert third.state.pump.hand.right == 2
    assert not any(isinstance(event, ev.HandSeen) for event in third.events)


@pytest.mark.parametrize(
    "stored", [PumpSetting(D(60), D(3)), PumpSetting(D(59), D(2))], ids=["limit", "rate"]
)
def test_f27_another_setting_begins_the_count_anew_and_is_shown(run: RunState, stored: PumpSetting) -> None:
    hand = reads(standing(run, right=1), stored, limit_left_ml=stored.limit_ml).state.pump.hand
    assert (hand.right, hand.shown) == (0, stored)


def test_f27_of_a_limit_that_was_used_only_what_is_left_counts(run: RunState) -> None:
    """F27: stored 2 mL of which 1.5 are left is no 2 mL; without a limit nothing is right."""
    used = reads(standing(run), SET, limit_left_ml=D("1.5")).state.pump.hand
    assert (used.right, used.shown) == (0, PumpSetting(D(60), D("1.5")))
    open_ = PumpSetting(D(60), None)
    assert reads(standing(run), open_, limit_left_ml=None).state.pump.hand.shown == open_


def test_f27_nothing_is_read_back_that_nobody_was_told(run: RunState) -> None:
    quiet = standing(run, told=False)
    assert reads(quiet).state.pump.hand.right == 0
    assert reads(standing(run), None).state.pump.hand.right == 0


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"motion": Motion.STOPPED}, "hand_change"),
        ({"motion": Motion.STOPPED, "alarms": frozenset({PumpAlarm.AIR})}, "pump_alarm"),
        ({"alarms": frozenset({PumpAlarm.AIR})}, "pump_alarm"),
        ({"motion": Motion.KVO}, "pump_alarm"),
        ({"alarms": frozenset({PumpAlarm.KVO_RUNNING})}, "pump_alarm"),
        ({"limit_left_ml": None}, "hand_change"),
        ({"motion": Motion.BOLUS}, "hand_change"),
        ({"rate_ml_h": D(61)}, "hand_change"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_f27_what_is_no_ones_order_holds(run: RunState, changes: dict[str, Any], cause: str) -> None:
    assert causes(reads(run, **changes)) == {cause}


def test_f27_a_limit_that_is_over_is_told_anew(run: RunState) -> None:
    """F27: read as nothing left, or by its alarm; the rest of the step waits for a person, as no hold."""
    for changes in (
        {"limit_left_ml": D("0.05")},
        {"alarms": frozenset({PumpAlarm.LIMIT_REACHED}), "limit_left_ml": D(1)},
    ):
        decision = reads(run, motion=Motion.STOPPED, **changes)
        assert causes(decision) == set()
        assert decision.state.pump.stop_ms is not None
        assert decision.state.phase is Phase.WAITING_GATE
    left = reads(run, motion=Motion.STOPPED, limit_left_ml=D("0.1"))
    assert causes(left) == {"hand_change"}


def test_f27_who_was_asked_to_set_it_may_stop_it_for_that(run: RunState) -> None:
    decision = reads(asked(run, ev.OrderKind.RENEW, SET), motion=Motion.STOPPED)
    assert causes(decision) == set()
    assert decision.state.phase is Phase.WAITING_GATE


def test_f35_observed_it_stops_by_a_hand_or_by_its_limit(run: RunState) -> None:
    observed = replace(run, phase=Phase.OBSERVING)
    assert causes(reads(observed, motion=Motion.STOPPED)) == {"hand_change"}
    assert causes(reads(observed, motion=Motion.STOPPED, limit_left_ml=D(0))) == {"restart"}


# -- it runs ------------------------------------------------------------------------------------------


def test_f27_the_new_rate_is_taken_when_it_runs(run: RunState) -> None:
    """F27: not while it is only stored, and not another rate."""
    change = asked(run, ev.OrderKind.CHANGE, FASTER)
    assert taken(reads(change, FASTER, rate_ml_h=D(120), limit_left_ml=D("2.5")))
    assert not taken(reads(change, FASTER))
    assert not taken(reads(change, FASTER, rate_ml_h=D(110)))
    untold = asked(run, ev.OrderKind.CHANGE, FASTER, told=False)
    assert not taken(reads(untold, FASTER, rate_ml_h=D(120), limit_left_ml=D("2.5")))


@pytest.mark.parametrize(
    ("new", "left", "renewed"),
    [
        ("2.2", "2.2", True),
        ("2.0", "1.1", False),
        ("2.0", "1.9", True),
        ("2.0", "1.4", False),
        ("2.0", "1.41", True),
    ],
)
def test_f27_at_one_rate_the_limit_shows_that_it_was_set_again(
    run: RunState, new: str, left: str, *, renewed: bool
) -> None:
    """F27: 1.1 mL are left of the old 2 mL; of the same number a third of the way up counts as new."""
    setting = PumpSetting(D(60), D(new))
    renew = asked(run, ev.OrderKind.RENEW, setting)
    assert taken(reads(renew, setting, limit_left_ml=D(left))) is renewed
    assert not taken(reads(renew, PumpSetting(D(60), D("1.9")), limit_left_ml=D(left)))


def test_f27_a_start_before_it_was_read_back_is_none(run: RunState) -> None:
    for right, allowed in ((1, False), (2, True)):
        decision = reads(standing(run, right=right), motion=Motion.INFUSING)
        assert taken(decision) is allowed
        assert (causes(decision) == set()) is allowed


def test_f27_less_than_told_is_said_after_two_readings(run: RunState) -> None:
    """F27: MEDIUM; as told again, it is over."""
    slow = PumpSetting(D(50), D(2))
    first = reads(run, slow, rate_ml_h=D(50))
    assert first.state.pump.hand.off == 1
    assert "hand_wrong" not in first.state.alarms
    second = reads(first.state, slow, rate_ml_h=D(50))
    assert second.state.pump.hand.off == 2
    assert "hand_wrong" in second.state.alarms
    assert causes(second) == set()
    good = reads(second.state, rate_ml_h=D(60))
    assert good.state.pump.hand.off == 0
    assert "hand_wrong" not in good.state.alarms


def test_f7_a_run_without_a_limit_is_named_so(run: RunState) -> None:
    for stored, left in ((PumpSetting(D(60), None), D(1)), (SET, None)):
        assert "unlimited" in reads(run, stored, limit_left_ml=left).state.alarms
    assert "hand_more" in reads(run, rate_ml_h=D(61)).state.alarms


# -- what is asked of the hand ------------------------------------------------------------------------


def said(state: RunState, now: int) -> set[str]:
    draft = Draft(state, now)
    hand_told.settle(draft)
    return set(draft.state.alarms) & {
        *("told_start", "told_change", "told_limit", "limit_ends", "rate_soon", "rate_soon_now"),
        *("press_stop", "stop_by_hand", "hand_wrong"),
    }


def test_f27_each_order_is_an_alarm_of_its_own_until_it_is_done(run: RunState) -> None:
    now = run.at_ms
    quiet = replace(run, goal_ms=10**9, goal_ml=D(10**6))
    assert said(quiet, now) == set()
    assert said(asked(quiet, ev.OrderKind.CHANGE, FASTER), now) == {"told_change"}
    assert said(standing(quiet), now) == {"told_start"}
    assert said(asked(quiet, ev.OrderKind.RENEW, SET, told=False), now) == set()
    driven = replace(asked(quiet, ev.OrderKind.CHANGE, FASTER), authority=Authority.CONTROL)
    assert said(driven, now) == set()


@pytest.mark.parametrize(("left", "ends"), [("3.0", True), ("3.1", False)])
def test_f27_a_limit_that_ends_within_three_minutes_is_urgent(
    run: RunState, left: str, *, ends: bool
) -> None:
    """F27: 3 mL at 60 mL/h."""
    assert run.pump.reading is not None
    reading = replace(run.pump.reading, limit_left_ml=D(left))
    pump = replace(
        run.pump, reading=reading, approved=PumpSetting(D(60), D(9)), approved_ms=run.pump.read_ms - 1
    )
    quiet = replace(run, pump=pump, goal_ms=10**9, goal_ml=D(10**6))
    found = said(asked(quiet, ev.OrderKind.RENEW, SET), run.pump.read_ms)
    assert found == {"told_limit"} | ({"limit_ends"} if ends else set())


@pytest.mark.parametrize(("left_s", "told"), [(301, 0), (300, 1), (121, 1), (120, 2)])
def test_f16_the_next_rate_is_said_five_and_two_minutes_ahead(run: RunState, left_s: int, told: int) -> None:
    """F16: on the pump that runs on with the same bag, at an open gate, until it is ordered."""
    both = {"rate_soon", "rate_soon_now"}
    soon = replace(run, goal_ml=D(0), goal_ms=run.account.proven_ms + left_s * 1_000)
    assert len(said(soon, run.at_ms) & both) == told
    others: tuple[dict[str, Any], ...] = (
        {"step": 2},
        {"step": 3},
        {"phase": Phase.OBSERVING},
        {"gate_shut": ("hr:stale",)},
        {"pump": replace(run.pump, approved=None)},
    )
    for changes in others:
        assert not said(replace(soon, **changes), run.at_ms) & both
    assert not said(asked(soon, ev.OrderKind.CHANGE, FASTER), run.at_ms) & both


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.HELD])
def test_f10_stop_is_asked_for_first_in_a_low_voice_at_the_end_of_a_step(run: RunState, phase: Phase) -> None:
    """F10, F27: after two cycles of 1.2 s; for a minute in a low voice where it was planned, else loud."""
    waits = replace(run, phase=phase, pump=replace(run.pump, stop_ms=0))
    planned = phase is Phase.WAITING_GATE
    loud = {"stop_by_hand"}
    assert said(waits, 2_400) == (set() if planned else loud)
    assert said(waits, 2_401) == ({"press_stop"} if planned else loud)
    assert said(waits, 60_000) == ({"press_stop"} if planned else loud)
    assert said(waits, 60_001) == loud
    fast = replace(waits, pump=replace(waits.pump, approved=PumpSetting(D(59), D(2))))
    assert said(fast, 2_401) == loud, "it runs faster than it was told"
    assert run.pump.reading is not None
    stands = replace(run.pump.reading, motion=Motion.STOPPED)
    nearly = replace(waits, pump=replace(waits.pump, reading=stands))
    assert said(nearly, 2_400) == set(), "nearly seen"
    raised = Draft(waits, 60_001)
    hand_told.settle(raised)
    first = raised.state.alarms["stop_by_hand"].raised_ms
    for at, again in ((first + 29_999, False), (first + 30_000, True)):
        later = Draft(raised.state, at)
        hand_told.settle(later)
        assert (later.state.alarms["stop_by_hand"].raised_ms == at) is again
    over = Draft(replace(raised.state, pump=replace(raised.state.pump, stop_ms=None)), 90_000)
    hand_told.settle(over)
    assert "stop_by_hand" not in over.state.alarms
