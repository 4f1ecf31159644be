"""Numbers and times of the demo as text; bounds are rounded outwards, so that they still hold."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

MICRO = Decimal("0.001")
"""Doses are shown to a thousandth of their unit: a microgram of a milligram."""


def plain(value: Decimal | int | str) -> str:
    """In full, without exponent and idle zeros."""
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def four(value: Decimal | int) -> str:
    """Four digits, for a live picture."""
    value = Decimal(value)
    places = max(3 - value.adjusted(), 0)
    return plain(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN))


def dose(value: Decimal) -> str:
    """To the nearest thousandth."""
    return format(value.quantize(MICRO, rounding=ROUND_HALF_EVEN), "f")


def between(low: Decimal, high: Decimal) -> str:
    """Both bounds to a thousandth, the lower rounded down, the upper up."""
    least, most = low.quantize(MICRO, rounding=ROUND_FLOOR), high.quantize(MICRO, rounding=ROUND_CEILING)
    return f"{least:f} - {most:f}"


def h_min(seconds: int) -> str:
    """`2:05 h`."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02} h"


def minutes(seconds: int) -> str:
    """`12 min`, or seconds below one minute."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"
