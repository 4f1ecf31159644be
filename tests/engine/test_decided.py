"""What one input of the service leads to, and where a decision ends (DESIGN 3.1, F5, F9, F32, F40)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.refusal import Refusal
from daemon.engine.alarm_view import AlarmView
from daemon.engine.decide import Decision, decide
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Authority, PumpSetting
from tests.engine.stories import infusing, switching

D = Decimal
ORDER = ev.SettingOrdered(9, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 1, "A", "pump 1")


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


def at(state: RunState, given: inp.Input, after_ms: int = 0) -> Decision:
    return decide(state, given, state.at_ms + after_ms)


def kinds(decision: Decision) -> list[type]:
    return [type(event) for event in decision.events]


def test_a_decision_that_stops_the_pump_ends_there(run: RunState) -> None:
    """DESIGN 3.1: the monitor is lost; that the gate is shut for it too is said a moment later."""
    stops = at(run, inp.TimePassed(), 400_000)
    assert ev.StopOrdered in kinds(stops)
    assert ev.GateShut not in kinds(stops)
    then = at(stops.state, inp.TimePassed(), 1)
    assert ev.GateShut in kinds(then)


def test_f32_an_exclusion_ends_by_time_alone(run: RunState) -> None:
    until = run.at_ms + 1_000
    state = replace(run, watched=replace(run.watched, excluded={"monitor-2": until}))
    assert ev.SourceIncluded not in kinds(at(state, inp.TimePassed(), 999))
    assert ev.SourceIncluded in kinds(at(state, inp.TimePassed(), 1_000))


def test_f9_a_pause_of_the_sound_ends_by_time_alone(run: RunState) -> None:
    audio = replace(run.audio, paused_by="ann", until_ms=run.at_ms + 1_000)
    state = replace(run, audio=audio)
    assert ev.AudioPauseEnded not in kinds(at(state, inp.TimePassed(), 999))
    assert ev.AudioPauseEnded in kinds(at(state, inp.TimePassed(), 1_000))


def test_f27_what_is_no_longer_asked_of_a_hand_is_taken_off(run: RunState) -> None:
    state = replace(
        run,
        authority=Authority.MONITOR,
        alarms={"press_stop": AlarmView(1, "x")},
        pump=replace(run.pump, stop_ms=None),
    )
    assert "press_stop" not in at(state, inp.TimePassed()).state.alarms


def test_f5_an_order_the_guard_refuses_has_failed_and_the_run_is_held(run: RunState) -> None:
    """F5: the order it was about, and no other one; at the pump that it was for."""
    state = replace(run, pump=replace(run.pump, pending=ORDER))
    refused = at(state, inp.GuardRefused(9, "too much", "pump 1"))
    assert refused.events[0] == ev.SettingFailed(9, "guard: too much", "pump 1")
    assert refused.state.pump.pending is None
    assert refused.state.hold is not None
    assert refused.state.hold.causes == {HoldCause.GUARD}
    assert at(state, inp.GuardRefused(9, "too much", "")).events == refused.events, (
        "unnamed: the one in charge"
    )
    for other, pending in ((8, ORDER), (9, None)):
        quiet = replace(run, pump=replace(run.pump, pending=pending))
        assert at(quiet, inp.GuardRefused(other, "too much", "pump 1")).state.hold is None


def test_f5_f23_an_order_refused_beside_is_of_that_pump() -> None:
    state = switching().state
    order = replace(ORDER, pump="pump-2")
    one = state.others["pump-2"]
    state = replace(state, others={"pump-2": replace(one, pump=replace(one.pump, pending=order))})
    refused = at(state, inp.GuardRefused(9, "too much", "pump-2"))
    assert refused.events[0] == ev.SettingFailed(9, "guard: too much", "pump-2")
    assert refused.state.others["pump-2"].pump.pending is None


def test_a_disk_that_takes_records_again_ends_its_alarm_and_not_the_hold(run: RunState) -> None:
    """A disk that fails is told once and holds; a person goes on."""
    lost = at(run, inp.JournalBroken("full"))
    assert "journal_broken" in lost.state.alarms
    assert not lost.state.journal_ok
    again = at(lost.state, inp.JournalBroken("full"))
    assert ev.JournalLost not in kinds(again)
    back = at(again.state, inp.JournalMended())
    assert "journal_broken" not in back.state.alarms
    assert (back.state.journal_ok, back.state.phase) == (True, Phase.HELD)


def test_f20_a_clock_that_jumped_is_not_believed_any_more(run: RunState) -> None:
    stepped = at(run, inp.ClockStepped(5_000))
    assert not stepped.state.clock_trusted
    assert "clock_stepped" in stepped.state.alarms
    assert stepped.state.phase is Phase.INFUSING


@pytest.mark.parametrize("phase", list(Phase))
def test_f35_a_service_that_stops_holds_what_it_drives(run: RunState, phase: Phase) -> None:
    """F35: told wherever drug is under way; a hand at the pump goes on."""
    state = replace(run, phase=phase)
    stopping = at(state, inp.ServiceStopping("update"))
    assert ("service_stopping" in stopping.state.alarms) is (phase in OPEN)
    held = [event.cause for event in stopping.events if isinstance(event, ev.Held)]
    assert (HoldCause.RESTART in held) is (phase in OPEN - {Phase.MANUAL})


@pytest.mark.parametrize("stop_ms", [None, 5])
def test_f40_a_stop_that_cannot_be_verified_is_told_while_it_stands(
    run: RunState, stop_ms: int | None
) -> None:
    state = replace(run, phase=Phase.HELD, pump=replace(run.pump, stop_ms=stop_ms))
    told = at(state, inp.StopUnverified("no answer", "pump 1")).state.alarms
    assert ("stop_not_confirmed" in told) is (stop_ms is not None)


def test_time_does_not_run_back(run: RunState) -> None:
    """DESIGN 3.1: an input that was queued is judged at the time of the last decision."""
    late = decide(run, inp.TimePassed(), run.at_ms - 5)
    assert late.state.at_ms == run.at_ms


def test_f33_a_refused_act_is_answered_in_a_sentence(run: RunState) -> None:
    """F33: what a person reads is the text, with its numbers; the code beside it is for programs."""
    old = run.screen - 1
    (taken,) = at(run, inp.ConfirmVitals("1", "ann", seen=old)).events
    sentence = say("screen_changed", seen=old, now=run.screen)
    assert taken == ev.ActTaken("1", "ConfirmVitals", "ann", False, sentence, "screen_changed")
    assert str(Refusal("screen_changed", seen=old, now=run.screen)) == sentence
