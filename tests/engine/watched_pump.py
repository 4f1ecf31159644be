"""A pump that is only watched: its numbers are read one after the other while a nurse types at its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from daemon.engine import events as ev
from daemon.engine import hand_reading, pump
from daemon.engine import inputs as inp
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
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
                if self.left == 0:
                    self.motion = Motion.STOPPED
            self.now_ms += step

    def cycle(self, length_ms: int) -> inp.PumpRead:
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
        return inp.PumpRead(reading, began, PumpSetting(rate, limit))


def set_rate(rate: str) -> Callable[[WatchedPump], None]:
    """The nurse types a rate."""

    def key(pump: WatchedPump) -> None:
        pump.rate = Decimal(rate)

    return key


def set_limit(limit: str) -> Callable[[WatchedPump], None]:
    """The nurse types a volume limit."""

    def key(pump: WatchedPump) -> None:
        pump.limit = Decimal(limit)
        pump.left = Fraction(limit)

    return key


def start(pump: WatchedPump) -> None:
    """The START key."""
    pump.motion = Motion.INFUSING


@dataclass
class Station:
    """The engine beside the pump, as far as it judges what it reads."""

    state: RunState
    pump: WatchedPump
    length_ms: int = 5000

    def ask(self, kind: ev.OrderKind, setting: PumpSetting) -> None:
        """An order that stands on the screen."""
        number = self.state.orders + 1
        name = self.state.pump_name
        draft = Draft(self.state, self.pump.now_ms)
        draft.emit(ev.SettingOrdered(number, kind, setting, self.state.step, "A", name))
        draft.emit(ev.Told(number, name))
        self.state = draft.state

    def look(self, cycles: int = 1) -> None:
        """So many complete cycles."""
        for _ in range(cycles):
            given = self.pump.cycle(self.length_ms)
            draft = Draft(self.state, self.pump.now_ms)
            pump.read(draft, given)
            hand_reading.judge(draft, given)
            self.state = draft.state

    def faults(self) -> set[str]:
        """What is said of the hand, and why the run is held."""
        causes = self.state.hold.causes if self.state.hold is not None else frozenset()
        return {*self.state.alarms, *(cause.value for cause in causes)}
