"""Text cut and wrapped to a screen: nothing runs over the edge, and what is left out is said to be."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from daemon.terminal.sentences import alarm_full, alarm_head

LABEL = 9
"""Width of the label in front of a line."""
_BESIDE = "   "
ALL = 1000
"""More rows than any screen has."""


def labelled(label: str, text: str, width: int, most: int | None = None) -> list[str]:
    """`Pump     text…` wrapped with a hanging indent, at most `most` lines."""
    wrapped = textwrap.wrap(text, width - LABEL, break_on_hyphens=False) or [""]
    if most is not None and len(wrapped) > most:
        wrapped = [*wrapped[: most - 1], one_line(" ".join(wrapped[most - 1 :]), width - LABEL)]
    heads = [label.ljust(LABEL), *[" " * LABEL] * (len(wrapped) - 1)]
    return [f"{head}{line}" for head, line in zip(heads, wrapped, strict=True)]


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width`."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def packed(items: Sequence[str], width: int) -> list[str]:
    """Items side by side, as many a line as fit behind a label."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + len(_BESIDE) <= width - LABEL:
            lines[-1] += _BESIDE + item
        else:
            lines.append(item)
    return lines


def one_line(text: str, width: int) -> str:
    """The text on one line, `…` where it was cut."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def alarms_in(alarms: Sequence[dict[str, Any]], width: int, rows: int) -> list[tuple[str, str]]:
    """(priority, line) of alarms in as many rows as there are: whole texts, else the most urgent whole."""
    for whole in range(len(alarms), -1, -1):
        told = [_lines(alarm, width, whole=n < whole) for n, alarm in enumerate(alarms)]
        if sum(len(lines) for lines in told) <= rows:
            break
    lines = [(alarm["priority"], line) for alarm, of in zip(alarms, told, strict=True) for line in of]
    if len(lines) <= rows:
        return lines
    kept = lines[: max(rows - 1, 1)]
    hidden = len(alarms) - len(kept)
    return [*kept, (alarms[len(kept)]["priority"], f"+ {hidden} MORE ALARMS: infusiond status --json")]


def _lines(alarm: dict[str, Any], width: int, *, whole: bool) -> list[str]:
    if not whole:
        return [one_line(alarm_head(alarm), width)]
    return textwrap.wrap(alarm_full(alarm), width, subsequent_indent="    ", break_on_hyphens=False)
