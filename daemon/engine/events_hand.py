"""The facts of a pump that is set by hand (F27)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.values import PumpSetting


@dataclass(frozen=True, slots=True)
class Told:
    """The screen shows this order and asks for it to be set by hand; nothing was sent."""

    order: int
    pump: str


@dataclass(frozen=True, slots=True)
class HandSeen:
    """Complete readings in a row that showed the standing pump set as told, or the running one not so."""

    right: int
    off: int
    pump: str
    shown: PumpSetting | None = None
    """What the standing pump is set to, where that is not what was told."""
