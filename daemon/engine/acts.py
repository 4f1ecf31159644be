"""What persons do: each act is accepted or refused with a text, once (double taps are one act)."""

from __future__ import annotations

from typing import assert_never

from daemon.engine import course, gap, gate, resume, vitals
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.changed import replace
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import ChoiceKind, HoldCause
from drivers.values import Motion


class Refusal(Exception):
    """An act that may not be done now; the text says why and what would help."""


def act(draft: Draft, given: inp.AnyAct) -> None:
    """Carry out one act and record its answer; a known `act_id` changes nothing."""
    if given.act_id in draft.state.acts:
        return
    try:
        answer = _carry_out(draft, given)
        accepted = True
    except Refusal as refusal:
        answer, accepted = str(refusal), False
    draft.emit(ev.ActTaken(given.act_id, type(given).__name__, given.by, accepted, answer))


def _carry_out(draft: Draft, given: inp.AnyAct) -> str:
    match given:
        case inp.HoldNow():
            return _hold(draft, given)
        case inp.ReportReaction():
            return _reaction(draft, given)
        case inp.Abort():
            return _abort(draft, given)
        case inp.Acknowledge():
            return _acknowledge(draft, given)
        case inp.ConfirmStopped():
            return _confirm_stopped(draft, given)
        case _:
            return _named(draft, given)


def _named(draft: Draft, given: inp.AnyAct) -> str:
    """Acts that can lead to more drug: never without a name (F33)."""
    _need_name(given)
    match given:
        case inp.ConfirmSolution():
            return _confirm_solution(draft, given)
        case inp.ConfirmLine():
            draft.emit(ev.LineConfirmed(given.by))
            return "line, second access and clamp confirmed"
        case inp.Assess():
            draft.emit(ev.Assessed(given.by))
            draft.clear("gate_needs", "gate_needs_now")
            return "assessment recorded"
        case inp.ConfirmRunning():
            return _confirm_running(draft)
        case inp.ConfirmEmpty():
            return _confirm_empty(draft, given)
        case inp.Start():
            return _start(draft, given)
        case inp.Resume():
            return _resume(draft, given)
        case inp.GoManual():
            return _manual(draft, given)
        case inp.GoAutomatic():
            return _automatic(draft, given)
        case inp.HoldNow() | inp.ReportReaction() | inp.Abort() | inp.Acknowledge() | inp.ConfirmStopped():
            raise AssertionError(given)
        case _:
            assert_never(given)


def _need_name(given: inp.AnyAct) -> None:
    if not given.by.strip():
        raise Refusal("this needs the name of the person doing it (--by NAME)")


def _need_two(by: str, witness: str) -> None:
    if not witness.strip():
        raise Refusal("this needs a second person (--witness NAME)")
    if by.strip().casefold() == witness.strip().casefold():
        raise Refusal("this needs two different persons; both names are the same")


def _hold(draft: Draft, given: inp.HoldNow) -> str:
    reason = given.reason or "STOP pressed"
    if draft.state.phase in OPEN and draft.state.phase is not Phase.MANUAL:
        draft.hold(HoldCause.OPERATOR, reason, by=given.by)
    if draft.state.pump.stop_ms is None:
        draft.stop(reason)
    return "STOP sent"


def _reaction(draft: Draft, given: inp.ReportReaction) -> str:
    who = given.by or "unnamed"
    reason = f"{given.grade} reaction reported by {who}: {given.text}"
    draft.hold(HoldCause.REACTION, reason, grade=given.grade, by=given.by)
    if draft.state.phase is Phase.AFTER_WATCH:
        draft.emit(ev.PhaseEntered(Phase.AFTER_WATCH, reason))
    if draft.state.phase is Phase.HELD:
        return "STOP sent; the reaction is recorded"
    return "the reaction is recorded"


def _abort(draft: Draft, given: inp.Abort) -> str:
    state = draft.state
    if state.phase in (Phase.COMPLETED, Phase.ABORTED):
        raise Refusal(f"the run is already {state.phase}")
    reason = given.reason or "abort"
    draft.stop(reason)
    if not given.by.strip():
        draft.hold(HoldCause.OPERATOR, reason)
        return "STOP sent; the run is held. To end it for good give your name (--by NAME)"
    draft.clear(*tuple(a for a in draft.state.alarms if a != "stop_not_confirmed"))
    draft.emit(ev.PhaseEntered(Phase.ABORTED, f"{reason} ({given.by})"))
    draft.alarm("aborted", reason)
    return "STOP sent; the run is aborted"


