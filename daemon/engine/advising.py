"""A pump that is only watched (F27): what the nurse is told, and what is said of what she did. Pure.

A cycle reads rate, limit and motion one after the other, not at one moment: a new rate may stand beside
the old limit. More than told is believed at once; less, or another limit alone, after two cycles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading, PumpSetting

TWO_CYCLES_MAX_S = Decimal(15)
"""A pump whose two complete cycles take longer is refused even as advisory (F27)."""
CYCLES = 2
STOP_BY_HAND = "STOP THE PUMP BY HAND"


class Level(StrEnum):
    """How urgent it is."""

    HIGH = "high"
    MEDIUM = "medium"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Said:
    """What the nurse reads; ADVICE is no alarm."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """One complete readout, begun and ended; `stored` is rate and limit as they are set."""

    reading: PumpReading
    stored: PumpSetting
    began_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What was told, and what was seen since."""

    told: PumpSetting | None = None
    held: bool = False
    started: bool = False
    """START was allowed for this stretch of running, or for the next."""
    used: bool = False
    """What was told has been started with: after a stop it is told anew, or what has run is granted twice."""
    right: int = 0
    """Cycles in a row that showed it standing and set as told."""
    off: int = 0
    """Cycles in a row that showed it running on less, or with another limit."""
    delivered_ms: int | None = None
    """When the last cycle that saw delivery began: the last proof of delivery (F19)."""
    stopped_ms: int | None = None
    """When the first cycle that saw it standing ended; dose counts until then."""
    counter_ml: Decimal | None = None

    @property
    def gap_from_ms(self) -> int | None:
        """Where the gap begins; None until the pump is seen stopped, whatever was announced."""
        return None if self.stopped_ms is None else self.delivered_ms


def refusal(caps: PumpCapabilities) -> str:
    """Why this model is not even watched; empty if it is."""
    if CYCLES * caps.cycle_s <= TWO_CYCLES_MAX_S:
        return ""
    return (
        f"two complete readings of {caps.model} take {CYCLES * caps.cycle_s} s: "
        f"more than the {TWO_CYCLES_MAX_S} s in which a wrong setting has to be seen (F27)"
    )


def tell(watch: Watch, setting: PumpSetting, unattended_max_min: Decimal, caps: PumpCapabilities) -> Watch:
    """Tell a rate and a limit within the unattended time; it is read back before START is allowed."""
    most = setting.rate_ml_h * unattended_max_min / 60
    limit = most if setting.limit_ml is None else min(setting.limit_ml, most)
    step = caps.limit_step_at(limit)
    limit = (limit / step).to_integral_value(ROUND_DOWN) * step
    running = watch.stopped_ms is None and watch.started
    return replace(
        watch, told=replace(setting, limit_ml=limit), held=False, started=running, used=False, right=0, off=0
    )


def hold(watch: Watch) -> Watch:
    """Nothing stops this pump but a hand; dose counts on until it is seen standing."""
    return replace(watch, told=None, held=True, started=False, used=False, right=0, off=0)


def judge(watch: Watch, cycle: Cycle) -> tuple[Watch, Said | None]:
    """What a complete cycle leads to; None = nothing to say."""
    reading, stood = cycle.reading, watch.stopped_ms is not None
    moving = reading.motion is not Motion.STOPPED or PumpAlarm.KVO_RUNNING in reading.alarms
    moving = moving or (stood and watch.counter_ml != reading.counter_ml)
    watch = replace(watch, counter_ml=reading.counter_ml)
    if moving:
        used = watch.used or stood
        return _running(
            replace(watch, delivered_ms=cycle.began_ms, stopped_ms=None, right=0, used=used), cycle
        )
    told = None if watch.used and not stood else watch.told
    if not stood:
        watch = replace(watch, told=told, started=False, used=False, stopped_ms=cycle.at_ms, off=0)
    if told is None:
        return watch, None
    right = watch.right + 1 if cycle.stored == told else 0
    watch = replace(watch, right=right, started=right >= CYCLES)
    if watch.started:
        return watch, Said(Level.ADVICE, "rate and volume limit are right: press START")
    return watch, Said(Level.ADVICE, f"{_differs(cycle.stored, told)}; do not press START yet")


def _running(watch: Watch, cycle: Cycle) -> tuple[Watch, Said | None]:
    told, shown = watch.told, cycle.stored
    rate = max(cycle.reading.rate_ml_h, shown.rate_ml_h)
    if told is None:
        why = "the run is held" if watch.held else "nobody was told to start it"
        return watch, Said(Level.HIGH, f"{STOP_BY_HAND}: {why}")
    wrong = ""
    if cycle.reading.motion not in {Motion.INFUSING, Motion.STOPPED}:
        wrong = f"{cycle.reading.motion} was not told"
    elif shown.limit_ml is None or cycle.reading.limit_left_ml is None:
        wrong = "it runs without a volume limit"
    elif rate > told.rate_ml_h:
        wrong = f"it runs at {rate} mL/h, told was {told.rate_ml_h} mL/h"
    elif not watch.started:
        wrong = "it was started before its setting was read back"
    if wrong:
        return watch, Said(Level.HIGH, f"STOP THE PUMP: {wrong}")
    if rate == told.rate_ml_h and shown.limit_ml == told.limit_ml:
        return replace(watch, off=0), None
    watch = replace(watch, off=watch.off + 1)
    return watch, Said(Level.MEDIUM, _differs(shown, told)) if watch.off >= CYCLES else None


def _differs(shown: PumpSetting, told: PumpSetting) -> str:
    return (
        f"set {told.rate_ml_h} mL/h, volume limit {told.limit_ml} mL, at its end: stop; "
        f"the pump shows {shown.rate_ml_h} mL/h, {shown.limit_ml} mL"
    )
