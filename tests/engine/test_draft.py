"""Alarms and holds as a decision adds them: raised anew, shown on, ended by a hold (A12, F21)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.alarm_view import AlarmView
from daemon.engine.alarms import CATALOGUE
from daemon.engine.draft import Draft, down_to_step
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import HoldView, RunState
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import PumpAlarm, PumpSetting
from tests.engine.follows import told
from tests.engine.states import raised, read
from tests.engine.test_course_of_a_step import running
from tests.engine.test_course_while_it_stands import stands

D = Decimal
NOW = 90_000
SINCE = 500


def view(raised_ms: int, *signs: str) -> AlarmView:
    return AlarmView(raised_ms, "x", signs=frozenset(signs))


@pytest.mark.parametrize(
    ("shown", "since", "signs"),
    [
        (None, None, ("hr",)),
        (None, SINCE, ("hr",)),
        (view(SINCE - 1, "spo2"), SINCE, ("hr", "spo2")),
        (view(SINCE - 1), SINCE, ("hr",)),
        (view(SINCE - 1, "hr", "spo2"), SINCE, None),
        (view(SINCE, "spo2"), SINCE, None),
        (view(SINCE + 1, "spo2"), SINCE, None),
        (view(SINCE - 1, "spo2"), None, None),
    ],
    ids=range(8),
)
def test_f22_a12_an_alarm_is_raised_anew_for_what_it_has_not_said(
    shown: AlarmView | None, since: int | None, signs: tuple[str, ...] | None
) -> None:
    """F22, (A) A12: it began before this, and has not said this sign; then it says both."""
    state = replace(running(), alarms={} if shown is None else {"held_vitals": shown})
    draft = Draft(state, NOW)
    draft.alarm_anew("held_vitals", "y", since, "hr")
    again = [] if signs is None else [ev.AlarmRaised("held_vitals", "y", signs)]
    assert [one for one in draft.events if isinstance(one, ev.AlarmRaised)] == again
    assert told(draft.events) == (["-held_vitals"] if shown and again else []) + [
        "+held_vitals" for _ in again
    ]


def test_an_alarm_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        Draft(running(), NOW).alarm("made_up", "x")


def test_a12_an_alarm_that_lasts_is_one_and_one_still_shown_comes_back() -> None:
    draft = Draft(raised(running(), "pump_lost"), NOW)
    draft.alarm("pump_lost", "x")
    assert draft.events == []
    shown = replace(running(), ended={"pump_lost": view(1)})
    back = Draft(shown, NOW)
    back.alarm("pump_lost", "x")
    assert back.events == [ev.AlarmReturned("pump_lost", "x")]


FADES = next(alarm for alarm, kind in CATALOGUE.items() if kind.off_s)
PLAIN = next(alarm for alarm, kind in CATALOGUE.items() if not kind.off_s)


@pytest.mark.parametrize(
    ("alarm", "latching", "event"),
    [
        (FADES, False, ev.AlarmEnded(FADES, latched=False)),
        (FADES, True, ev.AlarmEnded(FADES, latched=True)),
        (PLAIN, False, ev.AlarmCleared(PLAIN)),
        (PLAIN, True, ev.AlarmEnded(PLAIN, latched=True)),
    ],
)
def test_a12_what_is_over_is_shown_on_where_the_table_or_the_site_says_so(
    alarm: str, event: ev.Event, *, latching: bool
) -> None:
    """(A) A12: an alarm that comes and goes is shown for its seconds, a latching one until it is reset."""
    state = replace(raised(running(), alarm), latching=frozenset({alarm} if latching else ()))
    draft = Draft(state, NOW)
    draft.clear(PLAIN, FADES)
    assert draft.events == [event]


def test_f3_only_the_alarms_of_a_hold_end_with_it() -> None:
    state = raised(running(), *CATALOGUE)
    draft = Draft(state, NOW)
    draft.clear_hold_alarms()
    gone = {one.alarm for one in draft.events if isinstance(one, ev.AlarmCleared | ev.AlarmEnded)}
    assert gone == {alarm for alarm in CATALOGUE if alarm.startswith("held_")}
    assert len(draft.events) == len(gone) > 5


AUTOMATIC = ("observing", "gate_waiting", "gate_needs", "gate_needs_now", "hand_less", "order_failed")


@pytest.mark.parametrize("alarm", [*AUTOMATIC, "held_operator", "pump_lost"])
def test_f31_a_hold_ends_what_was_said_of_automatic(alarm: str) -> None:
    """F31: one cause, one alarm; its own is said anew, and a lost pump stays lost."""
    draft = Draft(raised(running(), alarm), NOW)
    draft.hold(HoldCause.OPERATOR, "why")
    gone = [f"-{alarm}"] if alarm != "pump_lost" else []
    before, after = (gone, []) if alarm == "held_operator" else ([], gone)
    assert told(draft.events) == ["held operator", *before, "+held_operator", *after, "stop"]


@pytest.mark.parametrize("delivers", [False, True])
def test_f6_a_second_cause_stops_again_only_what_delivers(*, delivers: bool) -> None:
    """F6, F21: the first cause stops every pump, also those that report themselves standing."""
    alarms = frozenset({PumpAlarm.KVO_RUNNING} if delivers else ())
    state = read(stands(Phase.WAITING_GATE), alarms=alarms)
    first = Draft(state, NOW)
    first.hold(HoldCause.OPERATOR, "why")
    assert told(first.events) == ["held operator", "+held_operator", "stop"]
    second = Draft(first.state, NOW)
    second.hold(HoldCause.PUMP_ALARM, "too")
    assert told(second.events) == ["held pump_alarm", "+held_pump_alarm", *(["stop"] if delivers else [])]


@pytest.mark.parametrize(
    ("known", "grade", "adds"),
    [
        (None, None, False),
        (None, Grade.MILD, True),
        (Grade.MILD, Grade.MILD, False),
        (Grade.MILD, None, False),
        (Grade.MILD, Grade.MODERATE, True),
        (Grade.SEVERE, Grade.MODERATE, False),
    ],
)
def test_f21_f22_a_known_cause_is_one_hold_unless_it_grew_worse(
    known: Grade | None, grade: Grade | None, *, adds: bool
) -> None:
    """F21, F22: what began anew raises its alarm again, and nothing else."""
    hold = HoldView(1, frozenset({HoldCause.VITALS}), known, ("x",))
    state = replace(stands(Phase.HELD), hold=hold, alarms={"held_vitals": view(1, "spo2")})
    found = ["held vitals", "-held_vitals", "+held_vitals"]
    draft = Draft(state, NOW)
    draft.hold(HoldCause.VITALS, "again", grade=grade, sign="hr")
    assert told(draft.events) == (found if adds else [])
    anew = Draft(state, NOW)
    anew.hold(HoldCause.VITALS, "again", grade=grade, since=SINCE, sign="hr")
    assert told(anew.events) == (found if adds else found[1:])


WATCHED = (HoldCause.VITALS, HoldCause.MONITOR_LOST)
ALARM = {Phase.MANUAL: "vitals_manual", Phase.AFTER_WATCH: "vitals_after"}


@pytest.mark.parametrize("cause", [*WATCHED, HoldCause.REACTION, HoldCause.OPERATOR])
@pytest.mark.parametrize("phase", sorted(set(Phase) - OPEN | {Phase.MANUAL}))
def test_f8_f22_where_nothing_is_driven_vitals_are_told_and_by_hand_remembered(
    phase: Phase, cause: HoldCause
) -> None:
    """F8, F21, F22: by hand vitals and reactions count for a later resume; afterwards they are an alarm."""
    state = replace(running(), phase=phase)
    draft = Draft(state, NOW)
    draft.hold(cause, "why", sign="hr")
    kept = phase is Phase.MANUAL and cause is not HoldCause.OPERATOR
    alarm = ALARM.get(phase) if cause in WATCHED else None
    assert told(draft.events) == [f"held {cause}"] * kept + ([f"+{alarm}"] if alarm else [])
    again = Draft(draft.state, NOW + 1)
    again.hold(cause, "why", sign="hr")
    assert told(again.events) == []


def test_f33_an_order_has_the_next_number_and_is_of_the_pump_in_charge() -> None:
    state = replace(running(), orders=7)
    draft = Draft(state, NOW)
    setting = PumpSetting(D(60), D(2))
    draft.order(ev.OrderKind.RENEW, setting)
    assert draft.events == [ev.SettingOrdered(8, ev.OrderKind.RENEW, setting, 1, "A", "pump 1")]
    later = Draft(replace(state, hung=None), NOW)
    later.order(ev.OrderKind.PROGRAM, setting, step=3)
    assert later.events == [ev.SettingOrdered(8, ev.OrderKind.PROGRAM, setting, 3, "", "pump 1")]


def test_f6_stop_is_seen_among_the_facts_of_one_decision() -> None:
    draft = Draft(running(), NOW)
    assert not draft.stopping
    draft.stop("x")
    draft.alarm("pump_lost", "x")
    assert draft.stopping


@pytest.mark.parametrize(("value", "down"), [("0.19", "0.1"), ("0.2", "0.2"), ("0.09", "0"), ("5", "5")])
def test_f38_a_setting_is_rounded_down_to_what_the_pump_takes(value: str, down: str) -> None:
    assert down_to_step(D(value), D("0.1")) == D(down)


def test_f10_state_follows_every_fact_at_once() -> None:
    state: RunState = running()
    draft = Draft(state, NOW)
    draft.stop("x")
    assert draft.state.pump.stop_ms == NOW
    assert draft.state.at_ms == NOW
