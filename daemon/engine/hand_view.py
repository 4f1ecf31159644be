"""What is known of the hand at a pump that a person sets (F27)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.values import PumpSetting

STOP_OVERDUE = frozenset({"stop_not_confirmed", "stop_by_hand"})
"""Alarms that say of a STOP that it takes too long, sent or told."""


@dataclass(frozen=True)
class HandView:
    """Of a pump that is set by hand: what it was told stands on the screen, and what was seen of it (F27)."""

    told: bool = False
    right: int = 0
    """Complete readings in a row that showed the standing pump set as told."""
    off: int = 0
    """Complete readings in a row that showed the running pump set otherwise, and not to more."""
    shown: PumpSetting | None = None
    """What the standing pump is set to, where that is not what was told."""
