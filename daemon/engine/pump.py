"""What a readback means: how much left the pump, whether a hand was at it, whether it obeys."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import counter, occlusion, recovery
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.account import ZERO
from daemon.engine.doubts import CounterFault
from daemon.engine.draft import Draft
from daemon.engine.gate import STOPPING, WARNING
from daemon.engine.hand_view import STOP_OVERDUE
from daemon.engine.phases import OPEN, RUNNING, STANDING, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpAlarm, PumpReading

RECORD_MS = 10_000
"""A readback that says nothing new is remembered this often."""


def read(draft: Draft, given: inp.PumpRead) -> None:
    """Take in one readback."""
    state, reading = draft.state, given.reading
    if not _worth_remembering(state, reading, draft.now):
        return
    if state.pump.compare and state.phase in OPEN:
        recovery.compare(draft, given)
    moved = counter.moved(state, reading, draft.now)
    leap = counter.leap(state, reading, moved, draft.now)
    if leap is None:
        draft.emit(ev.PumpSeen(reading, moved))
    else:
        _leapt(draft, reading, leap)
    occlusion.notice(draft, state)
    _confirm_stop(draft, given)
    _judge(draft)


def _leapt(draft: Draft, reading: PumpReading, leap: counter.Leap) -> None:
    """The counter is no witness: bounded, held, and a person says what it was (F26)."""
    last = draft.state.pump.reading
    counted = reading.counter_ml - (last.counter_ml if last is not None else ZERO)
    draft.emit(ev.CounterBroken(reading, leap.bounds, leap.why, counted, leap.timed))
    if leap.why is not CounterFault.OTHER_PUMP:
        draft.alarm("counter_broken", f"{leap.why}: {_shown(last)} to {reading.counter_ml} mL")
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
    stop_ms = draft.state.pump.stop_ms
    if stop_ms is None or given.reading.motion is not Motion.STOPPED or given.asked_ms < stop_ms:
        return
    draft.emit(ev.StopConfirmed("readback"))
    draft.clear(*STOP_OVERDUE)


def _judge(draft: Draft) -> None:
    reading = draft.state.pump.reading
    if reading is None:
        return
    _warnings(draft, reading)
    if draft.state.pump.stop_ms is not None:
        return
    if draft.state.phase in RUNNING:
        if not draft.state.advisory:
            _judge_running(draft, reading)
    elif draft.state.phase in (Phase.PLANNED, Phase.CHECKING):
        _judge_unstarted(draft, reading)
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


def _warnings(draft: Draft, reading: PumpReading) -> None:
    expected = {PumpAlarm.NEAR_EMPTY} if draft.state.current.until_empty else set()
    warnings = sorted((reading.alarms & WARNING) - expected)
    if draft.state.phase in OPEN and (warnings or not reading.mains):
        names = [alarm.value for alarm in warnings] + ([] if reading.mains else [say("on_battery")])
        draft.alarm("pump_warning", ", ".join(names))
    else:
        draft.clear("pump_warning")


def _judge_unstarted(draft: Draft, reading: PumpReading) -> None:
    """A pump that runs before any run was started: not ours to stop, but said loudly."""
    if reading.motion is Motion.STOPPED:
        draft.clear("runs_unrecorded")
    else:
        draft.alarm("runs_unrecorded", say("runs_at", motion=reading.motion, rate_ml_h=reading.rate_ml_h))


def _judge_standing(draft: Draft, reading: PumpReading) -> None:
    """A pump that ought to stand; before the run it is not ours yet, and after it not any more."""
    phase = draft.state.phase
    if reading.motion is Motion.STOPPED:
        return
    pending = draft.state.pump.pending
    starting = pending is not None and pending.kind is ev.OrderKind.START
    if phase in (Phase.COMPLETED, Phase.ABORTED) or starting:
        return
    more(draft, say("runs_while", motion=reading.motion, rate_ml_h=reading.rate_ml_h, phase=phase))


def _judge_running(draft: Draft, reading: PumpReading) -> None:
    pump = draft.state.pump
    starting = pump.pending is not None and pump.pending.kind is ev.OrderKind.START
    if reading.motion is Motion.STOPPED:
        if not starting and not draft.state.restarting and pump.approved is not None:
            _stopped_by_itself(draft, reading)
    elif reading.motion is Motion.KVO:
        draft.hold(HoldCause.PUMP_ALARM, say("ran_into_limit"))
    elif reading.motion in (Motion.BOLUS, Motion.PROGRAM):
        more(draft, say("motion_running", motion=reading.motion))
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
        more(draft, say("nothing_approved", rate_ml_h=reading.rate_ml_h))
        return
    highest = max(setting.rate_ml_h for setting in settings)
    if reading.rate_ml_h > highest:
        more(draft, say("other_rate", rate_ml_h=reading.rate_ml_h, highest=highest))
        return
    if reading.rate_ml_h not in {setting.rate_ml_h for setting in settings}:
        if draft.state.phase is Phase.INFUSING:
            draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("slowed_by_hand")))
            draft.alarm("hand_less", say("other_rate", rate_ml_h=reading.rate_ml_h, highest=highest))
        return
    if pump.pending is None and pump.approved is not None and pump.approved.limit_ml is not None:
        _judge_limit(draft, reading, pump.approved.limit_ml)


def _judge_limit(draft: Draft, reading: PumpReading, granted_ml: Decimal) -> None:
    if reading.limit_left_ml is None:
        return
    pump = draft.state.pump
    expected = granted_ml - (pump.odometer.shown_ml - pump.approved_ml)
    least = granted_ml - (pump.odometer.shown_ml - pump.ordered_ml)
    tolerance = recovery.tolerance_ml(draft.state, reading.rate_ml_h)
    if reading.limit_left_ml > expected + tolerance:
        more(draft, say("other_limit", limit_left_ml=reading.limit_left_ml, expected=expected))
    elif reading.limit_left_ml < least - tolerance:
        draft.hold(
            HoldCause.HAND_CHANGE,
            say("other_limit", limit_left_ml=reading.limit_left_ml, expected=expected),
        )


def more(draft: Draft, detail: str) -> None:
    """More than approved by hand: STOP once; the second time the hand has won and the run is manual (F8)."""
    if draft.state.pump.hand_stops >= 1:
        if draft.state.phase is Phase.AFTER_WATCH:
            draft.alarm("hand_more", detail)
            return
        draft.clear_hold_alarms()
        draft.emit(ev.PhaseEntered(Phase.MANUAL, detail))
        draft.alarm("manual", detail)
        return
    draft.clear("hand_more")
    draft.alarm("hand_more", detail)
    if draft.state.phase in OPEN:
        draft.hold(HoldCause.HAND_CHANGE, detail)
    draft.emit(ev.HandOverruled(detail))
    if draft.state.pump.stop_ms is None:
        draft.stop(detail)


def identified(draft: Draft, given: inp.PumpIdentified) -> None:
    """The pump answers again, or another one does."""
    before = draft.state.pump.identity
    draft.emit(ev.PumpJoined(given.identity, given.away_long))
    draft.clear("pump_lost", "pump_silent")
    if given.away_long and draft.state.phase is Phase.INFUSING:
        draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("out_of_reach")))
        draft.alarm("observing", say("out_of_reach"))
    if draft.state.phase not in OPEN:
        return
    own, serial = draft.state.pump.own_serial, given.identity.serial
    if serial != own:
        draft.hold(HoldCause.PUMP_LOST, say("another_answers", serial=serial, own=own))
    if (
        before is not None
        and before.serial != serial
        and draft.state.phase is Phase.HELD
        and not draft.stopping
    ):
        draft.stop(say("another_answers_stop"))


def silent(draft: Draft, given: inp.PumpSilent) -> None:
    """The pump does not answer; after 5 s of wire time nothing automatic is left (F17)."""
    if draft.state.phase not in OPEN:
        if draft.state.pump.linked:
            draft.emit(ev.PumpWentSilent(given.reason, given.long))
        return
    if draft.state.pump.linked or given.long != draft.state.pump.silent_long:
        draft.emit(ev.PumpWentSilent(given.reason, given.long))
    if not given.long:
        if draft.state.pump.stop_ms is None:
            draft.alarm("pump_silent", given.reason)
        return
    draft.clear("pump_silent")
    draft.alarm("pump_lost", given.reason)
    if draft.state.phase is Phase.INFUSING:
        draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("pump_does_not_answer")))


def order_done(draft: Draft, given: inp.OrderDone) -> None:
    """The pump has what was asked."""
    pending = draft.state.pump.pending
    if pending is None or pending.order != given.order:
        return
    if pending.kind is ev.OrderKind.DISARM:
        draft.emit(ev.Disarmed())
        draft.clear("not_disarmed")
        return
    draft.emit(ev.SettingConfirmed(given.order))
    draft.clear("order_failed")


def order_failed(draft: Draft, given: inp.OrderFailed) -> None:
    """Tried again twice, computed anew each time; then, or at once with half of it taken, held (F15, F18)."""
    pending = draft.state.pump.pending
    if pending is None or pending.order != given.order:
        return
    draft.emit(ev.SettingFailed(given.order, given.reason))
    if pending.kind is ev.OrderKind.DISARM:
        if draft.state.pump.failures >= MOST_FAILURES:
            draft.alarm("not_disarmed", given.reason)
        return
    draft.alarm("order_failed", given.reason)
    if pending.kind is ev.OrderKind.START:
        draft.stop(say("start_not_read_back", reason=given.reason))
    if given.half or draft.state.pump.failures >= MOST_FAILURES:
        draft.hold(HoldCause.PUMP_ALARM, say("setting_not_taken", reason=given.reason))


MOST_FAILURES = 3
MOST_UNSENT = 5
"""So many orders in a row that could not be sent are told: the link is too slow to give more (F28)."""


def order_told(draft: Draft, given: inp.OrderTold) -> None:
    """It passed the guard and its record is on disk: now it stands on the screen (F27)."""
    pending = draft.state.pump.pending
    if pending is not None and pending.order == given.order:
        draft.emit(ev.Told(given.order))


def order_unsent(draft: Draft, given: inp.OrderUnsent) -> None:
    """Nothing was sent; if it is still wanted it is ordered anew, computed from what is known by then."""
    pending = draft.state.pump.pending
    if pending is not None and pending.order == given.order:
        draft.emit(ev.SettingWithdrawn(given.order, given.reason))
        if draft.state.pump.unsent >= MOST_UNSENT:
            draft.alarm("order_failed", given.reason)
