"""The report as text."""

from __future__ import annotations

from typing import Any


def report_text(told: dict[str, Any]) -> str:
    """The report as text."""
    return str(told)
