"""The course of a run: begin a step, renew its slices, end it, go to the next, watch afterwards."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import (
    announcing,
    beside,
    consequences,
    disarming,
    flicker,
    fraction,
    gap,
    reactions,
    settling,
    slices,
    switching,
)
from daemon.engine import events as ev
from daemon.engine.account import MS_PER_HOUR, ZERO
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import GateAction, HoldCause
from drivers.values import Motion, PumpAlarm, PumpSetting

STRETCHES_OVER = say("stretches_over")
"""Why a run is held after the last repeated stretch (F2)."""


def begin_step(draft: Draft, step: int) -> None:
    """Open the account of a whole step or stretch; a step to the empty bag takes all it still holds (F30)."""
    stretch = draft.state.stretch
    if stretch is not None:
        draft.emit(ev.StepBegun(step, stretch.goal_ml, stretch.goal_ms))
        return
    plan = draft.state.plan.step(step)
    goal_ml, minutes = plan.volume_ml, plan.minutes
    if plan.until_empty:
        goal_ml = bag_goal_ml(draft.state, step)
        minutes = goal_ml / plan.rate_ml_h * 60
    draft.emit(ev.StepBegun(step, goal_ml, int(minutes * 60_000)))


def begin_later(draft: Draft) -> None:
    """Step back onto another bag: the step begins whole once its solution is confirmed."""
    draft.emit(ev.StepPlaced(draft.state.step))


def bag_goal_ml(state: RunState, step: int) -> Decimal:
    """Volume of a step that empties its bag: content less the upper bound of what was given."""
    solution = state.plan.solution(state.plan.step(step).solution)
    return max(solution.volume_ml - state.bag_drawn_ml(solution.id), ZERO)


def start_pump(draft: Draft) -> None:
    """Program the stopped pump anew, read back, start (F6)."""
    order(draft, ev.OrderKind.START)


def order(draft: Draft, kind: ev.OrderKind) -> None:
    """Ask for rate and slice of the present step; held where bag or total dose leave nothing."""
    wanted = setting(draft.state, draft.now)
    if wanted.limit_ml is None or wanted.limit_ml < draft.state.caps.limit_min_ml:
        draft.hold(HoldCause.OPERATOR, say("nothing_more_to_give"))
        return
    draft.order(kind, wanted)


def setting(state: RunState, now: int) -> PumpSetting:
    """Rate and slice of the present step."""
    return PumpSetting(state.rate_ml_h, slices.slice_ml(state, now))


def settle(draft: Draft) -> None:
    """What follows from the state alone."""
    match draft.state.phase:
        case Phase.INFUSING:
            _infusing(draft)
        case Phase.OBSERVING:
            _observing(draft)
        case Phase.WAITING_GATE:
            _waiting_gate(draft)
        case Phase.AWAITING_SOLUTION:
            _awaiting_solution(draft)
        case Phase.SWITCHING:
            _switching(draft)
        case Phase.AFTER_WATCH:
            _after_watch(draft)
        case _:
            pass
    disarming.settle(draft)


def _infusing(draft: Draft) -> None:
    state = draft.state
    if state.pump.stop_ms is not None or state.pump.pending is not None or not state.pump.linked:
        return
    if disarming.just_withdrawn(state, state.pump, draft.now):
        if state.running and slices.ending(state, draft.now):
            stand(draft, say("slice_not_renewed"))
        return
    if state.pump.approved is None:
        if state.pump.stopped and not state.gate_shut:
            start_pump(draft)
        return
    if not state.running:
        return
    if settling.unsettled(state):
        stand(draft, settling.apart(state))
        draft.alarm("step_unsettled", settling.apart(state))
        return
    if overrun(draft):
        return
    if slices.at_end(state, draft.now):
        at_full(draft)
        return
    if state.gate_shut:
        shut_inside(draft)
        return
    announcing.announce(draft)
    if slices.due(state, draft.now):
        order(draft, ev.OrderKind.RENEW)
    elif slices.ending(state, draft.now):
        draft.hold(HoldCause.OPERATOR, say("nothing_more_to_give"))


def overrun(draft: Draft) -> bool:
    """Either witness says more than the step and its tolerance: stopped, whatever the other says (F25)."""
    if not slices.over(draft.state, draft.now):
        return False
    given = draft.state.step_given()
    draft.hold(
        HoldCause.PUMP_ALARM,
        say("overrun", high=given.high, goal_ml=draft.state.goal_ml),
    )
    return True


def shut_inside(draft: Draft) -> None:
    """The gate is shut inside a step: nothing is renewed, and the pump stops before its limit (F5)."""
    if slices.ending(draft.state, draft.now):
        stand(draft, ", ".join(draft.state.gate_shut))


def at_full(draft: Draft) -> None:
    """The step is full: the next one, or what the protocol orders for a shut gate (F16)."""
    state = draft.state
    if state.stretch is not None and state.stretch.ends_held:
        emit_ended(draft)
        return
    last = state.step == len(state.plan.steps) and state.stretch is None
    if not last and not state.gate_shut and _another_pump(draft):
        return
    if last or not state.gate_shut:
        end_step(draft, last=last)
        return
    rule = state.plan.rules.gate
    if rule.when_closed is GateAction.STOP or rule.dwell_max_min is None:
        stand_full(draft)
        return
    if state.dwell_ms is None:
        draft.emit(ev.DwellBegun())
        consequences.tell_waiting(draft, ", ".join(state.gate_shut))
    if slices.dwell_left_ms(draft.state, draft.now) == 0:
        stand_full(draft)
    elif slices.due(draft.state, draft.now):
        order(draft, ev.OrderKind.RENEW)
    elif slices.ending(draft.state, draft.now):
        stand_full(draft)


def _another_pump(draft: Draft) -> bool:
    """The next step is given by another pump, whose bag hangs: it is made ready, then the change begins."""
    name = beside.coming(draft.state)
    if not name or not beside.hangs_next(draft.state):
        return False
    if switching.ready(draft, name) or slices.ending(draft.state, draft.now):
        emit_ended(draft)
        switching.begin(draft, name)
    return True


def _switching(draft: Draft) -> None:
    if switching.may_take_over(draft):
        step = draft.state.current
        switching.take_over(draft, step.solution)
        begin_step(draft, step.number)
        start_pump(draft)


def stand_full(draft: Draft, reason: str = "") -> None:
    """Full, and the gate shut or another reason not to go on: the step ends here and the next waits."""
    reasons = reason or ", ".join(draft.state.gate_shut)
    emit_ended(draft)
    stand(draft, reasons)


def stand(draft: Draft, reason: str) -> None:
    """Stop the pump and wait for the gate."""
    draft.emit(ev.PhaseEntered(Phase.WAITING_GATE, reason))
    consequences.tell_waiting(draft, reason)
    draft.stop(say("stopped_for_gate", reason=reason))


def emit_ended(draft: Draft) -> None:
    """The step or stretch is over."""
    state = draft.state
    given, proven_ms = state.step_given(), state.account.proven_ms
    if state.stretch is None:
        draft.emit(ev.StepEnded(state.step, given, proven_ms))
    else:
        again = state.stretch.again > 0
        draft.emit(ev.StretchEnded(state.step, given, proven_ms, fraction.follows(state), again))
        if state.stretch.ends_held:
            draft.hold(HoldCause.OPERATOR, STRETCHES_OVER)
    draft.clear("gate_needs", "gate_needs_now")


def end_step(draft: Draft, *, last: bool) -> None:
    """What follows a full step at an open gate: the watch, another bag, or the next rate."""
    ended = draft.state.current
    emit_ended(draft)
    if last:
        draft.emit(ev.PhaseEntered(Phase.AFTER_WATCH, say("last_step_given")))
        draft.stop(say("last_step_given"))
        return
    following = draft.state.current
    if following.solution != ended.solution:
        draft.emit(
            ev.PhaseEntered(Phase.AWAITING_SOLUTION, say("solution_is_next", solution=following.solution))
        )
        draft.stop(say("change_of_solution", solution=following.solution))
        return
    draft.clear("gate_waiting")
    begin_step(draft, following.number)
    order(draft, ev.OrderKind.CHANGE)


def _observing(draft: Draft) -> None:
    state = draft.state
    if state.pump.stop_ms is not None:
        return
    if not state.pump.linked:
        _silent_to_the_end(draft)
    elif not overrun(draft) and state.running and (slices.ending(state, draft.now) or slices.full(state)):
        draft.hold(HoldCause.RESTART, say("nobody_confirmed"))


def _silent_to_the_end(draft: Draft) -> None:
    """A pump out of reach is held once its own limit must have ended it."""
    approved = draft.state.pump.approved
    if approved is None or approved.limit_ml is None:
        draft.hold(HoldCause.PUMP_LOST, say("pump_does_not_answer"))
        return
    slice_ms = int(approved.limit_ml * MS_PER_HOUR / approved.rate_ml_h)
    if draft.now - draft.state.pump.approved_ms > slice_ms:
        draft.hold(HoldCause.PUMP_LOST, say("pump_silent_to_the_end"))


def may_be_empty(state: RunState) -> bool:
    """The run stands at a bag the pump reports empty, with as much of its step in as is ordered (F30)."""
    reading, percent = state.pump.reading, state.plan.rules.empty_from_percent
    if percent is None:
        return False
    if not state.begun or not state.until_empty or state.phase is not Phase.HELD or reading is None:
        return False
    only_alarm = state.hold is not None and state.hold.causes == {HoldCause.PUMP_ALARM}
    enough = state.step_given().low >= state.goal_ml * percent / 100
    empty = bool(reading.alarms & {PumpAlarm.EMPTY, PumpAlarm.AIR})
    return only_alarm and enough and empty and reading.motion is Motion.STOPPED


def end_empty(draft: Draft, by: str) -> None:
    """The step is over as far as the bag went; what was planned beyond is reported as not given."""
    last = draft.state.step == len(draft.state.plan.steps)
    emit_ended(draft)
    following = Phase.AFTER_WATCH if last else Phase.AWAITING_SOLUTION
    draft.emit(ev.PhaseEntered(following, say("bag_empty_by", by=by)))


def credited(draft: Draft, by: str) -> bool:
    """A person counts the step as given: it ends here. True if it was the last one."""
    last = draft.state.step == len(draft.state.plan.steps) and draft.state.stretch is None
    emit_ended(draft)
    if last:
        draft.clear_hold_alarms()
        draft.clear("gate_waiting", "gap_running")
        draft.emit(ev.PhaseEntered(Phase.AFTER_WATCH, say("rest_counted", by=by)))
    return last


def _waiting_gate(draft: Draft) -> None:
    """The gate opening in time goes on by itself, if nothing has become a cause to hold (F16)."""
    if not gap_lets_go_on(draft):
        return
    if draft.state.gate_shut:
        consequences.tell_waiting(draft, ", ".join(draft.state.gate_shut))
        return
    if not _ready(draft.state):
        return
    if flicker.flickers(draft.state, draft.now) == flicker.GATE:
        draft.hold(HoldCause.OPERATOR, say("gate_flickers"))
        return
    following = draft.state.current
    if not draft.state.hangs(following.solution):
        draft.emit(
            ev.PhaseEntered(Phase.AWAITING_SOLUTION, say("solution_is_next", solution=following.solution))
        )
        draft.clear("gate_waiting")
        return
    switching.take_over(draft, following.solution)
    if not draft.state.begun:
        begin_step(draft, following.number)
    else:
        draft.emit(ev.StepContinued(following.number))
    draft.clear("gate_waiting", "gap_running")
    start_pump(draft)


def _awaiting_solution(draft: Draft) -> None:
    if not gap_lets_go_on(draft):
        return
    state = draft.state
    hangs = state.hangs(state.current.solution)
    if not hangs or not state.line_by or state.gate_shut or not _ready(state):
        return
    switching.take_over(draft, state.current.solution)
    if state.begun:
        draft.emit(ev.StepContinued(state.step))
    else:
        begin_step(draft, state.step)
    draft.clear("gap_running")
    start_pump(draft)


def gap_lets_go_on(draft: Draft) -> bool:
    """The gap rule still says `continue`; else the run is held (F19)."""
    state = draft.state
    ordered = gap.judge(state, draft.now)
    if ordered.strictness > state.gap.granted:
        draft.hold(HoldCause.OPERATOR, say("off_too_long", ordered=ordered.action))
        return False
    left = gap.continue_left_ms(state, draft.now)
    if left is not None and gap.judged_ms(state, draft.now) >= left:
        draft.alarm(
            "gap_running", say("minutes_without_drug", minutes=gap.judged_ms(state, draft.now) // 60000)
        )
    return True


def _ready(state: RunState) -> bool:
    """Stopped, read back, disarmed, and nothing on its way."""
    pump = state.pump
    return (
        pump.linked
        and pump.stopped
        and pump.stop_ms is None
        and state.disarmed
        and pump.pending is None
        and not state.delivering
        and (not beside.coming(state) or beside.still(state, pump))
    )


def _after_watch(draft: Draft) -> None:
    if draft.state.stop_ms is None and draft.now >= reactions.watch_until_ms(draft.state):
        draft.emit(ev.PhaseEntered(Phase.COMPLETED, say("after_watch_over")))
