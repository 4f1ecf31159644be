"""The facts about doubtful volumes: a counter that lies, an occlusion, and what persons say of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.account import Span
from daemon.engine.doubts import CounterFault, Explanation, Settlement
from drivers.values import PumpReading


@dataclass(frozen=True, slots=True)
class CounterBroken:
    """The counter is no witness since the last readback: what left the pump lies in `bounds` (F26).

    `counted_ml` = how much its display changed, `timed` = what rate and time say for the interval.
    """

    reading: PumpReading
    bounds: Span
    why: CounterFault
    counted_ml: Decimal
    timed: Span
    asked_ms: int
    pump: str


@dataclass(frozen=True, slots=True)
class CounterExplained:
    """A named person says what the oldest leap of the counter was; `bounds` are what is left of its bounds.

    `spared_ml` = counted and for certain not given.
    """

    how: Explanation
    bounds: Span
    spared_ml: Decimal
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Occluded:
    """The pump reports an occlusion: up to `stored_ml` counted before it are in the set, not given (F14)."""

    stored_ml: Decimal
    bolus_ml: Decimal
    pump: str


@dataclass(frozen=True, slots=True)
class PressureAnswered:
    """Was the pressure released away from the patient? If not, the release bolus counts as given (F14)."""

    away: bool
    by: str


@dataclass(frozen=True, slots=True)
class StepSettled:
    """A named person decides about a step whose bounds are apart at its end: credit, or give the rest (F21).

    `missing_ml` = what it lacks by its lower bound.
    """

    step: int
    how: Settlement
    missing_ml: Decimal
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class TimeEntered:
    """Two named persons say how long ago the drug stopped, as claimed; the gap is known from now on (F20)."""

    ago_ms: int
    by: str
    witness: str


@dataclass(frozen=True, slots=True)
class PumpReplaced:
    """Two named persons put another pump in the place of the one before (F26)."""

    serial: str
    by: str
    witness: str
    pump: str


SettlingEvent = (
    CounterBroken | CounterExplained | Occluded | PressureAnswered | StepSettled | TimeEntered | PumpReplaced
)
