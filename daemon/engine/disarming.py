"""A pump verified stopped and not about to be started gets its lowest rate and smallest limit (F6)."""

from __future__ import annotations

from daemon.engine import beside, slices
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.standing import of
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.values import Motion, PumpSetting

AGAIN_MS = 2_000
"""A refused disarm is tried again after this much wire time (DIANET: keys settle for 2.0 s)."""
UNSENT_MS = 1_000
"""After an order that could not be sent the next one waits this much wire time, ten times it at the most."""

_IN_CHARGE = OPEN - {Phase.INFUSING, Phase.OBSERVING, Phase.MANUAL} | {Phase.AFTER_WATCH}
_BESIDE = _IN_CHARGE | {Phase.INFUSING}


def settle(draft: Draft) -> None:
    """Disarm what stands and is armed, each pump by itself."""
    for name, _ in draft.state.pumps:
        _settle(draft, name)


def _settle(draft: Draft, name: str) -> None:
    state, pump = draft.state, draft.state.view(name)
    if state.advisory:
        return
    phases = _IN_CHARGE if name == state.pump_name else _BESIDE
    if state.phase not in phases or not pump.linked or not pump.stopped or pump.stop_ms is not None:
        return
    again = pump.disarmed and rearmed(state, name)
    if pump.disarmed and not again:
        return
    if pump.pending is not None or pump.reading is None or not pump.reading.remote:
        return
    if not pump.certain or just_withdrawn(state, pump, draft.now) or _about_to_start(state, name):
        return
    if pump.reading.motion is not Motion.STOPPED:
        return
    if pump.failures and draft.now - pump.pending_ms < slices.wire_ms(state, AGAIN_MS):
        return
    if again:
        draft.alarm("not_disarmed", of(state, name, say("rearmed", limit_left_ml=pump.reading.limit_left_ml)))
    draft.order(ev.OrderKind.DISARM, disarmed(state, name), pump=name)


def rearmed(state: RunState, name: str) -> bool:
    """In a run a hand has given a disarmed pump a larger volume limit than it took, or none (F6, F7)."""
    pump = state.view(name)
    if state.started_ms is None or pump.reading is None or pump.least_left_ml is None:
        return False
    left_ml = pump.reading.limit_left_ml
    return left_ml is None or left_ml > max(pump.least_left_ml, state.fit(name).caps.limit_min_ml)


def armed(state: RunState) -> bool:
    """A pump that stands and answers still holds what it was set to, and is to be disarmed (F6)."""
    if state.advisory or state.phase not in _IN_CHARGE:
        return False
    standing = [pump.reading for _, pump in state.pumps if pump.linked and pump.stopped and not pump.disarmed]
    return any(reading is not None and reading.remote for reading in standing)


def _about_to_start(state: RunState, name: str) -> bool:
    """It is programmed and takes over as soon as the one before stands (F23)."""
    if state.view(name).programmed is None or name != beside.coming(state):
        return False
    at_the_end = state.phase is Phase.INFUSING and slices.full(state) and not state.gate_shut
    return at_the_end or state.phase is Phase.SWITCHING


def just_withdrawn(state: RunState, pump: PumpView, now: int) -> bool:
    """An order to it could not be sent a moment ago."""
    at = pump.withdrawn_ms
    return at is not None and now - at < slices.wire_ms(state, UNSENT_MS) * min(pump.unsent, 10)


def disarmed(state: RunState, name: str) -> PumpSetting:
    """The lowest rate and the smallest limit a pump takes."""
    caps = state.fit(name).caps
    return PumpSetting(slices.lowest_ml_h(caps, state.view(name).identity), caps.limit_min_ml)
