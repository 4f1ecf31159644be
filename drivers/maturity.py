"""How far a model has come, by what tests show of it; the evidence stands in the model's own folder."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

from drivers.shelf import Shelf


class Level(StrEnum):
    """Each level stands on the ones below it."""

    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


CRITERIA: Mapping[Level, Mapping[str, str]] = MappingProxyType(
    {
        Level.BRONZE: {
            "frames": "its frames are pinned to the bytes of a document",
            "faults": "STOP holds over each fault; damage and silence never look like a value",
            "capabilities": "what it can do is declared as data",
        },
        Level.SILVER: {
            "reconnect": "unplugged and plugged in again it comes back, one line each way",
            "unavailable": "while it is away that is shown, and shuts the gate",
            "poll": "how often it is asked, or speaks, is argued from the document",
            "exclusive": "its port has one owner",
        },
        Level.GOLD: {
            "diagnostics": "who it is and what it says can be seen without a run: probe and decode",
            "transcript": "a conversation is kept in words, and compared",
            "soak": "it was run for days without a fault or growth",
        },
    }
)
"""What a level asks for."""

Evidence = Mapping[str, tuple[str, ...]]
"""By criterion the tests that show it, as `file::test`."""


def evidence_of(shelf: Shelf) -> Evidence:
    """What is claimed of a model, from `evidence.toml` in its folder; a test holds it to its tests."""
    text = files(shelf.folder).joinpath("evidence.toml").read_text(encoding="utf-8")
    return {criterion: tuple(tests) for criterion, tests in tomllib.loads(text).items()}


def level_of(evidence: Evidence) -> tuple[Level, tuple[str, ...]]:
    """The level reached, and the criteria that are missing for the next one (none above gold)."""
    reached = Level.NONE
    for level, criteria in CRITERIA.items():
        missing = tuple(name for name in criteria if not evidence.get(name))
        if missing:
            return reached, missing
        reached = level
    return reached, ()
