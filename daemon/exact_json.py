"""JSON in which a Decimal is a number, exactly both ways; nothing passes through a binary float."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any

LARGEST = 100
"""No number that is read has more digits before its point, or more zeros behind it."""
_WORDS = {None: "null", True: "true", False: "false"}


def loads(text: str | bytes) -> Any:
    """What JSON text says, numbers with a point as Decimal; ValueError for all else that may stand there.

    NaN, infinities, numbers nobody can mean and nesting without end are no JSON here.
    """
    try:
        return json.loads(text, parse_float=_number, parse_int=_whole, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text:.40} is no number") from None
    if len(text) > 2 * LARGEST or abs(number.adjusted()) > LARGEST:
        raise ValueError(f"{text:.40} is no number of any use")
    return number


def _whole(text: str) -> int:
    if len(text) > LARGEST:
        raise ValueError(f"{text:.40} is no number of any use")
    return int(text)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def plain(number: Decimal) -> str:
    """The number in full, without exponent and without idle zeros: 6E+2 → 600, 5.0 → 5."""
    if not number.is_finite():
        raise ValueError(f"{number} is no JSON number")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def dumps(value: object, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """JSON text of mappings, sequences, text, bool, None, int and Decimal; TypeError for all else."""
    return _write(value, indent, sort_keys, 0)


def _write(value: object, indent: int | None, sort_keys: bool, depth: int) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        keys = sorted(value) if sort_keys else list(value)
        colon = ":" if indent is None else ": "
        items = [
            f"{encode_basestring(str(key))}{colon}{_write(value[key], indent, sort_keys, depth + 1)}"
            for key in keys
        ]
        return _wrap("{", items, "}", indent, depth)
    if isinstance(value, Sequence):
        return _wrap("[", [_write(item, indent, sort_keys, depth + 1) for item in value], "]", indent, depth)
    raise TypeError(f"{type(value).__name__} is not written to JSON")


def _wrap(opening: str, items: list[str], closing: str, indent: int | None, depth: int) -> str:
    if indent is None or not items:
        return opening + ",".join(items) + closing
    inner = "\n" + " " * indent * (depth + 1)
    return opening + inner + ("," + inner).join(items) + "\n" + " " * indent * depth + closing
