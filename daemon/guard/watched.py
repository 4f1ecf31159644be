"""What the guard knows of one pump, kept from its readbacks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.changed import replace
from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading, PumpSetting

ZERO = Decimal(0)


@dataclass(frozen=True)
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

    def until_taken_ml(self, late_s: Decimal, *, by_hand: bool) -> Decimal:
        """What it gives before it has a new limit; one set by hand at most what its old one leaves."""
        if self.reading is None or self.stands:
            return ZERO
        if by_hand:
            return self.reading.limit_left_ml or ZERO
        return self.reading.rate_ml_h * (late_s + self.caps.reply_limit_s) / 3600

    def after(self, reading: PumpReading, now: int) -> Watched:
        """One more reading; what stands with another counter has moved."""
        seen = replace(self, reading=reading, read_ms=now, untimed=False, silent=False, still_ms=0)
        last = self.reading
        if last is None or not (self.stands and seen.stands) or last.counter_ml != reading.counter_ml:
            return seen
        return replace(seen, still_ms=self.still_ms + now - self.read_ms)

    def takes(self, told: PumpSetting, reading: PumpReading) -> bool:
        """It runs as a hand was told (F27); where it ran at that rate before, only its limit can show it.

        A limit that falls by what is counted is the one before. One that could not be told from it counts.
        """
        last, unit = self.reading, self.unit_ml
        if reading.motion is not Motion.INFUSING or reading.rate_ml_h != told.rate_ml_h:
            return False
        if last is None or last.motion is not Motion.INFUSING or last.rate_ml_h != told.rate_ml_h:
            return True
        if reading.limit_left_ml is None or last.limit_left_ml is None or told.limit_ml is None:
            return True
        before = last.limit_left_ml - (reading.counter_ml - last.counter_ml)
        return abs(reading.limit_left_ml - before) > 2 * unit or abs(told.limit_ml - before) <= 2 * unit

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
