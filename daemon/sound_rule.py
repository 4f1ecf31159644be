"""How the annunciator at the bed is watched (F9)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SoundRule:
    """Seconds between two signs of life, and without one until it is lost and sounds by itself."""

    heartbeat_s: Decimal
    lost_s: Decimal
