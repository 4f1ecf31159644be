"""What the gate at the end of a step will lack, said before (F16)."""

from __future__ import annotations

from daemon.engine import gate, slices, sources
from daemon.engine.account import MS_PER_HOUR
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from daemon.engine.texts import say

_ANNOUNCED = (("gate_needs", 5 * 60_000), ("gate_needs_now", 2 * 60_000))
_SETTLES_MS = 30_000
_FIRST_MS = _ANNOUNCED[0][1]


def announce(draft: Draft) -> None:
    """What the gate at the end of this step will lack, 5 and 2 minutes before (F16)."""
    state = draft.state
    left = slices.left_ms(state)
    if left > _FIRST_MS and not any(alarm in state.alarms for alarm, _ in _ANNOUNCED):
        return
    needs = needs_in(state, draft.now, left)
    over = not needs_in(state, draft.now, left + _unsure_ms(state))
    for alarm, ahead in _ANNOUNCED:
        if needs and left <= ahead:
            draft.alarm(alarm, ", ".join(needs))
        elif over:
            draft.clear(alarm)


def _unsure_ms(state: RunState) -> int:
    """How far the foreseen end may move with the next units of the counter: no need comes and goes by it."""
    return int(2 * state.unit_ml * MS_PER_HOUR / state.rate_ml_h) + _SETTLES_MS


def needs_in(state: RunState, now: int, left_ms: int) -> tuple[str, ...]:
    """What will be too old in `left_ms`, unless it is measured or done again before."""
    needs = []
    due = gate.assessment_due_ms(state)
    if due is not None and now + left_ms >= due:
        needs.append(say("needs_assessment"))
    slow_s = _FIRST_MS // 1000
    needs += [
        say("needs_measurement", signal=rule.signal)
        for rule in state.plan.rules.signals
        if not sources.lasts(state, rule, now, left_ms, slow_s)
    ]
    return tuple(needs)
