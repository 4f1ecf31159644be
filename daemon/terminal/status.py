"""The status as text."""

from __future__ import annotations

from typing import Any


def status_text(seen: dict[str, Any]) -> str:
    """The status as text."""
    return str(seen)
