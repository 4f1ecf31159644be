"""A pump that is only watched (F27): which model may be, and what is said of one that runs. Pure.

A cycle reads rate, limit and motion one after the other, not at one moment: a new rate may stand beside
the old limit. More than told is believed at once; less, or another limit alone, after two cycles.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from drivers.values import Motion, PumpCapabilities, PumpReading, PumpSetting

TWO_CYCLES_MAX_S = Decimal(15)
"""A pump whose two complete cycles take longer is refused even as advisory (F27)."""
CYCLES = 2


class Level(StrEnum):
    """How urgent it is."""

    HIGH = "high"
    MEDIUM = "medium"


@dataclass(frozen=True, slots=True)
class Said:
    """What the nurse reads."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What the running pump is judged by."""

    told: PumpSetting | None
    allowed: bool
    """START was allowed: its setting had been read back."""
    off: int
    """Cycles in a row that showed it running on less, or with another limit."""


def refusal(caps: PumpCapabilities) -> str:
    """Why this model is not even watched; empty if it is."""
    if CYCLES * caps.cycle_s <= TWO_CYCLES_MAX_S:
        return ""
    return (
        f"two complete readings of {caps.model} take {CYCLES * caps.cycle_s} s: "
        f"more than the {TWO_CYCLES_MAX_S} s in which a wrong setting has to be seen (F27)"
    )


def judge(watch: Watch, reading: PumpReading, stored: PumpSetting) -> tuple[int, Said | None]:
    """What one complete cycle of a running pump leads to: the cycles that are off now, and what is said.

    None = nothing. `stored` is rate and limit as they are set.
    """
    told = watch.told
    if told is None:
        return watch.off, Said(Level.HIGH, "STOP THE PUMP BY HAND: nobody was told to start it")
    rate = max(reading.rate_ml_h, stored.rate_ml_h)
    wrong = ""
    if reading.motion is not Motion.INFUSING:
        wrong = f"{reading.motion} was not told"
    elif stored.limit_ml is None or reading.limit_left_ml is None:
        wrong = "it runs without a volume limit"
    elif rate > told.rate_ml_h:
        wrong = f"it runs at {rate} mL/h, told was {told.rate_ml_h} mL/h"
    elif not watch.allowed:
        wrong = "it was started before its setting was read back"
    if wrong:
        return watch.off, Said(Level.HIGH, f"STOP THE PUMP: {wrong}")
    if rate == told.rate_ml_h and stored.limit_ml == told.limit_ml:
        return 0, None
    off = min(watch.off + 1, CYCLES)
    return off, Said(Level.MEDIUM, _differs(stored, told)) if off == CYCLES else None


def _differs(shown: PumpSetting, told: PumpSetting) -> str:
    return (
        f"set {told.rate_ml_h} mL/h, volume limit {told.limit_ml} mL, at its end: stop; "
        f"the pump shows {shown.rate_ml_h} mL/h, {shown.limit_ml} mL"
    )
