"""Numbers as the audit prints them."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from daemon.exact_json import plain

_DIGITS = 12
_SHOWN = 7


def decimal(value: Fraction, digits: int = _DIGITS) -> Decimal:
    """The value, exact if its decimals end within `digits`, else rounded there."""
    context = Context(prec=max(digits, len(str(abs(value.numerator // value.denominator)))))
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def shown(value: Fraction) -> str:
    """The value for a sentence: seven digits, marked if there are more."""
    short = decimal(value, _SHOWN)
    mark = "" if Fraction(short) == value else "≈"
    return mark + plain(short)


def percent(part: Fraction) -> str:
    """A share as a percentage with one place."""
    return plain(decimal(round(part * 100, 1)))
