"""What the line and the bag on it forbid: a stronger drug before a weaker one, exposure, expiry (F4, F39)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.account import ZERO
from daemon.engine.phases import OPEN
from daemon.engine.state import RunState
from daemon.engine.totals import held, strongest


def reasons(state: RunState, now: int) -> tuple[str, ...]:
    """Why nothing may be given through this line from this bag, as stable codes of the gate."""
    found = (
        ("exposure", any(step >= state.step for step in state.exposed_steps)),
        ("bag:expired", state.phase in OPEN and _expired(state, now)),
        ("line:stronger", not state.delivering and state.hung is not None and stronger(state) is not None),
    )
    return tuple(code for code, shut in found if shut)


def _expired(state: RunState, now: int) -> bool:
    return state.hung is not None and now >= state.expires_ms.get(state.hung, now + 1)


@dataclass(frozen=True, slots=True)
class Stronger:
    """The line may hold a stronger drug than the step now due may bring to the patient (F4)."""

    solution: str
    dose: Decimal
    volume_ml: Decimal
    """To be cleared away from the patient: all of the line, also behind a Y-site."""


def stronger(state: RunState) -> Stronger | None:
    """What has to be cleared away or replaced before the step now due; None = nothing.

    A flush holds no drug itself: it may push what is in the line no faster than the last dose ordered.
    """
    volume_ml = state.line.geometry.total_ml
    if not volume_ml or not _too_strong(state, strongest(state).concentration):
        return None
    line = held(state)
    return Stronger(line.strongest.solution, line.dose.high, line.volume_ml)


def _too_strong(state: RunState, concentration: Decimal) -> bool:
    plan, step = state.plan, state.current
    needed = plan.solution(step.solution)
    if not needed.flush:
        return concentration > needed.concentration
    before = [one for one in plan.steps[: step.number - 1] if not plan.solution(one.solution).flush]
    allowed = before[-1].rate_ml_h * plan.solution(before[-1].solution).concentration
    return concentration * step.rate_ml_h > allowed


def needed_ms(state: RunState, solution: str, step: int, *, rest: bool) -> int:
    """How long a bag is needed from a step, or the rest of it, to the end of the last one it gives, ms."""
    last = max((one.number for one in state.plan.steps if one.solution == solution), default=0)
    minutes = sum((one.minutes for one in state.plan.steps[step - 1 : last]), ZERO)
    given_ms = state.account.proven_ms if rest else 0
    return max(int(minutes * 60_000) - given_ms, 0)


def too_old(state: RunState, step: int, now: int, *, rest: bool) -> str:
    """A bag known to expire before its steps from here on are over; empty = none (F4)."""
    for solution, expires_ms in state.expires_ms.items():
        used = any(one.solution == solution for one in state.plan.steps[step - 1 :])
        if used and now + needed_ms(state, solution, step, rest=rest) > expires_ms:
            return solution
    return ""
