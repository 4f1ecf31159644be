"""What the person at the bed should do next, in one sentence."""

from __future__ import annotations

from daemon.control import doubts, view_hand
from daemon.control.view_stretch import next_step
from daemon.engine import announcing, course, line_rules, reactions, resume, slices, totals
from daemon.engine.acts.checklist import checklist
from daemon.engine.alarms import LINE_FIRST
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say, say_to

SOON_MS = 300_000
"""What a step will lack at its end is asked for this long before (F16)."""


def todo(state: RunState, now: int) -> str:
    """One sentence; empty when there is nothing to do but watch the patient."""
    if state.stop_awaited and state.started_ms is not None:
        return f"{LINE_FIRST} {say_to('todo_stop', by_hand=state.advisory)}"
    by_hand = view_hand.todo(state) if state.advisory else ""
    if by_hand:
        return by_hand
    match state.phase:
        case Phase.PLANNED | Phase.CHECKING:
            missing = checklist(state, now)
            return say("todo_before_start", missing="; ".join(missing)) if missing else say("todo_ready")
        case Phase.INFUSING:
            return _infusing(state, now)
        case Phase.OBSERVING:
            return say_to("todo_observing", by_hand=state.advisory)
        case Phase.WAITING_GATE:
            return doubts.todo(state) or say("todo_gate", gate=_gate(state))
        case Phase.AWAITING_SOLUTION:
            return _awaiting(state)
        case Phase.SWITCHING:
            return say("todo_switching", pump=state.carrier(state.current.solution))
        case Phase.HELD:
            return f"{LINE_FIRST} {_held(state, now)}"
        case Phase.MANUAL:
            return say("todo_manual")
        case Phase.AFTER_WATCH:
            left = reactions.watch_until_ms(state) - now
            return say("todo_watch", minutes=max(left, 0) // 60_000)
        case Phase.COMPLETED | Phase.ABORTED:
            return f"{_flush(state)} {say('todo_over', phase=state.phase)}".strip()


def _gate(state: RunState) -> str:
    return ", ".join(state.gate_shut) or "nothing"


def _infusing(state: RunState, now: int) -> str:
    left_ms = slices.left_ms(state)
    needs = announcing.needs_in(state, now, left_ms)
    if needs and left_ms <= SOON_MS:
        return say("todo_step_end", needs=", ".join(needs))
    following = next_step(state)
    if following is None or state.plan.step(following).solution == state.current.solution:
        return ""
    solution = state.plan.step(following).solution
    if not state.hangs(solution):
        return say("todo_bag_ready", solution=solution)
    return ""


def _held(state: RunState, now: int) -> str:
    if state.started_ms is None and resume.options(state, now).allowed:
        return say("todo_check_again")
    if course.may_be_empty(state):
        return " ".join(part for part in (doubts.todo(state), say("todo_empty")) if part)
    doubt = " ".join(part for part in (_flush(state), doubts.todo(state)) if part)
    if doubt:
        return f"{doubt} {say('todo_then')}"
    return say("todo_resume") if resume.options(state, now).allowed else say("todo_no_resume")


def _flush(state: RunState) -> str:
    held = totals.held(state)
    if not state.line.asked or not held.dose.high:
        return ""
    return say("todo_flush", dose=f"{held.dose.high:.3f}", unit=state.plan.dose_unit)


def _awaiting(state: RunState) -> str:
    solution = state.current.solution
    pump = state.carrier(solution)
    if not state.disarmed:
        return say_to("todo_wait_disarm", by_hand=state.advisory)
    rest = line_rules.stronger(state)
    if rest is not None:
        return say("todo_line_stronger", holds=rest.solution, needed=solution, ml=rest.volume_ml)
    if not state.line_by:
        return say("todo_line_valves" if state.others else "todo_line")
    if not state.hangs(solution):
        return say("todo_hang", solution=solution, pump=pump)
    if state.bedside.patient_due:
        return say("todo_patient")
    return say("todo_gate_of_bag", solution=solution, gate=_gate(state))
