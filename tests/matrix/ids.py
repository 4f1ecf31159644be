"""How rules, requirements of table (A) and invariants are written in names and texts."""

from __future__ import annotations

import re

_TEXT = re.compile(r"\bF(\d{1,3})\b")
_NAME = re.compile(r"_f(\d{1,3})(?=_)")
_ASKED = re.compile(r"\(A\) ([DRAHP]\d{1,2}\b(?:, [DRAHP]\d{1,2}\b)*)")
_INVARIANTS = re.compile(r"DESIGN ((?:3\.\d+(?:, )?)+)")


def in_text(text: str) -> set[int]:
    """The numbers of the rules that a text names: F5, (F31)."""
    return {int(number) for number in _TEXT.findall(text)}


def in_name(name: str) -> set[int]:
    """The numbers of the rules in the name of a function: test_f5_f31_…."""
    return {int(number) for number in _NAME.findall(f"_{name}_")}


def asked_in(text: str) -> set[str]:
    """The requirements that a text names behind the mark of their table: each of `(A) D5, P3`."""
    return {one for group in _ASKED.findall(text) for one in group.split(", ")}


def invariants(text: str) -> set[str]:
    """The invariants that a text names; each of `DESIGN 3.4, 3.8`."""
    return {number for group in _INVARIANTS.findall(text) for number in re.findall(r"3\.\d+", group)}
