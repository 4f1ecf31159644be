"""Which bag belongs on which pump now (F13)."""

from __future__ import annotations

from daemon.engine.state import RunState


def wanted(state: RunState, pump: str) -> str:
    """The solution that is hung on this pump next: the first from the run's place on that it carries."""
    if pump not in dict(state.pumps):
        return ""
    due = (step.solution for step in state.plan.steps[state.step - 1 :])
    return next((solution for solution in due if state.carrier(solution) == pump), "")
