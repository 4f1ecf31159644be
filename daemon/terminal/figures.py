"""Numbers and times as a person reads them; bounds are rounded outwards, so that they still hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from daemon.exact_json import plain

UNKNOWN = "unknown"
DASH = "\N{EN DASH}"
_MOST_PLACES = 6
_DIGITS = 4


def number(value: object) -> Decimal | None:
    """A JSON number as Decimal; None stays None."""
    return None if value is None else Decimal(str(value))


def sure(value: object) -> Decimal:
    """A JSON number that is always there, as Decimal."""
    return Decimal(str(value))


def exact(value: object) -> str:
    """The number in full, or `unknown`."""
    found = number(value)
    return UNKNOWN if found is None else plain(found)


def about(value: object) -> str:
    """At least four digits of the number; `≈` in front where that is not all of it."""
    found = number(value)
    if found is None:
        return UNKNOWN
    places = max(_DIGITS - 1 - found.adjusted(), 0)
    rounded = found.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return plain(found) if rounded == found else f"≈{plain(rounded)}"


def places_of(low: Decimal, high: Decimal) -> int:
    """Decimal places at which the distance between two bounds still shows."""
    return min(max(-(high - low).adjusted(), 0), _MOST_PLACES) if high > low else _MOST_PLACES


def middle(low: Decimal, high: Decimal) -> str:
    """The middle of two bounds, with as many places as they allow."""
    if low == high and len(plain(low).partition(".")[2]) <= _MOST_PLACES:
        return plain(low)
    return _placed((low + high) / 2, places_of(low, high), ROUND_HALF_EVEN)


def between(low: Decimal, high: Decimal, places: int | None = None) -> str:
    """Both bounds, the lower bound rounded down and the upper up."""
    places = places_of(low, high) if places is None else places
    return f"{_placed(low, places, ROUND_FLOOR)}{DASH}{_placed(high, places, ROUND_CEILING)}"


def with_bounds(low: Decimal, high: Decimal, unit: str) -> str:
    """The middle of two bounds with its unit, and the bounds."""
    if low == high:
        return f"{middle(low, high)} {unit}"
    return f"{middle(low, high)} {unit} ({between(low, high)})"


def _placed(value: Decimal, places: int, rounding: str) -> str:
    return format(value.quantize(Decimal(1).scaleb(-places), rounding=rounding), "f")


def lasting(seconds: int | None) -> str:
    """`58 s`, `12 min`, `2:54 h`, rounded down; `unknown` for None."""
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02} h"


def clock_of(utc: str, back_s: int = 0) -> str:
    """Local time of day, hh:mm:ss, of a UTC record; `back_s` seconds before it."""
    return time_of_day(datetime.fromisoformat(utc) - timedelta(seconds=back_s))


def time_of_day(at: datetime) -> str:
    """Local time of day, hh:mm:ss."""
    return f"{at.astimezone():%H:%M:%S}"


def in_utc(utc: str | None) -> str:
    """`2026-11-22 14:40:02 UTC` of a record, or `unknown`."""
    return UNKNOWN if utc is None else f"{datetime.fromisoformat(utc).astimezone(UTC):%Y-%m-%d %H:%M:%S UTC}"


def since_start(seconds: int) -> str:
    """Time since the start of the run, h:mm:ss."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
