"""How much left the pump between two readbacks, and whether its counter can be believed (F25, F26)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine import alone, recovery
from daemon.engine.account import ZERO, Moved, Span, volume_ml
from daemon.engine.doubts import CounterFault
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpReading

_OF_ITS_OWN = {Motion.BOLUS, Motion.PROGRAM}
"""Motions whose speed nobody ordered: only the counter tells what they gave."""


@dataclass(frozen=True, slots=True)
class Leap:
    """An interval for which the counter is no witness, with what may have left the pump in it."""

    why: CounterFault
    bounds: Span
    timed: Span
    """What rate and time say, or where no clock tells the time, the pump's own limit."""


def moved(state: RunState, reading: PumpReading, now: int) -> Moved:
    """The counter's difference since the last readback beside what rate and time allow."""
    last = state.pump.reading
    if last is None:
        return Moved(ZERO, Span(ZERO, ZERO), 0)
    counted = max(reading.counter_ml - last.counter_ml, ZERO)
    elapsed = now - state.pump.read_ms
    if not state.pump.certain and not recovery.ran_on(state, reading, now):
        return Moved(counted, Span(ZERO, volume_ml(_fastest(state, reading), elapsed)), 0)
    if {last.motion, reading.motion} & _OF_ITS_OWN:
        return Moved(counted, Span(ZERO, volume_ml(state.caps.rate_max_ml_h, elapsed)), 0)
    if last.motion is Motion.STOPPED and reading.motion is Motion.STOPPED:
        high = ZERO if state.advisory else volume_ml(state.pump.may_run_ml_h, elapsed)
        return Moved(counted, Span(ZERO, high), 0)
    if last.motion is Motion.INFUSING and reading.motion is Motion.INFUSING:
        low, high = sorted((last.rate_ml_h, reading.rate_ml_h))
        proven = elapsed if _as_approved(state, low, high) else 0
        if state.advisory:  # a motor does not leap to what a hand has typed
            low = min(low, state.pump.approved.rate_ml_h if state.pump.approved is not None else ZERO)
        return Moved(counted, Span(volume_ml(low, elapsed), volume_ml(high, elapsed)), proven)
    return Moved(counted, Span(ZERO, volume_ml(_fastest(state, reading), elapsed)), 0)


def _as_approved(state: RunState, low: Decimal, high: Decimal) -> bool:
    """The rates seen are those approved or, at a change, asked for."""
    allowed = set()
    if state.pump.approved is not None:
        allowed.add(state.pump.approved.rate_ml_h)
    if state.pump.pending is not None:
        allowed.add(state.pump.pending.setting.rate_ml_h)
    return {low, high} <= allowed


def _fastest(state: RunState, reading: PumpReading) -> Decimal:
    """The highest rate that can have run since the last readback."""
    rates = [reading.rate_ml_h]
    if state.pump.reading is not None:
        rates.append(state.pump.reading.rate_ml_h)
    if state.pump.approved is not None:
        rates.append(state.pump.approved.rate_ml_h)
    if state.pump.pending is not None:
        rates.append(state.pump.pending.setting.rate_ml_h)
    return max(rates)


def leap(state: RunState, reading: PumpReading, seen: Moved, now: int) -> Leap | None:
    """Why the counter is no witness since the last readback, and what holds instead; None = it is one."""
    last = state.pump.reading
    if last is None or state.hung is None or state.phase in (Phase.COMPLETED, Phase.ABORTED):
        return None
    if another_pump(state):
        return Leap(CounterFault.OTHER_PUMP, Span(ZERO, _left_alone_ml(state, seen)), seen.timed)
    unit, slack = state.unit_ml, recovery.tolerance_ml(state, _fastest(state, reading))
    most = seen.timed.high * (1 + max(state.caps.accuracy, Decimal("0.1"))) + slack
    allowed = most + state.commissioned.bolus_allowance_ml
    timed = seen.timed
    if state.pump.untimed_ml is not None:
        timed = Span(ZERO, timed.high + state.pump.untimed_ml + unit)
        allowed += timed.high
    if state.pump.untimed_ml is not None and _may_have_fallen(state, reading, slack):
        unbelieved = Span(ZERO, allowed + reading.counter_ml + unit)
        return Leap(CounterFault.FELL, unbelieved, unbelieved)
    if reading.counter_ml < last.counter_ml:
        elapsed = now - state.pump.read_ms
        possible = volume_ml(state.caps.rate_max_ml_h, elapsed) + slack
        since_zero = min(reading.counter_ml + unit, possible)
        return Leap(CounterFault.FELL, Span(ZERO, allowed + since_zero), timed)
    if seen.counter_ml <= most:
        return None
    stood = last.motion is Motion.STOPPED and reading.motion is Motion.STOPPED
    why = CounterFault.STANDING if stood else CounterFault.JUMPED
    return Leap(why, Span(ZERO, max(seen.counter_ml + unit, allowed)), timed)


def _may_have_fallen(state: RunState, reading: PumpReading, slack: Decimal) -> bool:
    """After a time no clock tells: it shows less, or its limit says that more flowed than counted (F20)."""
    last, most = state.pump.reading, state.pump.untimed_ml
    if last is None or most is None:
        return False
    counted = reading.counter_ml - last.counter_ml
    may_have_run = last.motion is not Motion.STOPPED or state.pump.may_run_ml_h > 0
    unseen = most - (reading.limit_left_ml or ZERO) - counted
    return counted < 0 or (may_have_run and unseen > slack)


def another_pump(state: RunState) -> bool:
    """The pump that answers now is not the one that gave the last reading."""
    identity, before = state.pump.identity, state.pump.read_serial
    return identity is not None and bool(before) and identity.serial != before


def _left_alone_ml(state: RunState, seen: Moved) -> Decimal:
    """What the pump before may still have given on its own: at most its own limit, which nobody renews."""
    limit = alone.limit_ml(state)
    left = max(seen.timed.high * 2 if limit is None else limit, state.pump.untimed_ml or ZERO)
    return left + state.unit_ml + state.commissioned.bolus_allowance_ml
