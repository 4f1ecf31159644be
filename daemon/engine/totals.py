"""What was given in all, by the worse of two accounts: what left the pump, what reached the patient (F39)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.account import ZERO, Span, volume_ml
from daemon.engine.state import RunState
from daemon.engine.tube import Fluid

TAKEN_S = 3
"""Wire time, beside two answers, until a setting ordered now has passed the guard and the pump has it."""


def exposure(state: RunState) -> Span:
    """Bounds of the dose that reached the patient in this run, in the plan's dose unit."""
    low, high = state.line.books(state.pump.odometer, state.caps.accuracy)
    return Span(max(low.reached, ZERO), high.reached)


def exposure_by(state: RunState, now: int) -> Span:
    """The same at this moment: as last read, plus what may have flowed since."""
    low, high = state.line.books(state.pump.odometer, state.caps.accuracy)
    since = state.since_ml(now)
    if state.line.hung is not None:
        high = high.pushed(state.line.hung, state.pump.since_ml(now, state.caps.accuracy))
    beside = sum((ml * _strongest(state) for hung, ml in since.items() if hung != state.hung), ZERO)
    return Span(max(low.reached, ZERO), high.reached + beside)


def _strongest(state: RunState) -> Decimal:
    """What a pump that is not in charge may push to the patient is at most the strongest drug there is."""
    return max(solution.concentration for solution in state.plan.solutions)


def worst(state: RunState) -> Decimal:
    """The most that may have been given, earlier linked runs included (F11)."""
    return state.linked.high + max(state.dose_given().high, exposure(state).high)


def worst_when_taken(state: RunState, now: int) -> Decimal:
    """The same by the time a running pump has a limit that is ordered now: until then it gives (F11).

    One that is set by hand gives at most what it has before a hand sets it anew.
    """
    coming = sum((_until_taken(state, name) for name, pump in state.pumps if pump.delivers), ZERO)
    given = max(state.dose_by(now).high, exposure_by(state, now).high)
    return state.linked.high + given + coming


def taken_ms(state: RunState, name: str) -> int:
    """Engine time until a setting that is ordered now has passed the guard and the pump has it."""
    return int((TAKEN_S + 2 * state.fit(name).caps.reply_limit_s) * 1000 * state.wire_factor)


def _until_taken(state: RunState, name: str) -> Decimal:
    reading, hung = state.view(name).reading, state.hung_on(name)
    if reading is None or hung is None:
        return ZERO
    flows = volume_ml(reading.rate_ml_h, taken_ms(state, name))
    before = (reading.limit_left_ml or ZERO) if state.advisory else flows
    return before * state.plan.solution(hung).concentration


@dataclass(frozen=True)
class Held:
    """What the line holds: its volume, bounds of the dose, the strongest fluid that may be in it."""

    volume_ml: Decimal
    dose: Span
    strongest: Fluid
    dry_ml: Decimal
    """How much without drug may come first."""


def strongest(state: RunState) -> Fluid:
    """The strongest fluid that may be in the line now, before anybody says that it was flushed."""
    line = state.line
    return line.may_hold(state.pump.odometer, state.caps.accuracy).strongest(line.geometry.total_ml)


def held(state: RunState) -> Held:
    """What the line holds now, before anybody says that it was flushed."""
    odometer, accuracy, volume_ml = state.pump.odometer, state.caps.accuracy, state.line.geometry.total_ml
    tubes, most = state.line.content(odometer, accuracy), state.line.may_hold(odometer, accuracy)
    least = min(tube.dose for tube in tubes)
    return Held(
        volume_ml,
        Span(least, max(most.dose(volume_ml), least)),
        most.strongest(volume_ml),
        max(tube.dry_ml for tube in tubes),
    )


def volume_of(state: RunState, dose: Decimal) -> Decimal:
    """How many mL of the solution due now hold a dose; of a flush, as many as drive out no more."""
    solution = state.plan.solution(state.current.solution)
    strongest = solution.concentration
    if solution.flush:
        line = held(state)
        strongest = line.strongest.concentration if line.dose.high > dose else ZERO
    return dose / strongest if strongest else state.caps.limit_max_ml
