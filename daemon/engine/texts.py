"""Every sentence the engine says to a person: what is known, what is not, what to do with the hands.

Alarms have a catalogue of their own (`alarms.py`); both are printed in docs/reference/messages.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.engine.texts_answered import ANSWERED
from daemon.engine.texts_asked import ASKED
from daemon.engine.texts_by_hand import ANSWERED_BY_HAND, ASKED_BY_HAND, REFUSED_BY_HAND
from daemon.engine.texts_choices import CHOICES
from daemon.engine.texts_reasons import REASONS
from daemon.engine.texts_refused import REFUSED


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence of the catalogue; words in braces are filled in when it is said."""

    kind: str
    words: str


BY_HAND = "_by_hand"
"""Ends the code of a sentence that is said in the place of another where a person sets the pump."""
_TABLES = (
    ("reason", REASONS),
    ("choice", CHOICES),
    ("refused", {**REFUSED, **REFUSED_BY_HAND}),
    ("asked", {**ASKED, **ASKED_BY_HAND}),
    ("answered", {**ANSWERED, **ANSWERED_BY_HAND}),
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


def code_for(code: str, *, by_hand: bool) -> str:
    """The code to say: to a person who sets the pump nothing says `sent` (F27)."""
    other = f"{code}{BY_HAND}"
    return other if by_hand and other in TEXTS else code


def say_to(code: str, /, *, by_hand: bool, **values: Any) -> str:
    """The sentence for a pump that is driven, or for one that a person sets."""
    return say(code_for(code, by_hand=by_hand), **values)
