"""A fault in a file: where, what was given, what is wrong, what would be right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from daemon.exact_json import plain

UNUSABLE = frozenset({"unreadable", "syntax", "decimal_comma_syntax", "unknown_kind"})
"""Codes of files that are no protocol and no bed file at all, as against refused content."""

_BLOCK = re.compile(r"([A-Za-z_.]+)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """`key` is the key path, lists counted from 0; `value` as the file wrote it, empty if it is missing."""

    file: str
    key: str
    value: str
    problem: str
    remedy: str
    code: str = "invalid"

    @property
    def place(self) -> str:
        """The key path, and which block of its kind that is, counted the way a person counts."""
        block = _BLOCK.match(self.key)
        return f"{self.key} (the {_ordinal(int(block[2]) + 1)} [[{block[1]}]])" if block else self.key

    def __str__(self) -> str:
        given = f" = {self.value}" if self.value else ""
        return f"{self.file}: {self.place}{given}: {self.problem}; {self.remedy}"


def shown(value: object) -> str:
    """A value the way a TOML file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value) if value.is_finite() and abs(value.adjusted()) < 40 else str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {shown(item)}" for key, item in value.items()) + "}"
    return str(value)


def _ordinal(number: int) -> str:
    last = number % 10 if number % 100 not in {11, 12, 13} else 0
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"
