"""The live view."""

from __future__ import annotations

from pathlib import Path


def watch_forever(socket: Path) -> int:
    """The live view."""
    return len(str(socket))
