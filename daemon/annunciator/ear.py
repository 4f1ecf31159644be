"""What the annunciator goes by when the daemon has fallen silent (F9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.control.audible import NO_RUN
from daemon.engine.alarms import Priority
from daemon.terminal.hearing import Heard

SILENT_NO_RUN: Mapping[str, Any] = {"alarms": [{"priority": Priority.LOW.value, "acknowledged_by": ""}]}
"""Nothing ran when the daemon was last heard: its silence is to be looked at, and drives nobody mad."""


def heard(seen: Mapping[str, Any] | None, last: Heard | None) -> Mapping[str, Any] | None:
    """The word to sound; None = silence that may hide a run, or of which nothing is known: HIGH."""
    if seen is None and last is not None and last.status.get("phase") in NO_RUN:
        return SILENT_NO_RUN
    return seen
