"""Acts after which drug flows again: resume, confirm what runs, back to automatic."""

from __future__ import annotations

from daemon.changed import replace
from daemon.engine import charge, course, gap, gate, line_rules, matching, resume, switching
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts import doubtful, identifying, line, persons
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import code_for, say, say_to
from daemon.protocols.rules import ChoiceKind, Grade, HoldCause

_SOLVED_LATER = ("volume:", "line:stronger")
"""What shuts the gate of the step gone to and is over once it begins: its account is new, its line clear."""


def confirm_running(draft: Draft, _: inp.ConfirmRunning) -> str:
    """The observed pump is seen running as approved."""
    state = draft.state
    if state.phase is not Phase.OBSERVING:
        raise Refusal("nothing_observed", phase=state.phase)
    pump = state.pump
    if not pump.linked or not state.running or pump.reading is None or pump.approved is None:
        raise Refusal("not_seen_running")
    if pump.reading.rate_ml_h != pump.approved.rate_ml_h:
        raise Refusal("runs_different", found=pump.reading.rate_ml_h, approved=pump.approved.rate_ml_h)
    if matching.patient_due(state, draft.now):
        raise Refusal("patient_again")
    shut = gate.reasons(state, draft.now)
    if shut:
        raise Refusal("gate_shut", gate=", ".join(shut))
    draft.emit(ev.StepContinued(state.step))
    draft.clear("observing", "hand_less", "pump_lost")
    return say_to("automatic_goes_on", by_hand=state.advisory)


def resume_run(draft: Draft, given: inp.Resume) -> str:
    """Go on from a hold, within what its rules leave."""
    state = draft.state
    _ready_to_resume(state)
    if not given.reason.strip():
        raise Refusal("no_reason")
    doubtful.check(state, given)
    allowed = resume.options(state, draft.now, released=given.released is not False)
    if given.choice not in allowed.allowed:
        left = ", ".join(str(choice) for choice in allowed.allowed) or say("nothing_left")
        raise Refusal("choice", choice=given.choice, left=left, why="; ".join(allowed.refused))
    if resume.needs_witness(state, given.choice, draft.now):
        persons.need_two(given.by, given.witness)
    if state.started_ms is None:
        return identifying.check_again(draft, given)
    if matching.patient_due(state, draft.now):
        raise Refusal("patient_again")
    step = resume.target_step(state, given.choice)
    there = charge.in_charge(state, state.carrier(state.plan.step(step).solution))
    there = replace(there, step=step)
    shut = [code for code in gate.reasons(there, draft.now) if not code.startswith(_SOLVED_LATER)]
    if shut:
        raise Refusal("gate_shut", gate=", ".join(shut))
    doubtful.answer(draft, given)
    return _go_on(draft, given)


def _ready_to_resume(state: RunState) -> None:
    if state.phase is not Phase.HELD or state.hold is None:
        raise Refusal("not_held", phase=state.phase)
    if state.stop_ms is not None or not all(pump.stopped for _, pump in state.pumps):
        raise Refusal(code_for("stop_not_confirmed", by_hand=state.advisory))
    if not state.disarmed or any(pump.pending is not None for _, pump in state.pumps):
        raise Refusal(code_for("not_disarmed", by_hand=state.advisory))


def _go_on(draft: Draft, given: inp.Resume) -> str:
    state = draft.state
    severe = state.hold is not None and state.hold.grade is Grade.SEVERE
    lifted = say("after_severe", prescriber=state.plan.rules.patient.reaction.after_severe) if severe else ""
    step = resume.target_step(state, given.choice)
    judged = None if state.gap.unknown else gap.judged_ms(state, draft.now)
    action = gap.judge(state, draft.now).action
    stretch = resume.following(state, given.choice)
    if isinstance(stretch, str):
        raise Refusal("choice", choice=given.choice, left="nothing", why=stretch)
    line.assume_flushed(draft)
    resumed = ev.Resumed(given.choice, step, judged, action, given.by, given.witness, given.reason, stretch)
    draft.emit(resumed)
    draft.clear_hold_alarms()
    draft.clear(
        "hand_more", "unlimited", "counter_broken", "volume_time_differ", "gap_running", "not_disarmed"
    )
    rest = given.choice.kind is ChoiceKind.REST_OF_STEP and state.begun
    needed = draft.state.current.solution
    switching.take_over(draft, needed)
    if draft.state.hung != needed or line_rules.stronger(draft.state) is not None:
        draft.emit(ev.PhaseEntered(Phase.AWAITING_SOLUTION, say("solution_is_next", solution=needed)))
        if not rest:
            course.begin_later(draft)
        return say("resumed_other_bag", step=step, solution=needed) + lifted
    if rest:
        draft.emit(ev.StepContinued(step))
    else:
        course.begin_step(draft, step)
    gate.settle(draft)
    if all(code.startswith("volume:") for code in draft.state.gate_shut):
        course.start_pump(draft)
    return say("resumed", choice=given.choice, step=step) + lifted


def automatic(draft: Draft, given: inp.GoAutomatic) -> str:
    """Leave manual: STOP, held, and from there by the rules."""
    if draft.state.phase is not Phase.MANUAL:
        raise Refusal("not_manual", phase=draft.state.phase)
    draft.clear("manual", "vitals_manual", "reaction_late")
    draft.emit(ev.PhaseEntered(Phase.HELD, say("came_back_from_manual")))
    draft.hold(
        HoldCause.HAND_CHANGE, say("back_from_manual_by", by=given.by, witness=given.witness), by=given.by
    )
    if draft.state.hold is not None:
        for cause in sorted(draft.state.hold.causes):
            draft.alarm(f"held_{cause}", draft.state.hold.reasons[-1])
    draft.stop(say("came_back_from_manual"))
    return say_to("back_from_manual", by_hand=draft.state.advisory)
