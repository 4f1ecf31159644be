"""What will need a person within five minutes although nothing is wrong: work, no alarm (F16, (A) A12)."""

from __future__ import annotations

from typing import Any

from daemon.control.view_stretch import next_step
from daemon.engine import gate, slices, sources
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say

SOON_MS = 300_000
_GIVEN = (Phase.INFUSING, Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.OBSERVING)


def notices(state: RunState, now: int) -> list[dict[str, Any]]:
    """The soonest first; `in_s` until it is due, 0 = now."""
    found = [*_baseline(state, now), *_assessment(state, now), *_end(state)]
    found.sort(key=lambda one: one[1])
    return [{"id": name, "in_s": max(ms, 0) // 1000, "text": text} for name, ms, text in found]


_Notice = tuple[str, int, str]


def _end(state: RunState) -> list[_Notice]:
    """The step ends, and with it the bag or the infusion."""
    left_ms = slices.left_ms(state) if state.begun else SOON_MS + 1
    if state.phase is not Phase.INFUSING or left_ms > SOON_MS:
        return []
    following = next_step(state)
    if following is None:
        return [("infusion_ends", left_ms, say("notice_infusion_ends"))]
    solution = state.plan.step(following).solution
    if solution == state.current.solution:
        return [("step_ends", left_ms, say("notice_step_ends", step=following))]
    if state.hangs(solution):
        return [("step_ends", left_ms, say("notice_pump_takes_over", step=following, solution=solution))]
    return [("bag_ends", left_ms, say("notice_bag_ends", solution=solution))]


def _assessment(state: RunState, now: int) -> list[_Notice]:
    due = gate.assessment_due_ms(state)
    if due is None or state.phase not in _GIVEN or due - now > SOON_MS:
        return []
    return [("assessment_due", due - now, say("notice_assessment"))]


def _baseline(state: RunState, now: int) -> list[_Notice]:
    """Before the start: what relative limits will compare with has no fresh value."""
    if state.phase not in (Phase.PLANNED, Phase.CHECKING):
        return []
    rules = [rule for rule in state.plan.rules.signals if rule.baseline]
    missing = [rule.signal.value for rule in rules if not sources.fresh(state, rule, now)]
    return [("baseline_due", 0, say("notice_baseline", signals=", ".join(missing)))] if missing else []
