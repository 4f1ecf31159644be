"""Blanks: the text `"____"`, with or without a hint, where a person has still to fill in a value."""

from __future__ import annotations

from daemon.protocols.faults import Fault

_MARK = "____"


def is_blank(value: object) -> bool:
    """Whether the file leaves this value to a person."""
    return isinstance(value, str) and value.startswith(_MARK)


def blank_fault(file: str, key: str, value: str, remedy: str) -> Fault:
    """The fault of a blank; its own hint is a better remedy than the general one."""
    hint = value.strip("_ ")
    return Fault(
        file, key, f'"{value}"', "this is left blank: a person has to order it", hint or remedy, "blank"
    )
