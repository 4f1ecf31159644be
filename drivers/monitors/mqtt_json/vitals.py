"""Published values in our signals and units: converted once, fresh only with a time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from drivers.plausible import PLAUSIBLE
from drivers.published import Place
from drivers.values import Measurement, Signal, Validity

AHEAD_S = Decimal(2)
"""A time further ahead of our clock than this is no time: one of the two clocks is wrong."""
EPOCH_MS = Decimal(10) ** 11
"""A number of seconds since 1970 above this can only be milliseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HUGE = Decimal(10) ** 9
_KPA = Decimal("7.50062")
_RATE = dict.fromkeys(("1/min", "/min", "bpm", "{beats}/min", "{breaths}/min"), Decimal(1))
_PRESSURE = {"mmHg": Decimal(1), "mm[Hg]": Decimal(1), "kPa": _KPA}
FACTORS: Mapping[Signal, Mapping[str, Decimal]] = {
    Signal.HR: _RATE,
    Signal.PULSE: _RATE,
    Signal.RR: _RATE,
    Signal.SPO2: {"%": Decimal(1), "1": Decimal(100)},
    Signal.NIBP_SYS: _PRESSURE,
    Signal.NIBP_DIA: _PRESSURE,
    Signal.NIBP_MEAN: _PRESSURE,
    Signal.ETCO2: _PRESSURE,
    Signal.TEMP: dict.fromkeys(("degC", "°C", "Cel"), Decimal(1)),
}
"""Units of each signal and what to multiply by; Fahrenheit and kelvin are shifted as well."""
_FAHRENHEIT = ("degF", "°F", "[degF]")
_STEP = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Published:
    """One signal of a message, and its time: None = it has none that can be read."""

    measurement: Measurement
    at: datetime | None


def published(
    signal: Signal, place: Place, content: Mapping[str, Any], now: datetime | None, *, retained: bool
) -> Published:
    """What a message says of a signal, at `now` by our clock; None = we have none, and nothing is fresh."""
    at = time_of(_at(content, place.time))
    raw = _at(content, place.value)
    if raw is None:
        return Published(Measurement(None, Validity.INACTIVE), at)
    if place.valid is not None and _word(_at(content, place.valid)) not in place.good:
        return Published(Measurement(None, Validity.INVALID), at)
    unit = place.unit_is if place.unit_is is not None else _at(content, place.unit)
    value = in_our_unit(signal, raw, unit)
    if value is None:
        return Published(Measurement(None, Validity.INVALID), at)
    low, high = PLAUSIBLE[signal]
    if not low <= value <= high:
        return Published(Measurement(None, Validity.IMPLAUSIBLE), at)
    age_s = _age_s(at, now)
    if retained or age_s is None or age_s < -AHEAD_S:
        return Published(Measurement(value, Validity.QUESTIONABLE, measured=False), at)
    return Published(Measurement(value, Validity.VALID, age_s=max(Decimal(0), age_s)), at)


def in_our_unit(signal: Signal, raw: object, unit: object) -> Decimal | None:
    """The number in the unit of the signal, to a tenth; None if it is no number or of no such unit."""
    if not isinstance(raw, Decimal) or not raw.is_finite() or abs(raw) > _HUGE or not isinstance(unit, str):
        return None
    if signal is Signal.TEMP and unit in _FAHRENHEIT:
        value = (raw - 32) * 5 / 9
    elif signal is Signal.TEMP and unit == "K":
        value = raw - Decimal("273.15")
    elif unit in FACTORS[signal]:
        factor = FACTORS[signal][unit]
        if factor == 1:
            return raw
        value = raw * factor
    else:
        return None
    return value.quantize(_STEP, ROUND_HALF_EVEN)


def time_of(raw: object) -> datetime | None:
    """ISO 8601 with a zone, or seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(raw, Decimal):
            seconds = raw / 1000 if abs(raw) > EPOCH_MS else raw
            return _EPOCH + timedelta(milliseconds=int(seconds * 1000))
        if isinstance(raw, str):
            at = datetime.fromisoformat(raw)
            return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError, ArithmeticError):
        return None
    return None


def _age_s(at: datetime | None, now: datetime | None) -> Decimal | None:
    if at is None or now is None:
        return None
    return Decimal((now - at) // timedelta(milliseconds=1)) / 1000


def _at(content: Mapping[str, Any], keys: str) -> object:
    """What stands at `a.b`; None if there is nothing."""
    found: object = content
    for key in keys.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _word(raw: object) -> str:
    return str(raw).lower() if isinstance(raw, bool) else str(raw)
