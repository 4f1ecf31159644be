"""The course of a run whose pump is set by hand (F27): what control would send is asked of a person.

The same plan, gate, gaps and slices. What differs is time: between an order and its readback lie minutes,
in which the pump stands, or runs on as it was told before. Only `infusing` differs, so only it is here.
"""

from __future__ import annotations

from daemon.engine import announcing, consequences, course, disarming, settling, slices
from daemon.engine import events as ev
from daemon.engine.account import MS_PER_HOUR, volume_ml
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import GateAction, HoldCause


def settle(draft: Draft) -> None:
    """What follows from the state alone, for every run; `infusing` of a pump set by hand goes here."""
    if draft.state.advisory and draft.state.phase is Phase.INFUSING:
        _infusing(draft)
    else:
        course.settle(draft)


def _infusing(draft: Draft) -> None:
    state = draft.state
    if state.pump.stop_ms is not None or not state.pump.linked:
        return
    if state.pump.approved is None:
        _standing(draft)
    elif state.running:
        _running(draft)


def _standing(draft: Draft) -> None:
    """The step is open and the pump stands: its setting is told, unless the gate shuts or the gap is over."""
    state = draft.state
    if not state.pump.stopped:
        return
    if state.gate_shut:
        wait(draft, ", ".join(state.gate_shut))
    elif course.gap_lets_go_on(draft) and _may_tell(draft):
        course.start_pump(draft)


def wait(draft: Draft, reason: str) -> None:
    """The pump stands already: nothing is told until the gate opens."""
    draft.emit(ev.PhaseEntered(Phase.WAITING_GATE, reason))
    consequences.tell_waiting(draft, reason)


def _may_tell(draft: Draft) -> bool:
    return draft.state.pump.pending is None and not disarming.just_withdrawn(
        draft.state, draft.state.pump, draft.now
    )


def _running(draft: Draft) -> None:
    state = draft.state
    if settling.unsettled(state):
        course.stand(draft, settling.apart(state))
        draft.alarm("step_unsettled", settling.apart(state))
    elif not course.overrun(draft):
        _within(draft)


def _within(draft: Draft) -> None:
    """No witness is past the goal: the step goes on, or is full."""
    state = draft.state
    if slices.at_end(state, draft.now):
        _full(draft)
    elif state.gate_shut:
        withdraw(draft)
        if overstayed(draft.state, draft.now):
            course.stand(draft, ", ".join(state.gate_shut))
    else:
        announcing.announce(draft)
        if slices.due(state, draft.now) and _may_tell(draft):
            course.order(draft, ev.OrderKind.RENEW)
        elif overstayed(state, draft.now):
            course.stand(draft, say("slice_not_renewed"))


def overstayed(state: RunState, now: int) -> bool:
    """The limit that was told must be used up, by counter or by time, and the pump goes on (F5)."""
    approved, unit = state.pump.approved, state.caps.counter_unit_ml
    if approved is None or approved.limit_ml is None:
        return True
    most = approved.limit_ml * (1 + state.caps.accuracy) + 2 * unit
    timed = volume_ml(approved.rate_ml_h, now - state.pump.approved_ms)
    counted = state.pump.odometer.shown_ml - state.pump.approved_ml
    return max(timed, counted) > most


def withdraw(draft: Draft) -> None:
    """What was told is not wanted while the gate is shut."""
    pending = draft.state.pump.pending
    if pending is not None:
        draft.emit(ev.SettingWithdrawn(pending.order, ", ".join(draft.state.gate_shut), pending.pump))


def _full(draft: Draft) -> None:
    """The step ends when its last rate does: until the next one is set the old one goes on, counted in it."""
    state = draft.state
    if state.stretch is not None and state.stretch.ends_held:
        course.emit_ended(draft)
        return
    if state.gate_shut:
        withdraw(draft)
        course.at_full(draft)
        return
    ahead = Draft(state, draft.now)
    course.emit_ended(ahead)
    following = ahead.state.current
    last = state.step == len(state.plan.steps) and state.stretch is None
    if last or following.solution != state.current.solution:
        course.end_step(draft, last=last)
        return
    if state.dwell_ms is None:
        draft.emit(ev.DwellBegun())
    course.begin_step(ahead, following.number)
    if _too_late(draft.state, draft.now):
        course.stand_full(draft, say("new_rate_not_set"))
    elif _not_told(draft) and not disarming.just_withdrawn(state, state.pump, draft.now):
        _tell_next(draft, ahead.state)


def _not_told(draft: Draft) -> bool:
    pending = draft.state.pump.pending
    return pending is None or pending.kind is not ev.OrderKind.CHANGE


def _tell_next(draft: Draft, ahead: RunState) -> None:
    """The setting of the step that follows, as it will be when it has begun."""
    wanted = course.setting(ahead, draft.now)
    if wanted.limit_ml is None or wanted.limit_ml < ahead.caps.limit_min_ml:
        draft.hold(HoldCause.OPERATOR, say("nothing_more_to_give"))
        return
    number = draft.state.orders + 1
    order = ev.SettingOrdered(
        number, ev.OrderKind.CHANGE, wanted, ahead.step, ahead.hung or "", ahead.pump_name
    )
    draft.emit(order)


def _too_late(state: RunState, now: int) -> bool:
    """The old rate has gone on as long as a full step may: its dwell, or the margin (F16)."""
    if state.dwell_ms is None:
        return False
    if state.plan.rules.gate.when_closed is GateAction.DWELL:
        return slices.dwell_left_ms(state, now) == 0
    return now - state.dwell_ms > slices.step_margin_ml(state) * MS_PER_HOUR / state.rate_ml_h
