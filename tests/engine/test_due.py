"""What is due by time, at the millisecond it is due: sound, matching, signs by hand, disarming, the watch."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import disarming, matching, reactions, settling, sounding, sources
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.alarm_view import AlarmView, AudioView
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.bedside import Check
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import HoldView, RunState
from daemon.engine.watched import SignalView
from daemon.protocols.rules import HoldCause
from drivers.values import PumpSetting, Signal, Validity, VitalsSample
from tests.engine.stories import in_phase, infusing, switching

D = Decimal
NOW = 10_000_000
MIN = 60_000
HOUR = 60 * MIN
STOP = "stop_not_confirmed"


@pytest.fixture(scope="module")
def run() -> RunState:
    return replace(infusing().state, at_ms=NOW, audio=AudioView(), alarms={}, ended={})


def said(state: RunState, now: int = NOW) -> list[ev.Event]:
    """What the sounder says by itself."""
    draft = Draft(state, now)
    sounding.settle(draft)
    return draft.events


def ringing(state: RunState, alarm: str = STOP, **changes: Any) -> RunState:
    return replace(state, alarms={alarm: AlarmView(NOW, "x", called_ms=NOW, **changes)})


# -- sound --------------------------------------------------------------------------------------------


def test_f40_a_stop_nobody_confirmed_is_silent_for_half_a_minute_at_the_most(run: RunState) -> None:
    """F40: whichever way it was silenced; any other alarm stays as it was answered."""
    paused = replace(ringing(run), audio=AudioView("ann", NOW + HOUR, hushed_ms=NOW))
    assert said(paused, NOW + 29_999) == []
    assert said(paused, NOW + 30_000) == [ev.AudioPauseEnded()]
    seen = ringing(run, acknowledged_ms=NOW, acknowledged_by="ann")
    seen = replace(seen, audio=AudioView(hushed_ms=NOW))
    assert said(seen, NOW + 29_999) == []
    assert said(seen, NOW + 30_000) == [ev.AcknowledgementEnded(STOP)]
    slow = replace(seen, wire_factor=D(2))
    assert said(slow, NOW + 59_999) == []


@pytest.mark.parametrize("phase", list(Phase))
def test_f9_a_bed_without_a_sound_is_an_alarm_while_anybody_is_watched(run: RunState, phase: Phase) -> None:
    """F9: told once each; it shuts the gate of a run that was started, and ends with any annunciator."""
    state = replace(run, phase=phase, bedside=replace(run.bedside, sound="terminal"))
    silent = Draft(state, NOW)
    sounding.lost(silent, inp.SoundLost("no answer"))
    watched = phase in OPEN or phase is Phase.AFTER_WATCH
    raised = [ev.AlarmRaised("sound_lost", "no answer")] if watched else []
    assert silent.events == [ev.SoundGone("no answer"), *raised]
    assert silent.state.bedside.sound == ""
    assert sounding.shut_reasons(silent.state) == ("sound:lost",)
    assert sounding.shut_reasons(replace(silent.state, started_ms=None)) == ()
    assert sounding.shut_reasons(state) == ()
    again = Draft(silent.state, NOW)
    sounding.lost(again, inp.SoundLost("no answer"))
    assert again.events == []
    found = Draft(replace(silent.state, alarms={"sound_lost": AlarmView(NOW, "x")}), NOW)
    sounding.alive(found, inp.SoundAlive("ward"))
    assert [type(one) for one in found.events] in (
        [ev.SoundFound, ev.AlarmCleared],
        [ev.SoundFound, ev.AlarmEnded],
    )
    assert "sound_lost" not in found.state.alarms
    heard = Draft(found.state, NOW)
    sounding.alive(heard, inp.SoundAlive("ward"))
    assert heard.events == []


def test_a3_a_pause_ends_when_it_was_to_end(run: RunState) -> None:
    paused = replace(ringing(run, "hand_less"), audio=AudioView("ann", NOW + 5_000))
    assert said(paused, NOW + 4_999) == []
    assert said(paused, NOW + 5_000) == [ev.AudioPauseEnded()]


def test_f40_after_a_silence_it_is_heard_for_five_seconds(run: RunState) -> None:
    heard = replace(ringing(run), audio=AudioView(heard_ms=NOW))
    assert [sounding.to_be_heard_ms(heard, NOW + ms) for ms in (0, 4_999, 5_000, 9_000)] == [5_000, 1, 0, 0]
    assert sounding.to_be_heard_ms(replace(heard, wire_factor=D(2)), NOW) == 10_000
    assert sounding.to_be_heard_ms(ringing(run), NOW) == 0
    assert sounding.to_be_heard_ms(replace(heard, alarms={}), NOW) == 0


def test_a12_what_is_over_is_shown_for_a_while_unless_it_latches(run: RunState) -> None:
    off_ms = int(CATALOGUE["pump_warning"].off_s * 1000)
    over = AlarmView(NOW, "x", ended_ms=NOW)
    shown = replace(run, ended={"pump_warning": over})
    assert said(shown, NOW + off_ms - 1) == []
    assert said(shown, NOW + off_ms) == [ev.AlarmCleared("pump_warning")]
    latched = replace(run, ended={"pump_warning": replace(over, latched=True)})
    assert said(latched, NOW + off_ms) == []


def test_a5_a_high_alarm_nobody_answers_escalates_after_a_minute(run: RunState) -> None:
    """(A) A5: and again; an answer here or at the ward is one, and nothing lower escalates."""
    (high, low) = "hand_more", "pump_warning"
    assert (CATALOGUE[high].priority, CATALOGUE[low].priority) == (Priority.HIGH, Priority.LOW)
    assert said(ringing(run, high), NOW + MIN - 1) == []
    assert said(ringing(run, high, escalated=1), NOW + MIN) == [ev.AlarmEscalated(high, 2)]
    assert said(ringing(run, low), NOW + HOUR) == []
    for answer in ({"acknowledged_ms": NOW}, {"ward_by": "eve"}):
        assert said(ringing(run, high, **answer), NOW + HOUR) == []


# -- matching -----------------------------------------------------------------------------------------


def test_f12_a_confirmation_before_the_start_holds_for_as_long_as_ordered(run: RunState) -> None:
    lasts_ms = int(run.plan.rules.checking.expires_min * MIN)
    checked = replace(run, bedside=replace(run.bedside, checked={Check.LINE: NOW}))
    assert matching.confirmed(checked, Check.LINE, NOW + lasts_ms)
    assert not matching.confirmed(checked, Check.LINE, NOW + lasts_ms + 1)
    assert not matching.confirmed(checked, Check.SOUND, NOW)


def test_f12_after_a_long_hold_the_wristband_is_read_again(run: RunState) -> None:
    longest_ms = int(run.plan.rules.checking.patient_again_min * MIN)
    hold = HoldView(NOW, frozenset({HoldCause.OPERATOR}), None, ())
    held = replace(
        run, hold=hold, bedside=replace(run.bedside, checked={Check.PATIENT: NOW}, patient_due=False)
    )
    assert not matching.patient_due(held, NOW + longest_ms)
    assert matching.patient_due(held, NOW + longest_ms + 1)
    again = replace(held, bedside=replace(held.bedside, checked={Check.PATIENT: NOW + 1}))
    assert not matching.patient_due(again, NOW + longest_ms + 1)
    assert matching.patient_due(again, NOW + longest_ms + 2)
    never = replace(held, bedside=replace(held.bedside, checked={}))
    assert matching.patient_due(never, NOW + longest_ms + 1)
    assert not matching.patient_due(replace(never, hold=None), NOW + HOUR)
    assert matching.patient_due(replace(held, bedside=replace(held.bedside, patient_due=True)), NOW)


@pytest.mark.parametrize(
    ("subject", "is_ours"),
    [
        ("", True),
        ("patient", True),
        ("ward/7", True),
        ("7", True),
        (" 7 ", True),
        ("8", False),
        ("ward", False),
    ],
)
def test_f12_a_monitor_names_this_patient_or_this_bed(run: RunState, subject: str, *, is_ours: bool) -> None:
    here = replace(run, bed="ward/7", bedside=replace(run.bedside, patient="patient"))
    assert matching.is_ours(here, VitalsSample({}, subject=subject)) is is_ours
    assert not matching.is_ours(replace(here, bed="a/ward/7"), VitalsSample({}, subject="ward/7"))


# -- signs --------------------------------------------------------------------------------------------


def by_hand(state: RunState, signal: Signal, measured_ms: int) -> RunState:
    view = SignalView(D(70), Validity.VALID, measured_ms, by_hand=True)
    gone = {one: its for one, its in state.signals.items() if one is not signal}
    return replace(state, signals=gone, watched=replace(state.watched, by_hand={signal: view}))


def test_f32_a_value_by_hand_counts_for_as_long_as_ordered(run: RunState) -> None:
    """F32: five minutes for a heart rate; none counts where none may be entered."""
    entered = by_hand(run, Signal.HR, NOW)
    assert sources.hand_left_ms(entered, Signal.HR, NOW + 5 * MIN) == 0
    assert sources.hand_left_ms(entered, Signal.HR, NOW + 5 * MIN + 1) is None
    assert sources.by_hand(entered, Signal.HR, NOW + 5 * MIN) is not None
    assert sources.by_hand(entered, Signal.HR, NOW + 5 * MIN + 1) is None
    assert sources.hand_left_ms(run, Signal.HR, NOW) is None
    assert sources.hand_left_ms(by_hand(run, Signal.RR, NOW), Signal.RR, NOW) is None


def test_f32_what_is_not_measured_by_itself_is_asked_for_in_time(run: RunState) -> None:
    """F31, F32: the cuff's ten minutes and a hand's five; what is measured every moment needs no word."""
    (hr, _, cuff) = run.plan.rules.signals

    def lasts(state: RunState, signal: Any, for_ms: int) -> bool:
        return sources.lasts(state, signal, NOW, for_ms, 60)

    measured = {**run.signals, Signal.NIBP_SYS: SignalView(D(120), Validity.VALID, NOW)}
    state = replace(run, signals=measured)
    assert lasts(state, cuff, 10 * MIN)
    assert not lasts(state, cuff, 10 * MIN + 1)
    assert lasts(state, hr, HOUR)
    entered = by_hand(run, Signal.HR, NOW)
    assert lasts(entered, hr, 5 * MIN)
    assert not lasts(entered, hr, 5 * MIN + 1)
    assert lasts(replace(run, signals={}), cuff, HOUR), "what was never measured is told elsewhere"
    unknown = replace(run, signals={Signal.NIBP_SYS: SignalView(D(1), Validity.VALID, None)})
    assert lasts(unknown, cuff, HOUR)


# -- disarming ----------------------------------------------------------------------------------------


def disarms(state: RunState, now: int) -> bool:
    draft = Draft(state, now)
    disarming.settle(draft)
    return any(isinstance(one, ev.SettingOrdered) and one.kind is ev.OrderKind.DISARM for one in draft.events)


@pytest.fixture(scope="module")
def armed() -> RunState:
    """Held and standing, the step's rate still set."""
    state = in_phase(Phase.HELD).state
    pump = replace(state.pump, disarmed=False, pending=None, failures=0, pending_ms=NOW, withdrawn_ms=None)
    assert disarms(replace(state, pump=pump), NOW)
    return replace(state, pump=pump)


