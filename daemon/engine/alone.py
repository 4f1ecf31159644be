"""What a pump may give on its own before it is read again: its limit, which nobody renews (F5, F20, F26)."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine.account import ZERO
from daemon.engine.state import RunState


def limit_ml(state: RunState) -> Decimal | None:
    """The largest limit it may run to: as last read, as set since, or on its way; None = it has none."""
    pump = state.pump
    limits = [] if pump.reading is None else [pump.reading.limit_left_ml]
    if pump.approved is not None and pump.approved_ms >= pump.read_ms:
        limits.append(pump.approved.limit_ml)
    if pump.pending is not None:
        limits.append(pump.pending.setting.limit_ml)
    known = [limit for limit in limits if limit is not None]
    return max(known, default=ZERO) if len(known) == len(limits) else None


def untimed_ml(state: RunState) -> Decimal:
    """What it may have given by the time it is read again, where no clock tells that time (F20)."""
    limit, solution = limit_ml(state), state.hung_solution()
    if limit is None:
        bag = ZERO if solution is None else solution.volume_ml - state.bag_given(solution.id).low
        limit = max(bag, ZERO)
    return max(limit, state.pump.untimed_ml or ZERO)
