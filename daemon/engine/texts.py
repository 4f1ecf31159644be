"""Every sentence the engine says to a person: what is known, what is not, what to do with the hands.

Alarms have a catalogue of their own (`alarms.py`); both are printed in docs/reference/messages.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.engine.texts_answered import ANSWERED
from daemon.engine.texts_asked import ASKED
from daemon.engine.texts_choices import CHOICES
from daemon.engine.texts_reasons import REASONS
from daemon.engine.texts_refused import REFUSED


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence of the catalogue; words in braces are filled in when it is said."""

    kind: str
    words: str


_TABLES = (
    ("reason", REASONS),
    ("choice", CHOICES),
    ("refused", REFUSED),
    ("asked", ASKED),
    ("answered", ANSWERED),
)
TEXTS: Mapping[str, Text] = {
    code: Text(kind, words) for kind, table in _TABLES for code, words in table.items()
}
"""Code -> sentence. A code stands once, whatever its kind."""

if len(TEXTS) != sum(len(table) for _, table in _TABLES):
    raise ValueError("a code of the text catalogue stands twice")


def say(code: str, /, **values: Any) -> str:
    """The sentence with its words filled in; KeyError for a code or a word that is not there."""
    return TEXTS[code].words.format(**values)