def _acknowledge(draft: Draft, given: inp.Acknowledge) -> str:
    if given.alarm not in draft.state.alarms:
        raise Refusal(f"no alarm {given.alarm!r} is active")
    draft.emit(ev.AlarmAcknowledged(given.alarm, given.by or "unnamed"))
    return "acknowledged; the condition stays"


def _confirm_stopped(draft: Draft, given: inp.ConfirmStopped) -> str:
    _need_name(given)
    if draft.state.pump.stop_ms is None:
        raise Refusal("no STOP is waiting to be confirmed")
    draft.emit(ev.StopConfirmed(f"{given.by}: stopped by hand, line clamped"))
    draft.clear("stop_not_confirmed")
    return "recorded: stopped by hand, line clamped"


def _confirm_solution(draft: Draft, given: inp.ConfirmSolution) -> str:
    state = draft.state
    known = [solution.id for solution in state.plan.solutions]
    if given.solution not in known:
        raise Refusal(f"no solution {given.solution!r} in this plan; it has {', '.join(known)}")
    if state.running:
        raise Refusal("the pump is running: a solution never changes on a running pump (F15)")
    if given.solution != state.current.solution:
        raise Refusal(
            f"step {state.step} needs solution {state.current.solution}, not {given.solution}: "
            "take it down and hang the right one"
        )
    if state.phase is Phase.AWAITING_SOLUTION and not state.pump.disarmed:
        raise Refusal("wait: the pump is not yet stopped and set to its lowest rate (F6)")
    draft.emit(ev.SolutionConfirmed(given.solution, given.by))
    return f"solution {given.solution} confirmed on {state.pump_name}"


def _confirm_empty(draft: Draft, given: inp.ConfirmEmpty) -> str:
    """An empty bag with 90 % of its step in ends the step; below that it stays a hold (F30)."""
    state = draft.state
    if not course.may_be_empty(state):
        raise Refusal("only the last bag, with at least 90 % of its step given and the pump standing empty")
    if state.pump.stop_ms is not None:
        raise Refusal("STOP is not confirmed yet")
    draft.clear_hold_alarms()
    course.end_empty(draft, given.by)
    return "recorded: bag empty; the plan is given, watch the patient"


def _confirm_running(draft: Draft) -> str:
    state = draft.state
    if state.phase is not Phase.OBSERVING:
        raise Refusal(f"nothing is being observed; the run is {state.phase}")
    pump = state.pump
    if not pump.linked or not state.running or pump.reading is None or pump.approved is None:
        raise Refusal("the pump is not seen running")
    if pump.reading.rate_ml_h != pump.approved.rate_ml_h:
        raise Refusal(
            f"the pump runs at {pump.reading.rate_ml_h} mL/h, the plan at {pump.approved.rate_ml_h} mL/h: "
            "hold and resume, or go to manual"
        )
    _need_gate(state, draft.now)
    draft.emit(ev.StepContinued(state.step))
    draft.clear("observing", "hand_less", "pump_lost")
    return "confirmed; automatic goes on"


def _need_gate(state: RunState, now: int) -> None:
    shut = gate.reasons(state, now)
    if shut:
        raise Refusal(f"the gate is shut: {', '.join(shut)}")


def _start(draft: Draft, given: inp.Start) -> str:
    state = draft.state
    _need_two(given.by, given.witness)
    if state.phase not in (Phase.PLANNED, Phase.CHECKING):
        raise Refusal(f"the run is already {state.phase}")
    missing = checklist(state, draft.now)
    if missing:
        raise Refusal("not yet: " + "; ".join(missing))
    values = {
        rule.signal: value
        for rule in state.plan.rules.signals
        if rule.baseline and (value := state.signals[rule.signal].value) is not None
    }
    based = replace(state, baseline=values)
    crossed = [
        f"{limit.signal} {values[limit.signal]}"
        for limit in state.plan.rules.limits
        if limit.signal in values and vitals.crossed(based, limit, values[limit.signal])
    ]
    if crossed:
        raise Refusal(f"a baseline value is already on or beyond a limit: {', '.join(crossed)}")
    draft.emit(ev.BaselineCaptured(values))
    draft.emit(ev.RunStarted(given.by, given.witness))
    course.begin_step(draft, 1)
    course.start_pump(draft)
    return f"started by {given.by}, witnessed by {given.witness}"


def checklist(state: RunState, now: int) -> tuple[str, ...]:
    """What is still missing before a start, in words."""
    missing = []
    if state.hung != state.plan.step(1).solution:
        missing.append(f"confirm solution {state.plan.step(1).solution} on the pump (confirm solution)")
    if not state.line_by:
        missing.append("confirm the line, second access and clamp (confirm line)")
    pump = state.pump
    if not pump.linked or pump.reading is None:
        missing.append("the pump does not answer")
    elif pump.reading.motion is not Motion.STOPPED:
        missing.append(f"the pump is running ({pump.reading.motion}): stop it by hand")
    missing.extend(f"gate: {code}" for code in gate.reasons(state, now) if code != "pump:silent")
    missing.extend(_beyond_pump(state))
    return tuple(missing)


