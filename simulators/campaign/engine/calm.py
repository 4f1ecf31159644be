"""How long nothing can matter at a bed: until the next look at it, ms (the scheduler's business alone)."""

from __future__ import annotations

from daemon.engine import slices
from daemon.engine.account import MS_PER_HOUR
from daemon.engine.phases import Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.state import RunState
from simulators.campaign.engine.channel import ChannelSim

STEADY = frozenset(Phase) - {Phase.PLANNED, Phase.CHECKING, Phase.SWITCHING}
DRIVEN = frozenset({Phase.INFUSING, Phase.OBSERVING})
SOONEST_MS = 300
NEAR_UNITS = 2
READS_A_UNIT = 10
LEAD_MS = 1_000
"""The bed is looked at so long before a slice or a step ends."""


def steady(state: RunState) -> bool:
    """No dwell, no delivery that is only about to begin: the engine waits for time or for somebody."""
    if state.phase not in STEADY or state.dwell_ms is not None:
        return False
    return state.phase is not Phase.INFUSING or (state.running and state.pump.linked)


def quiet(pump: PumpView, channel: ChannelSim) -> bool:
    """The channel has nothing to do but read; or nothing but to wait for a cable, which it has said."""
    if not channel.link_up:
        return channel.told_long and channel.order is None
    idle = pump.pending is None and pump.stop_ms is None and channel.stop_since is None
    return idle and channel.connected and channel.order is None and not channel.misses


def free_ms(state: RunState, now: int, most_ms: int) -> int:
    """Until the next slice is due or the end of the step comes near; `most_ms` at the most.

    Near its end the counter is read ten times a unit: so it is known where in its unit it stands.
    """
    approved, reading = state.pump.approved, state.pump.reading
    if state.phase not in DRIVEN or reading is None or not reading.rate_ml_h:
        return most_ms
    unit_ms = int(state.unit_ml * MS_PER_HOUR / reading.rate_ml_h)
    near_ms = slices.left_ms(state) - NEAR_UNITS * unit_ms
    if near_ms <= 0 or approved is None or approved.limit_ml is None:
        return min(most_ms, max(unit_ms // READS_A_UNIT, SOONEST_MS))
    left_ml = slices.limit_left_ml(state, now)
    half_ml = left_ml - approved.limit_ml / 2
    limit_ms = int((half_ml if half_ml > 0 else left_ml) * MS_PER_HOUR / approved.rate_ml_h) - LEAD_MS
    return min(most_ms, max(min(limit_ms, near_ms), SOONEST_MS))


def renewable(state: RunState, now: int) -> bool:
    """Half of the slice is used: whatever is decided now goes by what the pump says now."""
    approved = state.pump.approved
    if state.phase not in DRIVEN or approved is None or approved.limit_ml is None:
        return False
    return 2 * slices.limit_left_ml(state, now) <= approved.limit_ml
