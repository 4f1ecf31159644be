"""What of a bed's alarms is to be heard now: one rule for every annunciator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.engine.alarms import Priority

NO_RUN = frozenset({"planned", "completed", "aborted"})
"""Phases in which no drug is driven: a daemon that falls silent then is to be looked at, without haste."""


def loudest(seen: Mapping[str, Any] | None) -> Priority | None:
    """The highest priority that sounds; None = nothing does. No word, or one that cannot be read, is HIGH."""
    if seen is None:
        return Priority.HIGH
    try:
        sounding = [Priority(one["priority"]) for one in seen["alarms"] if _sounds(one)]
        return next((one for one in Priority if one in sounding), None)
    except (LookupError, TypeError, ValueError):
        return Priority.HIGH


def _sounds(alarm: Mapping[str, Any]) -> bool:
    """Neither acknowledged, nor paused, nor over; what says nothing of its sound, sounds."""
    return not alarm["acknowledged_by"] and alarm.get("audio", "on") == "on"
