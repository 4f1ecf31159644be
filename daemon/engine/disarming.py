"""A pump that stands and is not about to be started is disarmed (F6)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import slices
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpSetting

DISARM_AGAIN_MS = 2_000
"""A refused disarm is tried again after this much wire time (DIANET: keys settle for 2.0 s)."""
UNSENT_MS = 1_000
"""After an order that could not be sent the next one waits this much wire time, ten times it at the most."""


def just_withdrawn(state: RunState, now: int) -> bool:
    """An order was found unsent so short a time ago that none is given yet."""
    at = state.pump.withdrawn_ms
    return at is not None and now - at < slices.wire_ms(state, UNSENT_MS) * min(state.pump.unsent, 10)


_DISARMED = OPEN - {Phase.INFUSING, Phase.OBSERVING, Phase.MANUAL} | {Phase.AFTER_WATCH}


def settle(draft: Draft) -> None:
    """A pump verified stopped and not about to be started gets its lowest rate and limit (F6)."""
    state, pump = draft.state, draft.state.pump
    if state.advisory or state.phase not in _DISARMED:
        return
    if not pump.linked or not pump.stopped or pump.stop_ms is not None:
        return
    if pump.disarmed or pump.pending is not None or pump.reading is None or not pump.reading.remote:
        return
    if not pump.certain or just_withdrawn(state, draft.now):
        return
    if pump.reading.motion is not Motion.STOPPED:
        return
    if pump.failures and draft.now - pump.pending_ms < slices.wire_ms(state, DISARM_AGAIN_MS):
        return
    draft.order(ev.OrderKind.DISARM, disarmed(state))


def disarmed(state: RunState) -> PumpSetting:
    """The lowest rate and the smallest limit the pump takes."""
    return PumpSetting(slices.rate_min_ml_h(state), state.caps.limit_min_ml)
