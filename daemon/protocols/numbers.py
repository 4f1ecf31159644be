"""The number types of our files: exact, finite, of sensible size, with a remedy for each refusal."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

MAX_DIGITS = 18
_MAX_MAGNITUDE = 12
_COMMA = re.compile(r"[+-]?\d+,\d+")


def refusal(code: str, problem: str, remedy: str, key: str = "") -> PydanticCustomError:
    """A refusal for a validator to raise; `key` names the key beneath the place of the validator."""
    context = {"code": code, "problem": problem, "remedy": remedy, "key": key}
    return PydanticCustomError("fault", "{problem}", context)


def number(value: object) -> Decimal:
    """A finite Decimal of at most 18 digits; text, booleans, inf and nan are refused with a remedy."""
    if isinstance(value, str) and _COMMA.fullmatch(value.strip()):
        point = value.strip().replace(",", ".")
        raise refusal("decimal_comma", "a decimal comma in quotes is text", f"use a decimal point: {point}")
    if isinstance(value, str):
        raise refusal(
            "not_a_number", "this is text, not a number", "write a number without quotes, such as 2.5"
        )
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise refusal("not_a_number", "this is not a number", "write a number such as 2.5")
    exact = Decimal(value)
    if not exact.is_finite():
        raise refusal("not_finite", "this is not a finite number", "write a number such as 2.5")
    digits = len(exact.as_tuple().digits)
    if digits > MAX_DIGITS or (exact and abs(exact.adjusted()) > _MAX_MAGNITUDE):
        raise refusal(
            "out_of_size", "no dose, rate, volume or time has this size", "check the digits and the exponent"
        )
    return exact


def _positive(value: Decimal) -> Decimal:
    if value < 0:
        raise refusal("negative", "this cannot be negative", "give a number above 0")
    if value == 0:
        raise refusal("zero", "this cannot be zero", "give a number above 0")
    return value


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise refusal("negative", "this cannot be negative", "give 0 or a number above 0")
    return value


def _fraction(value: Decimal) -> Decimal:
    if not 0 < value <= 1:
        raise refusal(
            "not_a_fraction",
            "this is not a part of the target dose",
            "give more than 0 and at most 1, such as 0.01",
        )
    return value


def _ratio(value: Decimal) -> Decimal:
    if value < 1:
        raise refusal(
            "not_a_ratio", "a step-up ratio under 1 would refuse every step", "give a ratio such as 2.6"
        )
    return value


def _unattended(value: Decimal) -> Decimal:
    if value > 15:
        raise refusal(
            "unattended_too_long",
            "a pump may not run longer than 15 min on one grant (F5)",
            "give at most 15",
        )
    return value


def _percent(value: Decimal) -> Decimal:
    if value > 100:
        raise refusal("not_a_percentage", "nothing is more than all of it", "give at most 100")
    return value


Number = Annotated[Decimal, BeforeValidator(number)]
Positive = Annotated[Number, AfterValidator(_positive)]
NotNegative = Annotated[Number, AfterValidator(_not_negative)]
PartOfTarget = Annotated[Number, AfterValidator(_fraction)]
StepUpRatio = Annotated[Number, AfterValidator(_ratio)]
UnattendedMinutes = Annotated[Positive, AfterValidator(_unattended)]
Percent = Annotated[Positive, AfterValidator(_percent)]
