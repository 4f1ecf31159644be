"""Acts that stop, and acts on the signals of alarms: what they send, clear and leave (F6, F10, F33, F40)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarm_view import AlarmView
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import HoldCause
from drivers.values import Authority
from tests.engine.answers import DONE, Answer, answered
from tests.engine.stories import infusing, switching

D = Decimal
NOW = 10_000_000
MIN = 60_000
TOLD = AlarmView(5, "x")
UNSTOPPED = ("stop_not_confirmed", "stop_by_hand")


@pytest.fixture(scope="module")
def run() -> RunState:
    return replace(infusing().state, alarms={}, ended={})


@pytest.fixture(scope="module")
def two() -> RunState:
    """A bed with two pumps, of which neither is asked to stop."""
    state = switching().state
    (name,) = state.others
    beside = replace(state.others[name], pump=replace(state.others[name].pump, stop_ms=None))
    return replace(state, pump=replace(state.pump, stop_ms=None), others={name: beside}, alarms={}, ended={})


def stopping(state: RunState, in_charge: int | None, beside: int | None) -> RunState:
    """Since when each pump is asked to stop."""
    (name,) = state.others
    other = replace(state.others[name], pump=replace(state.others[name].pump, stop_ms=beside))
    return replace(state, pump=replace(state.pump, stop_ms=in_charge), others={name: other})


# -- STOP ---------------------------------------------------------------------------------------------


def hold(state: RunState, reason: str = "x") -> Answer:
    return answered(state, inp.HoldNow("a", "", reason=reason), NOW)


def abort(state: RunState, by: str = "ann", reason: str = "") -> Answer:
    return answered(state, inp.Abort("a", by, reason=reason), NOW)


def stops(answer: Answer) -> list[str]:
    return [event.reason for event in answer.facts if isinstance(event, ev.StopOrdered)]


@pytest.mark.parametrize("phase", list(Phase))
def test_f33_stop_is_stop_in_every_phase(run: RunState, phase: Phase) -> None:
    """F33, F8: held where this program drives; by hand, before and after it is STOP and nothing else."""
    answer = hold(replace(run, phase=phase))
    driven = phase in OPEN and phase is not Phase.MANUAL
    assert stops(answer) == ["x"]
    assert answer.words == "STOP sent"
    assert answer.draft.state.phase is (Phase.HELD if driven else phase)
    held = answer.draft.state.hold
    assert (set(held.causes) if held is not None else set()) == ({HoldCause.OPERATOR} if driven else set())
    assert set(answer.draft.state.alarms) == ({"held_operator"} if driven else set())


def test_f33_whoever_presses_stop_need_not_say_why(run: RunState) -> None:
    assert stops(hold(run, "")) == ["STOP pressed"]
    assert stops(abort(run)) == ["abort"]
    assert stops(abort(run, reason="ill")) == ["ill"]
    assert abort(run, reason="ill").draft.state.alarms["aborted"].detail == "ill"


@pytest.mark.parametrize(
    ("in_charge", "beside", "sent"), [(None, None, 1), (5, None, 1), (None, 5, 1), (5, 5, 0)]
)
def test_f6_stop_is_sent_unless_every_pump_is_asked_already(
    two: RunState, in_charge: int | None, beside: int | None, sent: int
) -> None:
    """F6: in manual, where STOP is all that is sent."""
    state = replace(stopping(two, in_charge, beside), phase=Phase.MANUAL)
    answer = hold(state)
    assert len(stops(answer)) == sent
    assert all(pump.stop_ms is not None for _, pump in answer.draft.state.pumps)


def test_f33_without_a_name_an_end_is_a_hold(run: RunState) -> None:
    """F33: the pump stops at once; over with a name, and with it all alarms but of a STOP not seen."""
    told = replace(run, alarms=dict.fromkeys((*UNSTOPPED, "gate_waiting", "held_vitals"), TOLD))
    held = abort(told, " ", "ill")
    assert set(stops(held)) == {"ill"}
    assert held.draft.state.phase is Phase.HELD
    assert held.draft.state.hold is not None
    assert held.draft.state.hold.causes == {HoldCause.OPERATOR}
    assert "To end it for good" in held.words
    ended = abort(told, "ann", "ill")
    assert stops(ended) == ["ill"]
    assert ended.draft.state.phase is Phase.ABORTED
    assert set(ended.draft.state.alarms) == {*UNSTOPPED, "aborted"}
    assert [event.reason for event in ended.facts if isinstance(event, ev.PhaseEntered)] == ["ill (ann)"]


@pytest.mark.parametrize("phase", list(Phase))
def test_f40_what_is_over_is_not_ended_again(run: RunState, phase: Phase) -> None:
    over = phase in (Phase.COMPLETED, Phase.ABORTED)
    answer = abort(replace(run, phase=phase))
    assert answer.code == ("already" if over else DONE)
    assert bool(stops(answer)) is not over


# -- a person's word for the readback -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("waits", "named", "code", "confirmed"),
    [
        ((None, None), "", "no_stop_waiting", ""),
        ((5, None), "", DONE, "pump-1"),
        ((None, 5), "", DONE, "pump-2"),
        ((None, 5), " pump-2 ", DONE, "pump-2"),
        ((None, 5), "pump-1", "which_pump", ""),
        ((5, 5), "", "which_pump", ""),
        ((5, 5), "pump-2", DONE, "pump-2"),
    ],
)
def test_f10_the_word_is_for_one_pump_that_is_asked_to_stop(
    two: RunState, waits: tuple[int | None, int | None], named: str, code: str, confirmed: str
) -> None:
    """F10: unnamed only where one waits; the alarms of a STOP end with the last of them."""
    told = replace(stopping(two, *waits), alarms=dict.fromkeys((*UNSTOPPED, "press_stop"), TOLD))
    answer = answered(told, inp.ConfirmStopped("a", "ann", pump=named), NOW)
    assert answer.code == code
    expected = [ev.StopConfirmed("ann: stopped by hand, line clamped", confirmed)] if confirmed else []
    assert [event for event in answer.facts if isinstance(event, ev.StopConfirmed)] == expected
    over = confirmed and None in waits
    assert set(answer.draft.state.alarms) == (set() if over else {*UNSTOPPED, "press_stop"})
    if code == "which_pump":
        assert ", ".join(n for n, ms in zip(("pump-1", "pump-2"), waits, strict=True) if ms) in answer.words


# -- signals ------------------------------------------------------------------------------------------


def silenced(state: RunState, heard_ago_ms: int | None, *alarms: str) -> RunState:
    """These alarms last; after a silence the STOP has been heard again for so long."""
    heard = None if heard_ago_ms is None else NOW - heard_ago_ms
    audio = replace(state.audio, heard_ms=heard, hushed_ms=None, until_ms=None)
    return replace(state, alarms=dict.fromkeys(alarms, TOLD), audio=audio)


@pytest.mark.parametrize("alarm", UNSTOPPED)
@pytest.mark.parametrize(
    ("heard_ago_ms", "left"),
    [(None, ""), (5_000, ""), (4_999, "1 s"), (4_000, "1 s"), (3_999, "2 s"), (0, "5 s")],
)
def test_f40_a_stop_that_is_not_seen_is_heard_five_seconds_before_it_is_silenced(
    run: RunState, alarm: str, heard_ago_ms: int | None, left: str
) -> None:
    """F40: acknowledged or paused, in whole seconds begun; another alarm may be acknowledged meanwhile."""
    state = silenced(run, heard_ago_ms, alarm, "gate_waiting")
    acts: tuple[inp.AnyAct, ...] = (
        inp.Acknowledge("a", "ann", alarm=alarm),
        inp.PauseAudio("b", "ann", minutes=2),
    )
    for given in acts:
        answer = answered(state, given, NOW)
        assert answer.code == ("heard_first" if left else DONE)
        assert not left or f"for another {left}." in answer.words
    assert answered(state, inp.Acknowledge("a", "ann", alarm="gate_waiting"), NOW).code == DONE


def test_a2_what_is_acknowledged_lasts_or_is_still_shown(run: RunState) -> None:
    """(A) A2: by the name that was given, if any; its condition stays."""
    over = replace(TOLD, ended_ms=7)
    state = replace(run, alarms={"gate_waiting": TOLD}, ended={"runs_unrecorded": over})
    for alarm in ("gate_waiting", "runs_unrecorded"):
        for by, as_ in (("ann", "ann"), ("", "unnamed")):
            answer = answered(state, inp.Acknowledge("a", by, alarm=alarm), NOW)
            assert answer.facts == [ev.AlarmAcknowledged(alarm, as_)]
    assert answered(state, inp.Acknowledge("a", "ann", alarm="hand_more"), NOW).code == "no_alarm"


@pytest.mark.parametrize(
    ("lasts", "ended", "latched", "code"),
    [
        (True, False, True, "alarm_lasts"),
        (True, True, True, "alarm_lasts"),
        (False, False, True, "not_latched"),
        (False, True, False, "not_latched"),
        (False, True, True, DONE),
    ],
)
def test_a3_a_named_person_takes_off_what_is_over_and_stays(
    run: RunState, code: str, *, lasts: bool, ended: bool, latched: bool
) -> None:
    view = replace(TOLD, ended_ms=7, latched=latched)
    state = replace(
        run, alarms={"hand_more": TOLD} if lasts else {}, ended={"hand_more": view} if ended else {}
    )
    answer = answered(state, inp.ResetAlarm("a", "ann", alarm="hand_more"), NOW)
    assert answer.code == code
    assert answer.facts == ([] if code else [ev.AlarmReset("hand_more", "ann")])


@pytest.mark.parametrize("minutes", [0, 1, 10, 11])
@pytest.mark.parametrize("factor", [1, 3])
def test_a3_sound_is_paused_for_one_to_ten_minutes_of_the_nurses_time(
    run: RunState, minutes: int, factor: int
) -> None:
    state = replace(silenced(run, None, "gate_waiting"), wire_factor=D(factor))
    answer = answered(state, inp.PauseAudio("a", "ann", minutes=minutes), NOW)
    if minutes in (0, 11):
        assert answer.code == "pause_minutes"
    else:
        assert answer.facts == [ev.AudioPaused(NOW + minutes * MIN * factor, "ann")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "nothing_sounds"),
        ({"alarms": {"gate_waiting": TOLD}}, DONE),
        ({"ended": {"hand_more": replace(TOLD, ended_ms=7)}}, DONE),
    ],
)
def test_a3_what_is_over_and_shown_sounds_too(run: RunState, changes: dict[str, Any], code: str) -> None:
    answer = answered(replace(run, **changes), inp.PauseAudio("a", "ann", minutes=1), NOW)
    assert answer.code == code


def test_f27_a_stop_of_a_pump_set_by_hand_is_asked_of_the_hand(run: RunState) -> None:
    """F27: no word says that anything was sent."""
    by_hand = replace(run, authority=Authority.MONITOR)
    for answer in (hold(by_hand), abort(by_hand), abort(by_hand, " ")):
        assert "STOP THE PUMP BY HAND" in answer.words
        assert "sent" not in answer.words
