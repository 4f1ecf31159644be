"""Volume limits in slices: no command is an open promise (F5)."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import gate, settling, totals
from daemon.engine.account import MS_PER_HOUR, ZERO, volume_ml
from daemon.engine.draft import down_to_step
from daemon.engine.state import RunState
from daemon.protocols.margin import margin_ml
from daemon.protocols.rules import GateAction
from drivers.values import PumpCapabilities, PumpIdentity

STOP_LEAD_MS = 700
"""A pump is stopped this much wire time before its limit when it may not be renewed (F16)."""


def step_margin_ml(state: RunState) -> Decimal:
    """The stated margin of the present step (F18, F25)."""
    return margin_ml(state.rate_ml_h, state.caps, state.wire_factor, state.unit_ml)


def wire_ms(state: RunState, ms: int) -> int:
    """Wire time as engine time: they differ only in a simulation at speed."""
    return int(ms * state.wire_factor)


def dwell_left_ms(state: RunState, now: int) -> int:
    """What is left of an ordered dwell; 0 when none is going on."""
    rule = state.plan.rules.gate
    if state.dwell_ms is None or rule.dwell_max_min is None:
        return 0
    return max(state.dwell_ms + int(rule.dwell_max_min * 60_000) - now, 0)


def _dwell_ml(state: RunState, now: int) -> Decimal:
    return volume_ml(state.rate_ml_h, dwell_left_ms(state, now) or _dwell_ahead_ms(state))


def _dwell_ahead_ms(state: RunState) -> int:
    """Of a pump set by hand the ordered dwell is granted before: a hand sets the next rate late."""
    rule, last = state.plan.rules.gate, state.step == len(state.plan.steps)
    if not state.advisory or state.dwell_ms is not None or rule.when_closed is not GateAction.DWELL or last:
        return 0
    same_bag = state.plan.step(state.step + 1).solution == state.current.solution
    return int((rule.dwell_max_min or ZERO) * 60_000) if same_bag else 0


def rate_min_ml_h(state: RunState) -> Decimal:
    """The lowest rate the pump in charge takes."""
    return lowest_ml_h(state.caps, state.pump.identity)


def lowest_ml_h(caps: PumpCapabilities, identity: PumpIdentity | None) -> Decimal:
    """The lowest rate a pump takes: of its model, or what the device itself states."""
    stated = identity.rate_min_ml_h if identity is not None else None
    return max(caps.rate_min_ml_h, stated) if stated is not None else caps.rate_min_ml_h


def bag_left_ml(state: RunState) -> Decimal:
    """What the bag on the pump still holds for certain (upper bound of what was given, F11)."""
    solution = state.plan.solution(state.current.solution)
    return max(solution.volume_ml - state.bag_drawn_ml(solution.id), ZERO)


def remainder_ml(state: RunState) -> Decimal:
    """What the step still lacks, judged by the upper bound of what was given (F21)."""
    return max(state.goal_ml - state.step_given().high, ZERO)


def slice_ml(state: RunState, now: int) -> Decimal:
    """The limit to grant now, within unattended time, bag and total dose.

    It is the remainder plus the stated margin and one step of rounding (F38).
    """
    rate = state.rate_ml_h
    rules = state.plan.rules
    dose_left = max(rules.ceilings.max_total_dose - totals.worst_when_taken(state, now), ZERO)
    rest = remainder_ml(state) + _dwell_ml(state, now) + step_margin_ml(state)
    most = min(
        rest + state.caps.limit_step_at(rest),
        rate * rules.ceilings.unattended_max_min / 60,
        totals.volume_of(state, dose_left),
        state.caps.limit_max_ml,
    )
    if state.until_empty:
        most = min(most, max(bag_left_ml(state), state.caps.limit_step_ml))
    else:
        most = min(most, bag_left_ml(state))
    return down_to_step(most, state.caps.limit_step_at(most))


def limit_left_ml(state: RunState, now: int) -> Decimal:
    """What the pump still gives on its own: the readback or rate x time since the grant, the smaller."""
    pump = state.pump
    approved = pump.approved
    if approved is not None and approved.limit_ml is not None and pump.approved_ms >= pump.read_ms:
        return max(approved.limit_ml - volume_ml(approved.rate_ml_h, now - pump.approved_ms), ZERO)
    if pump.reading is None or pump.reading.limit_left_ml is None:
        return ZERO
    left = pump.reading.limit_left_ml - volume_ml(pump.reading.rate_ml_h, now - pump.read_ms)
    if approved is not None and approved.limit_ml is not None:
        rate = min(approved.rate_ml_h, pump.reading.rate_ml_h)
        by_time = approved.limit_ml - volume_ml(rate, now - pump.approved_ms)
        left = min(left, by_time)
    return max(left, ZERO)


def due(state: RunState, now: int) -> bool:
    """A new slice would reach further, and half of the present one is used or it is about to end."""
    approved = state.pump.approved
    if approved is None or approved.limit_ml is None:
        return False
    left = limit_left_ml(state, now)
    half, near = left <= approved.limit_ml / 2, not state.advisory and _near_end(state, left)
    if not (half or near) or over(state, now):
        return False
    granted = slice_ml(state, now)
    more, step = granted - left, state.caps.limit_step_at(granted)
    return (half and more >= 2 * step) or (near and more >= step / 2)


def over(state: RunState, now: int) -> bool:
    """One of the witnesses says more than the goal and its tolerance."""
    goal = state.goal_ml + volume_ml(state.rate_ml_h, dwell_left_ms(state, now))
    if state.dwell_ms is not None:
        goal += volume_ml(state.rate_ml_h, now - state.dwell_ms)
    tolerance = max(step_margin_ml(state), state.goal_ml / 10) + 2 * state.unit_ml
    return state.account.most(state.pump.odometer) > goal + tolerance


def ending(state: RunState, now: int) -> bool:
    """The pump is about to run into its limit; it is never left to (F16)."""
    return _near_end(state, limit_left_ml(state, now))


def _near_end(state: RunState, left_ml: Decimal) -> bool:
    return left_ml <= state.unit_ml + volume_ml(state.rate_ml_h, wire_ms(state, STOP_LEAD_MS))


def emptied(state: RunState, now: int) -> bool:
    """A bag that is to run empty has nothing more to grant: its step is over (F30)."""
    if not state.until_empty or not ending(state, now):
        return False
    unit = state.unit_ml
    lead = volume_ml(state.rate_ml_h, wire_ms(state, STOP_LEAD_MS))
    return state.goal_ml - state.step_given().low <= 2 * unit + lead


def spent(state: RunState, now: int) -> bool:
    """Bag and total dose have nothing more to grant, and the step lacks next to nothing: it is over (F11).

    The last limit is worked out from upper bounds, so a step up to the ceiling ends short by what they hold.
    """
    if not ending(state, now) or due(state, now):
        return False
    lead = volume_ml(state.rate_ml_h, wire_ms(state, STOP_LEAD_MS))
    until_taken = volume_ml(state.rate_ml_h, totals.taken_ms(state, state.pump_name))
    reach = settling.tolerance_ml(state) + state.unit_ml + lead + until_taken
    return settling.missing_ml(state) <= reach


def at_end(state: RunState, now: int) -> bool:
    """What the step is to give has been given, as far as there is any to give."""
    return full(state) or emptied(state, now) or spent(state, now)


def full(state: RunState) -> bool:
    """Lower bound within half a counter unit of the goal, and the minutes proven (F25).

    A bag that is to run empty ends at its volume alone (F30).
    """
    enough_time = state.account.proven_ms >= state.goal_ms
    if state.by_time:
        return enough_time
    short = state.goal_ml - state.step_given().low
    enough_volume = short <= state.unit_ml / 2 and not gate.differs(state)
    return enough_volume and (enough_time or state.until_empty)


def left_ms(state: RunState) -> int:
    """Time until the step is full at the present rate, by volume and by minutes, whichever is longer."""
    rate = state.rate_ml_h
    by_volume = int(max(state.goal_ml - state.step_given().low, ZERO) * MS_PER_HOUR / rate)
    return max(by_volume, state.goal_ms - state.account.proven_ms, 0)
