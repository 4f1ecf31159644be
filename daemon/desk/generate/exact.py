"""Exact numbers of a generator: read from a person, written to a file, said in a comment."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.numbers import MAX_DIGITS

MAX_MAGNITUDE = 12
"""As in a protocol file: no number of 10^13 or more, none under 10^-12."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_WRITTEN = Context(prec=MAX_DIGITS, traps=[])
_SAID = Context(prec=7, traps=[])


def read(text: str) -> Fraction:
    """`2.5`, `1e-3` or `1/50`; ValueError with problem and remedy for anything else, and for 0 and less."""
    said = text.strip()
    if _COMMA.fullmatch(said):
        raise ValueError(f"a decimal comma; use a decimal point: {said.replace(',', '.')}")
    parts = said.split("/")
    if len(parts) > 2 or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise ValueError("this is not a number; give one such as 2.5 or 1/50")
    numbers = [_part(part.strip()) for part in parts]
    if len(numbers) == 2 and not numbers[1]:
        raise ValueError("nothing is divided by zero; give a number such as 1/50")
    value = Fraction(numbers[0]) / (Fraction(numbers[1]) if len(numbers) == 2 else 1)
    if value <= 0:
        problem = "this cannot be zero" if not value else "this cannot be negative"
        raise ValueError(f"{problem}; give a number above 0")
    return value


def _part(text: str) -> Decimal:
    value = Decimal(text)
    if len(value.as_tuple().digits) > MAX_DIGITS or (value and abs(value.adjusted()) > MAX_MAGNITUDE):
        raise ValueError("no dose, rate, volume or time has this size; check the digits and the exponent")
    return value


def written(number: Fraction) -> str | None:
    """The number as a file writes it, exactly; None if it has no end, too many digits or no such size."""
    context = _WRITTEN.copy()
    value = context.divide(Decimal(number.numerator), Decimal(number.denominator))
    if context.flags[Inexact] or (value and abs(value.adjusted()) > MAX_MAGNITUDE):
        return None
    return plain(value)


def said(number: Fraction) -> str:
    """The number in a sentence: exact where it is short, else `about` with seven digits."""
    context = _SAID.copy()
    value = context.divide(Decimal(number.numerator), Decimal(number.denominator))
    if not context.flags[Inexact]:
        return plain(value) if abs(value.adjusted()) <= 2 * MAX_MAGNITUDE else f"{value.normalize():E}"
    exact = written(number)
    if exact is not None and len(exact) <= 10:
        return exact
    return f"about {plain(value)}" if abs(value.adjusted()) <= MAX_MAGNITUDE else f"about {value:E}"


def down_to(number: Fraction, step: Fraction | None) -> Fraction:
    """The largest multiple of the step that is not more; the number itself without a step."""
    return number if step is None else number // step * step


def nearest(number: Fraction, step: Fraction | None) -> Fraction:
    """The nearest multiple of the step, half up; the number itself without a step."""
    return number if step is None else (number / step + Fraction(1, 2)) // 1 * step
