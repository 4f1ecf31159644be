"""A pump that is only watched: its numbers are read one after the other while a nurse types at its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from daemon.engine import advising
from daemon.engine.advising import Cycle, Said, Watch
from drivers.values import Motion, PumpReading, PumpSetting

STEP_MS = 100


@dataclass
class WatchedPump:
    """What really flows; `keys` are what the nurse will do, each at its time."""

    rate: Decimal = Decimal("0.1")
    limit: Decimal | None = Decimal("0.1")
    motion: Motion = Motion.STOPPED
    now_ms: int = 0
    given: Fraction = Fraction(0)
    left: Fraction | None = None
    keys: list[tuple[int, Callable[[WatchedPump], None]]] = field(default_factory=list)
    last_ms: int | None = None
    """When drug last left it."""

    def press(self, at_ms: int, what: Callable[[WatchedPump], None]) -> None:
        """A hand at the keys, later."""
        self.keys.append((at_ms, what))

    def until(self, at_ms: int) -> None:
        """Let time pass."""
        while self.now_ms < at_ms:
            for one in [one for one in self.keys if one[0] <= self.now_ms]:
                self.keys.remove(one)
                one[1](self)
            step = min(STEP_MS, at_ms - self.now_ms)
            if self.motion is not Motion.STOPPED:
                pushed = Fraction(self.rate) * step / 3_600_000
                if self.left is not None:
                    pushed = min(pushed, self.left)
                    self.left -= pushed
                self.given += pushed
                self.last_ms = self.now_ms + step
                if self.left == 0:
                    self.motion = Motion.STOPPED
            self.now_ms += step

    def cycle(self, length_ms: int) -> Cycle:
        """One complete readout; each number is of another moment."""
        began = self.now_ms
        self.until(began + length_ms // 5)
        rate = self.rate
        self.until(began + 2 * length_ms // 5)
        limit = self.limit
        left = Decimal(int((self.left if self.left is not None else self.limit or 0) * 100)) / 100
        self.until(began + 3 * length_ms // 5)
        motion = self.motion
        self.until(began + 4 * length_ms // 5)
        counter = Decimal(int(self.given * 100)) / 100
        self.until(began + length_ms)
        reading = PumpReading(motion, rate, None if limit is None else left, counter, remote=False)
        return Cycle(reading, PumpSetting(rate, limit), began, self.now_ms)


def set_rate(rate: str) -> Callable[[WatchedPump], None]:
    """The nurse types a rate."""

    def key(pump: WatchedPump) -> None:
        pump.rate = Decimal(rate)

    return key


def set_limit(limit: str | None) -> Callable[[WatchedPump], None]:
    """The nurse types a volume limit."""

    def key(pump: WatchedPump) -> None:
        pump.limit = None if limit is None else Decimal(limit)
        pump.left = None if limit is None else Fraction(limit)

    return key


def start(pump: WatchedPump) -> None:
    """The START key."""
    pump.motion = Motion.INFUSING


def stop(pump: WatchedPump) -> None:
    """The STOP key."""
    pump.motion = Motion.STOPPED


def bolus(pump: WatchedPump) -> None:
    """The bolus key."""
    pump.motion = Motion.BOLUS


@dataclass
class Station:
    """The judge beside the pump; `said` is what the nurse reads, with its time."""

    pump: WatchedPump = field(default_factory=WatchedPump)
    watch: Watch = field(default_factory=Watch)
    length_ms: int = 5000
    said: list[tuple[int, Said | None]] = field(default_factory=list)

    def look(self, cycles: int = 1) -> Said | None:
        """So many complete cycles."""
        for _ in range(cycles):
            self.watch, said = advising.judge(self.watch, self.pump.cycle(self.length_ms))
            self.said.append((self.pump.now_ms, said))
        return self.said[-1][1]

    def levels(self) -> list[str]:
        """The levels of everything said, without silence."""
        return [said.level.value for _, said in self.said if said is not None]
