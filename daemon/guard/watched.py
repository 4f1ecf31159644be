"""What the guard knows of one pump, kept from its readbacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Watched:
    """A new one is made for every fact."""

    caps: PumpCapabilities
    solutions: frozenset[str] = frozenset()
    """What it carries; no other pump does."""
    hung: str | None = None
    reading: PumpReading | None = None
    read_ms: int = 0
    still_ms: int = 0
    """How long it is seen standing: from its first such reading to the last one."""
    serial: str = ""
    """The pump that gives the readings."""
    silent: bool = False
    """It does not answer: what it does now is not known."""
    untimed: bool = False
    """No clock tells how long ago the last reading was: the pump may have given its limit since (F20)."""

    @property
    def unit_ml(self) -> Decimal:
        """The counter's unit at what it last showed."""
        return self.caps.counter_unit_at(self.reading.counter_ml if self.reading is not None else ZERO)

    @property
    def stands(self) -> bool:
        """It was last read standing; KVO is no standing (F24)."""
        reading = self.reading
        return (
            reading is not None
            and reading.motion is Motion.STOPPED
            and PumpAlarm.KVO_RUNNING not in reading.alarms
        )

    def after(self, reading: PumpReading, now: int) -> Watched:
        """One more reading; what stands with another counter has moved."""
        seen = replace(self, reading=reading, read_ms=now, untimed=False, silent=False, still_ms=0)
        last = self.reading
        if last is None or not (self.stands and seen.stands) or last.counter_ml != reading.counter_ml:
            return seen
        return replace(seen, still_ms=self.still_ms + now - self.read_ms)

    def moved_ml(self, reading: PumpReading, elapsed_ms: int) -> Decimal:
        """What its counter says since the last reading; of one that fell, what rate and time allow."""
        last = self.reading
        if last is None:
            return ZERO
        moved = reading.counter_ml - last.counter_ml
        if moved >= 0:
            return moved
        since = last.rate_ml_h * elapsed_ms / 3_600_000 + 2 * self.unit_ml
        return since + ((last.limit_left_ml or ZERO) if self.untimed else ZERO)
