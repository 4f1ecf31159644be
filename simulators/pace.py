"""The simulators' own clock: link seconds in, body seconds out."""

from __future__ import annotations

from decimal import Decimal

from simulators.bodies.bedside import Bedside

MICRO = Decimal("0.000001")


class Pace:
    """Moves one bed along with a link clock, `speed` body seconds for each of its seconds."""

    def __init__(self, bed: Bedside, speed: Decimal = Decimal(1)) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self.bed = bed
        self.speed = speed
        self._last_us: int | None = None

    def to(self, now_s: float) -> None:
        """Advance the bed to the link time `now_s`; the first call sets the origin."""
        now_us = round(now_s * 1_000_000)
        if self._last_us is not None and now_us > self._last_us:
            self.bed.advance((now_us - self._last_us) * MICRO * self.speed)
        self._last_us = now_us