def _beyond_pump(state: RunState) -> list[str]:
    identity = state.pump.identity
    if identity is None:
        return []
    rates = [step.rate_ml_h for step in state.plan.steps]
    low, high = identity.rate_min_ml_h, identity.rate_max_ml_h
    found = []
    if low is not None and min(rates) < low:
        found.append(f"this pump gives at least {low} mL/h, the plan needs {min(rates)}")
    if high is not None and max(rates) > high:
        found.append(f"this pump gives at most {high} mL/h, the plan needs {max(rates)}")
    return found


def _resume(draft: Draft, given: inp.Resume) -> str:
    state = draft.state
    if state.phase is not Phase.HELD or state.hold is None:
        raise Refusal(f"the run is not held, it is {state.phase}")
    if state.pump.stop_ms is not None or not state.pump.stopped:
        raise Refusal("STOP is not confirmed yet")
    if not state.pump.disarmed or state.pump.pending is not None:
        raise Refusal("wait: the pump is not yet set to its lowest rate (F6)")
    if not given.reason.strip():
        raise Refusal("a resume needs a reason (--reason TEXT)")
    allowed = resume.options(state, draft.now)
    if given.choice not in allowed.allowed:
        left = ", ".join(str(choice) for choice in allowed.allowed) or "nothing but manual or abort"
        raise Refusal(f"{given.choice} is not allowed; left: {left}. {'; '.join(allowed.refused)}".strip())
    if resume.needs_witness(state, given.choice, draft.now):
        _need_two(given.by, given.witness)
    shut = [code for code in gate.reasons(state, draft.now) if code != "volume:differs"]
    if shut:
        raise Refusal(f"the gate is shut: {', '.join(shut)}")
    return _go_on(draft, given)


def _go_on(draft: Draft, given: inp.Resume) -> str:
    state = draft.state
    step = resume.target_step(state, given.choice)
    judged = None if state.gap.unknown else gap.judged_ms(state, draft.now)
    action = gap.judge(state, draft.now).action
    draft.emit(ev.Resumed(given.choice, step, judged, action, given.by, given.witness, given.reason))
    draft.clear_hold_alarms()
    draft.clear(
        "hand_more", "unlimited", "counter_broken", "volume_time_differ", "gap_running", "not_disarmed"
    )
    rest = given.choice.kind is ChoiceKind.REST_OF_STEP and state.begun
    if draft.state.hung != draft.state.current.solution:
        draft.emit(
            ev.PhaseEntered(Phase.AWAITING_SOLUTION, f"solution {draft.state.current.solution} is next")
        )
        if not rest:
            course.begin_later(draft)
        return f"resumed at step {step}; hang solution {draft.state.current.solution} and confirm it"
    if rest:
        draft.emit(ev.StepContinued(step))
    else:
        course.begin_step(draft, step)
    course.start_pump(draft)
    return f"resumed: {given.choice}, step {step}"


def _manual(draft: Draft, given: inp.GoManual) -> str:
    if draft.state.phase not in OPEN:
        raise Refusal(f"the run is {draft.state.phase}")
    if draft.state.phase is Phase.MANUAL:
        raise Refusal("the run is already manual")
    draft.clear_hold_alarms()
    draft.clear("hand_more", "observing", "gate_waiting")
    draft.emit(ev.PhaseEntered(Phase.MANUAL, f"{given.reason or 'manual'} ({given.by})"))
    draft.alarm("manual", given.reason or f"taken over by {given.by}")
    return "manual: this program sends nothing but your STOP"


def _automatic(draft: Draft, given: inp.GoAutomatic) -> str:
    if draft.state.phase is not Phase.MANUAL:
        raise Refusal(f"the run is not manual, it is {draft.state.phase}")
    _need_two(given.by, given.witness)
    draft.clear("manual", "vitals_manual")
    draft.emit(ev.PhaseEntered(Phase.HELD, "back from manual"))
    draft.hold(HoldCause.HAND_CHANGE, f"back from manual ({given.by}, {given.witness})", by=given.by)
    if draft.state.hold is not None:
        for cause in sorted(draft.state.hold.causes):
            draft.alarm(f"held_{cause}", draft.state.hold.reasons[-1])
    if draft.state.pump.stop_ms is None:
        draft.stop("back from manual")
    return "STOP sent; the run is held: resume by the rules"
