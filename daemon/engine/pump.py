"""What a readback of the pump means: how much left it, whether a hand was at it, whether it obeys."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import beside, counter, occlusion, recovery, standing, unstarted
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.account import ZERO
from daemon.engine.charge import looking_at
from daemon.engine.doubts import CounterFault
from daemon.engine.draft import Draft
from daemon.engine.gate import STOPPING
from daemon.engine.hand_view import STOP_OVERDUE
from daemon.engine.phases import OPEN, PLANNED_STOPS, RUNNING, STANDING, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpReading

RECORD_MS = 10_000
"""A readback that says nothing new is remembered this often."""


def read(draft: Draft, given: inp.PumpRead) -> None:
    """Take in one readback, of whichever pump."""
    state, reading = draft.state, given.reading
    name = given.pump or state.pump_name
    there = looking_at(state, name)
    if not _worth_remembering(there, reading, draft.now):
        return
    if there.pump.compare and state.phase in OPEN and name == state.pump_name:
        recovery.compare(draft, given)
    moved = counter.moved(there, reading, draft.now)
    leap = counter.leap(there, reading, moved, draft.now)
    if leap is None:
        draft.emit(ev.PumpSeen(reading, moved, given.asked_ms, name))
    else:
        _leapt(draft, given, leap)
    occlusion.notice(draft, there, name)
    unstarted.judge(draft, name)
    _confirm_stop(draft, given)
    standing.warn(draft)
    if draft.state.view(name).stop_ms is not None:
        _judge_stopping(draft, name, reading)
    elif name == draft.state.pump_name:
        _judge(draft, reading)
    else:
        standing.judge(draft, name, reading)


def _leapt(draft: Draft, given: inp.PumpRead, leap: counter.Leap) -> None:
    """The counter is no witness: bounded, held, and a person says what it was (F26)."""
    name, reading = given.pump or draft.state.pump_name, given.reading
    last = draft.state.view(name).reading
    counted = reading.counter_ml - (last.counter_ml if last is not None else ZERO)
    broken = ev.CounterBroken(reading, leap.bounds, leap.why, counted, leap.timed, given.asked_ms, name)
    draft.emit(broken)
    if leap.why is not CounterFault.OTHER_PUMP:
        shown = f"{leap.why}: {_shown(last)} to {reading.counter_ml} mL"
        draft.alarm("counter_broken", standing.of(draft.state, name, shown))
        draft.hold(HoldCause.PUMP_ALARM, say("counter_unbelievable"))


def _shown(reading: PumpReading | None) -> str:
    return "?" if reading is None else str(reading.counter_ml)


def _worth_remembering(state: RunState, reading: PumpReading, now: int) -> bool:
    last = state.pump.reading
    pump = state.pump
    if (
        last is None
        or not pump.certain
        or pump.compare
        or (pump.pending is not None and not state.advisory)
        or pump.stop_ms is not None
        or state.phase is Phase.SWITCHING
        or (state.others and not pump.delivers and not beside.still(state, pump))
        or any(
            one.pump.pending is not None or one.pump.programmed is not None for one in state.others.values()
        )
    ):
        return True
    same = (
        last.motion is reading.motion
        and last.rate_ml_h == reading.rate_ml_h
        and last.counter_ml == reading.counter_ml
        and last.alarms == reading.alarms
        and last.local == reading.local
        and last.remote == reading.remote
        and last.mains == reading.mains
        and not _limit_grew(last, reading)
    )
    return not same or now - pump.read_ms >= RECORD_MS


def _limit_grew(last: PumpReading, reading: PumpReading) -> bool:
    if last.limit_left_ml is None or reading.limit_left_ml is None:
        return last.limit_left_ml is not reading.limit_left_ml
    return reading.limit_left_ml > last.limit_left_ml


def _confirm_stop(draft: Draft, given: inp.PumpRead) -> None:
    name = given.pump or draft.state.pump_name
    stop_ms = draft.state.view(name).stop_ms
    if stop_ms is None or given.reading.motion is not Motion.STOPPED or given.asked_ms < stop_ms:
        return
    draft.emit(ev.StopConfirmed("readback", name))
    if draft.state.stop_ms is None:
        draft.clear(*STOP_OVERDUE)


def _judge(draft: Draft, reading: PumpReading) -> None:
    if draft.state.phase in RUNNING:
        if not draft.state.advisory:
            _judge_running(draft, reading)
    elif draft.state.phase in (Phase.PLANNED, Phase.CHECKING):
        standing.judge_unstarted(draft)
    elif draft.state.phase in STANDING:
        _judge_standing(draft, reading)
    if draft.state.phase is Phase.INFUSING and draft.state.account.ahead(
        draft.state.unit_ml, draft.state.caps.accuracy, draft.state.late_ml
    ):
        account = draft.state.account
        draft.hold(
            HoldCause.PUMP_ALARM,
            say("overdelivery", counter_ml=account.counter_ml, high=account.timed.high),
        )


def _judge_stopping(draft: Draft, name: str, reading: PumpReading) -> None:
    """The run would go on by itself after a planned STOP, but not past a bolus by hand (F8)."""
    if draft.state.phase in PLANNED_STOPS and reading.motion in (Motion.BOLUS, Motion.PROGRAM):
        standing.more(draft, name, say("motion_running", motion=reading.motion))


def _judge_standing(draft: Draft, reading: PumpReading) -> None:
    """A pump that ought to stand; before the run it is not ours yet, and after it not any more."""
    phase = draft.state.phase
    if reading.motion is Motion.STOPPED:
        return
    pending = draft.state.pump.pending
    starting = pending is not None and pending.kind is ev.OrderKind.START
    if phase in (Phase.COMPLETED, Phase.ABORTED) or starting:
        return
    standing.more(
        draft,
        draft.state.pump_name,
        say("runs_while", motion=reading.motion, rate_ml_h=reading.rate_ml_h, phase=phase),
    )


def _judge_running(draft: Draft, reading: PumpReading) -> None:
    pump = draft.state.pump
    starting = pump.pending is not None and pump.pending.kind is ev.OrderKind.START
    if reading.motion is Motion.STOPPED:
        if not starting and not draft.state.restarting and pump.approved is not None:
            _stopped_by_itself(draft, reading)
    elif reading.motion is Motion.KVO:
        draft.hold(HoldCause.PUMP_ALARM, say("ran_into_limit"))
    elif reading.motion in (Motion.BOLUS, Motion.PROGRAM):
        standing.more(draft, draft.state.pump_name, say("motion_running", motion=reading.motion))
    elif reading.limit_left_ml is None:
        draft.alarm("unlimited", say("rate_without_limit", rate_ml_h=reading.rate_ml_h))
        draft.hold(HoldCause.HAND_CHANGE, say("without_limit"))
    elif reading.alarms & STOPPING:
        names = ", ".join(sorted(alarm.value for alarm in reading.alarms & STOPPING))
        draft.hold(HoldCause.PUMP_ALARM, say("pump_alarm", names=names))
    elif not starting:
        _judge_setting(draft, reading)


def _stopped_by_itself(draft: Draft, reading: PumpReading) -> None:
    if reading.alarms & STOPPING:
        names = ", ".join(sorted(alarm.value for alarm in reading.alarms & STOPPING))
        draft.hold(HoldCause.PUMP_ALARM, say("stopped_with_alarm", names=names))
    else:
        draft.hold(HoldCause.HAND_CHANGE, say("stopped_by_hand_at_pump"))


def _judge_setting(draft: Draft, reading: PumpReading) -> None:
    pump = draft.state.pump
    settings = [s for s in (pump.approved, pump.pending.setting if pump.pending else None) if s is not None]
    if not settings:
        standing.more(draft, draft.state.pump_name, say("nothing_approved", rate_ml_h=reading.rate_ml_h))
        return
    highest = max(setting.rate_ml_h for setting in settings)
    if reading.rate_ml_h > highest:
        standing.more(
            draft, draft.state.pump_name, say("other_rate", rate_ml_h=reading.rate_ml_h, highest=highest)
        )
    elif _more_left(draft.state, reading):
        standing.more(draft, draft.state.pump_name, _other_limit(draft.state, reading))
    elif reading.rate_ml_h not in {setting.rate_ml_h for setting in settings}:
        if draft.state.phase is Phase.INFUSING:
            draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("slowed_by_hand")))
            draft.alarm("hand_less", say("other_rate", rate_ml_h=reading.rate_ml_h, highest=highest))
    elif _less_left(draft.state, reading):
        draft.hold(HoldCause.HAND_CHANGE, _other_limit(draft.state, reading))


def _more_left(state: RunState, reading: PumpReading) -> bool:
    """More is left of the limit than what was approved leaves, whatever the rate (F8)."""
    left, expected = reading.limit_left_ml, _expected_ml(state, state.pump.approved_ml)
    return expected is not None and left is not None and left > expected + _tolerance_ml(state, reading)


def _less_left(state: RunState, reading: PumpReading) -> bool:
    left, least = reading.limit_left_ml, _expected_ml(state, state.pump.ordered_ml)
    return least is not None and left is not None and left < least - _tolerance_ml(state, reading)


def _expected_ml(state: RunState, from_ml: Decimal) -> Decimal | None:
    """What is left of the approved limit, counted from there; None while an order may change it."""
    pump = state.pump
    if pump.pending is not None or pump.approved is None or pump.approved.limit_ml is None:
        return None
    return pump.approved.limit_ml - (pump.odometer.shown_ml - from_ml)


def _tolerance_ml(state: RunState, reading: PumpReading) -> Decimal:
    return recovery.tolerance_ml(state, reading.rate_ml_h)


def _other_limit(state: RunState, reading: PumpReading) -> str:
    expected = _expected_ml(state, state.pump.approved_ml)
    return say("other_limit", limit_left_ml=reading.limit_left_ml, expected=expected)
