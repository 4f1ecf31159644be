"""`docs/reference/messages.md`: every sentence a person may read, from the catalogues that say it."""

from __future__ import annotations

from pathlib import Path

from daemon.control.client import nobody_answers
from daemon.engine.alarms import CATALOGUE, LINE_FIRST, Priority
from daemon.engine.texts import TEXTS
from daemon.terminal.silence import HANDS

HEAD = f"""\
# Messages

Not a medical device. Every sentence this program says to a person in trouble, from the catalogues that say
it (`daemon/engine/texts.py`, `daemon/engine/alarms.py`); written by `python -m tests.docs.write`, and a test
fails where page and program differ. Words in braces are filled in. A refused act carries the code in its
JSON answer.

In every hold the line comes first: *{LINE_FIRST}*
"""

KINDS = {
    "reason": "Why the run is held, stopped or moved on",
    "refused": "Refusals: why an act is not done, and what would help",
    "asked": "What is asked for",
    "answered": "Answers to acts that were taken",
}

ALONE = f"""\
## When the program itself is silent

The command line, where nobody answers: *{nobody_answers(Path("SOCKET"), "why")}*

The watch, after five seconds without a word: *{" ".join(HANDS)}*
"""


def message_page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_alarms(priority) for priority in Priority), *map(_kind, KINDS), ALONE])


def _alarms(priority: Priority) -> str:
    rows = [(name, kind.text) for name, kind in CATALOGUE.items() if kind.priority is priority]
    return f"## Alarms: {priority}\n\n" + _table(("alarm", "the whole text"), rows)


def _kind(kind: str) -> str:
    rows = [(code, text.words) for code, text in TEXTS.items() if text.kind == kind]
    return f"## {KINDS[kind]}\n\n" + _table(("code", "text"), rows)


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{code}` | {text.replace('|', '/')} |" for code, text in rows)]) + "\n"
