"""What the run still gives if it goes on whole from a step: in dose, and out of each bag (F11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from daemon.engine import course, totals
from daemon.engine.account import ZERO
from daemon.engine.state import RunState
from daemon.protocols.plan import Step


def expected_total(state: RunState, step: int, taken: Mapping[str, Decimal]) -> Decimal:
    """Cumulative dose if the run goes on whole from `step`: upper bound given plus what is planned.

    `taken`: mL per solution that are to be given before that step (F2).
    """
    total = totals.worst(state)
    total += sum((ml * state.plan.solution(bag).concentration for bag, ml in taken.items()), ZERO)
    for planned in state.plan.steps[step - 1 :]:
        concentration = state.plan.solution(planned.solution).concentration
        volume = planned.volume_ml
        if planned.until_empty:
            earlier = sum(
                (
                    s.volume_ml
                    for s in state.plan.steps[step - 1 : planned.number - 1]
                    if s.solution == planned.solution
                ),
                ZERO,
            )
            earlier += taken.get(planned.solution, ZERO)
            volume = max(course.bag_goal_ml(state, planned.number) - earlier, ZERO)
        flush = state.plan.solution(planned.solution).flush
        total += planned.dose if flush else volume * concentration
    return total


def bag_short(state: RunState, step: int, taken: Mapping[str, Decimal]) -> bool:
    """Some bag does not hold what is drawn from it before `step` and from there on (F11)."""
    following = state.plan.steps[step - 1 :]
    for solution in {planned.solution for planned in following} | taken.keys():
        drawn = [planned for planned in following if planned.solution == solution]
        needed = taken.get(solution, ZERO)
        needed += sum((planned.volume_ml for planned in drawn if not planned.until_empty), ZERO)
        needed += sum((_least_ml(state, planned) for planned in drawn if planned.until_empty), ZERO)
        if needed > state.plan.solution(solution).volume_ml - state.bag_drawn_ml(solution):
            return True
    return False


def _least_ml(state: RunState, planned: Step) -> Decimal:
    """Of a step that runs its bag empty: what may be called empty, before the next bag may follow (F30)."""
    percent = state.plan.rules.empty_from_percent
    if planned.number == len(state.plan.steps) or percent is None:
        return state.caps.limit_min_ml
    return planned.volume_ml * percent / 100
