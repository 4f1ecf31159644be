"""Blanks: the text `"____"`, with or without a hint, where a person has still to fill in a value."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.protocols.faults import Fault

_MARK = "____"
BLANK = "blank"
"""The code of a blank."""


def is_blank(value: object) -> bool:
    """Whether the file leaves this value to a person."""
    return isinstance(value, str) and value.startswith(_MARK)


def blank_fault(file: str, key: str, value: str, remedy: str) -> Fault:
    """The fault of a blank; its own hint is a better remedy than the general one."""
    hint = value.strip("_ ")
    return Fault(file, key, "", "left blank", hint or remedy, BLANK)


def line_is_blank(raw: object) -> bool:
    """Whether a bag of a file leaves its line, or a part of it, to a person."""
    line = raw.get("line") if isinstance(raw, Mapping) else None
    values = line.values() if isinstance(line, Mapping) else (line,)
    return any(is_blank(value) for value in values)