@pytest.mark.parametrize(
    "changes",
    [
        {"linked": False},
        {"stopped": False},
        {"stop_ms": 5},
        {"disarmed": True},
        {"pending": ev.SettingOrdered(1, ev.OrderKind.DISARM, PumpSetting(D(1), D(1)), 1, "A", "pump 1")},
        {"reading": None},
        {"certain": False},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_f6_nothing_is_set_at_a_pump_that_is_not_known_to_stand(
    armed: RunState, changes: dict[str, Any]
) -> None:
    assert not disarms(replace(armed, pump=replace(armed.pump, **changes)), NOW)


def test_f6_a_disarm_that_failed_is_tried_again_after_two_seconds(armed: RunState) -> None:
    failed = replace(armed, pump=replace(armed.pump, failures=1))
    assert [disarms(failed, NOW + ms) for ms in (1_999, 2_000)] == [False, True]
    slow = replace(failed, wire_factor=D(2))
    assert [disarms(slow, NOW + ms) for ms in (3_999, 4_000)] == [False, True]


@pytest.mark.parametrize(("unsent", "waits_ms"), [(1, 1_000), (3, 3_000), (10, 10_000), (11, 10_000)])
def test_f28_after_an_order_that_was_not_sent_the_next_one_waits(
    armed: RunState, unsent: int, waits_ms: int
) -> None:
    """F28: a second for each in a row, ten at the most."""
    late = replace(armed, pump=replace(armed.pump, withdrawn_ms=NOW, unsent=unsent))
    assert [disarms(late, NOW + ms) for ms in (waits_ms - 1, waits_ms)] == [False, True]


def test_f23_the_pump_that_is_about_to_take_over_is_not_disarmed() -> None:
    """F23: programmed and next in the change of pumps; held in between, it is."""
    state = switching().state
    (name,) = state.others
    one = state.others[name]
    armed_ = replace(
        one.pump, programmed=PumpSetting(D(30), D(1)), disarmed=False, stopped=True, stop_ms=None
    )
    armed_ = replace(armed_, pending=None, certain=True)
    ready = replace(state, others={name: replace(one, pump=armed_)})
    quiet = replace(ready, pump=replace(state.pump, disarmed=True))
    assert not disarms(quiet, state.at_ms)
    assert disarms(replace(quiet, phase=Phase.HELD), state.at_ms)
    stored = replace(armed_, programmed=None)
    assert disarms(replace(quiet, others={name: replace(one, pump=stored)}), state.at_ms)


# -- the watch, a step's end --------------------------------------------------------------------------


def test_f22_the_watch_is_longer_after_a_reaction(run: RunState) -> None:
    """F22: five minutes after the last step; after a reaction so long again, and six hours after the drug."""
    ended = replace(run, phase=Phase.AFTER_WATCH, ended_ms=NOW, last_reaction_ms=None)
    assert reactions.watch_until_ms(ended) == NOW + 5 * MIN
    assert reactions.watch_until_ms(replace(ended, ended_ms=None, phase_ms=NOW - 7)) == NOW - 7 + 5 * MIN
    gap = replace(run.gap, proven_ms=NOW - MIN)
    reacted = replace(ended, last_reaction_ms=NOW, gap=gap)
    assert reactions.watch_until_ms(reacted) == NOW + 6 * HOUR
    late = replace(reacted, last_reaction_ms=NOW + 6 * HOUR)
    assert reactions.watch_until_ms(late) == NOW + 6 * HOUR + 5 * MIN
    ran_on = replace(reacted, gap=replace(gap, proven_ms=NOW + MIN))
    assert reactions.watch_until_ms(ran_on) == NOW + MIN + 6 * HOUR


def test_f21_a_reaction_belongs_to_the_step_that_gave_drug_then(run: RunState) -> None:
    """F21: never to a later one than now, and before the first to the first."""
    begun = ((1_000, 1), (2_000, 2), (3_000, 1), (4_000, 2), (5_000, 3))
    state = replace(run, step=3, begun=True, watched=replace(run.watched, begun=begun, onset_step=None))
    at = [reactions.step_at(state, ms) for ms in (999, 1_000, 2_000, 3_999, 4_000, 9_000)]
    assert at == [1, 1, 2, 1, 2, 3]
    assert reactions.step_at(replace(state, step=2), 9_000) == 2


@pytest.mark.parametrize(
    ("low", "high", "open_"),
    [
        ("4.4", "4.95", True),
        ("4.4", "4.94", False),
        ("4.45", "4.95", False),
        ("4", "6", True),
        ("4.95", "6", False),
    ],
)
def test_f21_a_step_is_unsettled_where_its_bounds_are_apart_at_its_end(
    run: RunState, low: str, high: str, *, open_: bool
) -> None:
    """F21: of 5 mL half a unit may lack; apart by more than a tenth of it, 0.5 mL."""
    odometer = Odometer(D(0), Span(D(0), D(0)), D("0.1"))
    account = Account.opened(odometer, Span(D(low), D(high)))
    state = replace(run, goal_ml=D(5), account=account, pump=replace(run.pump, odometer=odometer))
    assert settling.tolerance_ml(state) == D("0.5")
    assert settling.tolerance_ml(replace(state, goal_ml=D("1"))) == D("0.2")
    assert settling.unsettled(state) is open_
    assert not settling.unsettled(replace(state, begun=False))
    assert settling.missing_ml(state) == 5 - D(low)
    assert settling.missing_ml(replace(state, goal_ml=D(1))) == 0
