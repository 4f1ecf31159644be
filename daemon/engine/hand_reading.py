"""What a complete reading says of a pump that is set by hand (F27): as told, less, or more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from daemon.engine import advising, course, hand_course, slices, standing
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.advising import CYCLES, Level, Said, Watch
from daemon.engine.draft import Draft
from daemon.engine.gate import STOPPING
from daemon.engine.phases import RUNNING, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpAlarm, PumpReading, PumpSetting


def judge(draft: Draft, given: inp.PumpRead) -> None:
    """After it was counted in: where the pump is meant to deliver and no STOP is awaited."""
    state = draft.state
    if not state.advisory or state.phase not in RUNNING or state.pump.stop_ms is not None:
        return
    stopping = given.reading.alarms & STOPPING - {PumpAlarm.LIMIT_REACHED, PumpAlarm.KVO_RUNNING}
    if _stands(given.reading):
        _standing(draft, given, stopping)
    elif given.reading.motion is Motion.KVO or PumpAlarm.KVO_RUNNING in given.reading.alarms:
        draft.hold(HoldCause.PUMP_ALARM, say("ran_into_limit"))
    elif stopping:
        draft.hold(HoldCause.PUMP_ALARM, say("pump_alarm", names=_names(stopping)))
    elif given.setting is not None:
        _moving(draft, given, given.setting)


def _stands(reading: PumpReading) -> bool:
    return reading.motion is Motion.STOPPED and PumpAlarm.KVO_RUNNING not in reading.alarms


def _names(alarms: frozenset[PumpAlarm]) -> str:
    return ", ".join(sorted(alarm.value for alarm in alarms))


def _standing(draft: Draft, given: inp.PumpRead, stopping: frozenset[PumpAlarm]) -> None:
    state = draft.state
    if state.pump.approved is None:
        if given.setting is not None:
            _read_back(draft, given, given.setting)
        return
    if stopping:
        draft.hold(HoldCause.PUMP_ALARM, say("stopped_with_alarm", names=_names(stopping)))
    elif state.phase is Phase.OBSERVING:
        ended = _limit_ended(state, given.reading)
        cause = HoldCause.RESTART if ended else HoldCause.HAND_CHANGE
        draft.hold(cause, say("nobody_confirmed" if ended else "stopped_by_hand_at_pump"))
    elif slices.at_end(state, draft.now):
        _stopped_full(draft)
    elif _limit_ended(state, given.reading):
        _stopped(draft, say("limit_ended"))
    elif told(state) is not None:
        _stopped(draft, say("stopped_to_set"))
    else:
        draft.hold(HoldCause.HAND_CHANGE, say("stopped_by_hand_at_pump"))


def told(state: RunState) -> ev.SettingOrdered | None:
    """The order that stands on the screen; None while nothing is asked of the hand."""
    return state.pump.pending if state.pump.hand.told else None


def _limit_ended(state: RunState, reading: PumpReading) -> bool:
    left = reading.limit_left_ml
    spent = left is not None and left < state.caps.limit_step_ml
    return spent or PumpAlarm.LIMIT_REACHED in reading.alarms


def _stopped(draft: Draft, reason: str) -> None:
    """The pump stands and what it was told is used up: the rest of the step is told anew."""
    hand_course.wait(draft, reason)
    draft.stop(reason)


def _stopped_full(draft: Draft) -> None:
    """Full, and the pump stands: what follows is told to a stopped pump."""
    state = draft.state
    following = Draft(state, draft.now)
    course.emit_ended(following)
    last = state.step == len(state.plan.steps) and state.stretch is None
    if following.state.hold is not None:
        course.emit_ended(draft)
    elif last or following.state.current.solution != state.current.solution:
        course.end_step(draft, last=last)
    else:
        course.emit_ended(draft)
        _stopped(draft, say("step_full_stopped"))


def _read_back(draft: Draft, given: inp.PumpRead, stored: PumpSetting) -> None:
    """START is asked for after complete readings have shown it set as told."""
    state, order = draft.state, told(draft.state)
    if order is None:
        return
    shown = _granted(given.reading, stored)
    if shown == order.setting:
        _remember(draft, min(state.pump.hand.right + 1, CYCLES), 0)
    else:
        _remember(draft, 0, 0, shown)


def _granted(reading: PumpReading, stored: PumpSetting) -> PumpSetting:
    """What the standing pump would give: of a limit that was used before, only what is left of it."""
    if stored.limit_ml is None:
        return stored
    return PumpSetting(stored.rate_ml_h, reading.limit_left_ml)


def _remember(draft: Draft, right: int, off: int, shown: PumpSetting | None = None) -> None:
    hand = draft.state.pump.hand
    if (hand.right, hand.off, hand.shown) != (right, off, shown):
        draft.emit(ev.HandSeen(right, off, draft.state.pump_name, shown))


def _moving(draft: Draft, given: inp.PumpRead, stored: PumpSetting) -> None:
    order = told(draft.state)
    if order is not None and _taken(draft.state, order, given.reading, stored):
        _take(draft, order)
    hand = draft.state.pump.hand
    watch = Watch(_compared(draft.state, stored), _may_run(draft.state), hand.off)
    reading = _nearly_ended(draft, given.reading, stored)
    off, said = advising.judge(watch, reading, stored)
    _remember(draft, hand.right, off)
    _say(draft, reading, stored, said)


def _nearly_ended(draft: Draft, reading: PumpReading, stored: PumpSetting) -> PumpReading:
    """Less than the pump can show is left of a limit that is not over yet: nothing left, not no limit."""
    approved = draft.state.pump.approved
    shown = reading.limit_left_ml is not None or stored.limit_ml is None
    if (
        shown
        or approved is None
        or approved.limit_ml is None
        or hand_course.overstayed(draft.state, draft.now)
    ):
        return reading
    counted = draft.state.pump.odometer.shown_ml - draft.state.pump.approved_ml
    used_up = approved.limit_ml - counted <= 2 * draft.state.caps.counter_unit_ml
    return replace(reading, limit_left_ml=Decimal(0)) if used_up else reading


def _may_run(state: RunState) -> bool:
    return state.pump.approved is not None or state.pump.hand.right >= CYCLES


def _taken(state: RunState, order: ev.SettingOrdered, reading: PumpReading, stored: PumpSetting) -> bool:
    """The running pump does what was told: the new rate; at the same rate, the new limit."""
    if reading.motion is not Motion.INFUSING or reading.rate_ml_h != order.setting.rate_ml_h:
        return False
    approved = state.pump.approved
    if approved is None:
        return state.pump.hand.right >= CYCLES
    if approved.rate_ml_h != order.setting.rate_ml_h:
        return True
    return stored.limit_ml == order.setting.limit_ml and _renewed(state, approved, order.setting, reading)


def _renewed(state: RunState, before: PumpSetting, after: PumpSetting, reading: PumpReading) -> bool:
    """What is left is nearer to the new limit than to what the old one leaves."""
    if before.limit_ml is None or after.limit_ml is None or reading.limit_left_ml is None:
        return False
    if before.limit_ml != after.limit_ml:
        return True
    old_left = max(before.limit_ml - (state.pump.odometer.shown_ml - state.pump.approved_ml), Decimal(0))
    return reading.limit_left_ml - old_left > (after.limit_ml - old_left) / 3


def _take(draft: Draft, order: ev.SettingOrdered) -> None:
    """From here on the pump is approved with what was told; a new rate is the beginning of its step."""
    if order.kind is ev.OrderKind.CHANGE:
        course.emit_ended(draft)
        course.begin_step(draft, draft.state.step)
    draft.emit(ev.SettingConfirmed(order.order, order.pump))


def _compared(state: RunState, stored: PumpSetting) -> PumpSetting | None:
    """What the running pump is judged by: as approved, or what was told once somebody has begun to set it."""
    approved, order = state.pump.approved, told(state)
    if approved is None:
        return order.setting if order is not None else None
    if order is None or stored == approved or order.setting.rate_ml_h < approved.rate_ml_h:
        return approved
    return order.setting


def _say(draft: Draft, reading: PumpReading, stored: PumpSetting, said: Said | None) -> None:
    if said is None:
        if draft.state.pump.hand.off == 0:
            draft.clear("hand_wrong")
    elif said.level is Level.MEDIUM:
        view = draft.state.alarms.get("hand_wrong")
        if view is not None and view.detail != said.text:
            draft.clear("hand_wrong")
        draft.alarm("hand_wrong", said.text)
    elif reading.motion is Motion.INFUSING and None in (stored.limit_ml, reading.limit_left_ml):
        draft.alarm("unlimited", said.text)
        draft.hold(HoldCause.HAND_CHANGE, said.text)
    else:
        standing.more(draft, draft.state.pump_name, said.text)
