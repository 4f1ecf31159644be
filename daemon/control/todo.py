"""What the person at the bed should do next, in one sentence."""

from __future__ import annotations

from daemon.engine import acts, course, resume, slices
from daemon.engine.alarms import LINE_FIRST
from daemon.engine.phases import Phase
from daemon.engine.state import RunState

SOON_MS = 300_000
"""What a step will lack at its end is asked for this long before (F16)."""


def todo(state: RunState, now: int) -> str:
    """One sentence; empty when there is nothing to do but watch the patient."""
    if state.stop_awaited and state.started_ms is not None:
        return f"{LINE_FIRST} STOP sent, not yet confirmed: press STOP on the pump if this stays."
    match state.phase:
        case Phase.PLANNED | Phase.CHECKING:
            missing = acts.checklist(state, now)
            if missing:
                return "Before the start: " + "; ".join(missing) + "."
            return "Ready. Two persons start: infusiond start --by NAME --witness NAME."
        case Phase.INFUSING:
            return _infusing(state, now)
        case Phase.OBSERVING:
            return "Look at patient and pump, then: infusiond confirm running --by NAME. Or hold."
        case Phase.WAITING_GATE:
            return f"Give the gate what it lacks: {', '.join(state.gate_shut) or 'nothing'}."
        case Phase.AWAITING_SOLUTION:
            return _awaiting(state)
        case Phase.HELD:
            return f"{LINE_FIRST} {_held(state, now)}"
        case Phase.MANUAL:
            return "You drive the pump. Back to automatic with two persons, or abort."
        case Phase.AFTER_WATCH:
            left = int(state.plan.rules.after_watch_min * 60_000) - (now - state.phase_ms)
            return f"Watch the patient for {max(left, 0) // 60_000} min more."
        case Phase.COMPLETED | Phase.ABORTED:
            return f"The run is {state.phase}. Take the line down away from the patient."


def _infusing(state: RunState, now: int) -> str:
    left_ms = slices.left_ms(state)
    needs = course.needs_in(state, now, left_ms)
    if needs and left_ms <= SOON_MS:
        return f"Before the step ends: {', '.join(needs)}."
    following = state.plan.steps[state.step] if state.step < len(state.plan.steps) else None
    if following is not None and following.solution != state.current.solution:
        return f"Make solution {following.solution} ready; it is hung when this step ends."
    return ""


def _held(state: RunState, now: int) -> str:
    if course.may_be_empty(state):
        return "Is the last bag empty? Then: infusiond confirm empty --by NAME."
    if resume.options(state, now).allowed:
        return "Then resume by the rules, go to manual, or abort."
    return "No resume is allowed: go to manual, or abort."


def _awaiting(state: RunState) -> str:
    solution = state.current.solution
    if not state.pump.disarmed:
        return "Wait: the pump is being stopped and set to its lowest rate."
    if not state.line_by:
        return "Replace or clear the line away from the patient, then: infusiond confirm line --by NAME."
    if state.hung != solution:
        return (
            f"Hang solution {solution} on {state.pump_name}, "
            f"then: infusiond confirm solution --solution {solution} --by NAME."
        )
    return f"Solution {solution} hangs; the gate lacks: {', '.join(state.gate_shut) or 'nothing'}."
