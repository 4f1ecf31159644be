"""What two pulse oximeters have in common: a probe on a finger, a clock set by hand, lines unasked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from simulators.bodies.patient import Patient

WAKE_MIN_S: Final = 0.001
SPO2_LOW: Final = 90
SPO2_LOW_OTHER: Final = 85
SPO2_HIGH: Final = 100
PULSE_LOW: Final = 60
PULSE_HIGH: Final = 170


@dataclass(frozen=True, slots=True)
class OximeterOptions:
    """`start_unixtime` is the oximeter's clock at body second 0; the last three are a Masimo's only."""

    start_unixtime: int = 1_767_225_600
    cuff_on_spo2_arm: bool = False
    """The probe loses its pulse while the cuff is inflated (F31)."""
    sn: int = 56_661
    """The serial number in each line; 0 = a model that prints none."""
    wide_fields: bool = False
    """The widths of another model: PI without a percent sign, seven digits of EXC, EXC1."""


class Oximeter:
    """Prints one line each `interval_s` body seconds, `speed` of which pass in a second of the link.

    A subclass has the model and `_lines`. It takes no commands: any byte from the host is lost.
    """

    model = ""
    bytes_per_s = 9600 // 10
    interval_s = Decimal(1)
    faults: tuple[str, ...] = ()

    def __init__(
        self, patient: Patient, options: OximeterOptions | None = None, speed: Decimal = Decimal(1)
    ) -> None:
        self.patient = patient
        self.options = options or OximeterOptions()
        self.on: set[str] = set()
        """The faults that are on."""
        self.clock_ahead_s = 0
        """What a hand has set the clock forward; below 0 = back."""
        self._speed = speed
        self._due_s = Decimal(0)
        self._last = b""

    def receive(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002 - it listens to nobody
        """Whatever the host sends, only what is due is said."""
        return self.tick(now_s)

    def tick(self, now_s: float) -> bytes:  # noqa: ARG002 - it prints by the patient's clock
        """The next line, when due."""
        elapsed_s = self.patient.elapsed_s
        if elapsed_s < self._due_s:
            return b""
        self._due_s += self.interval_s
        if self._due_s <= elapsed_s:
            self._due_s = elapsed_s + self.interval_s
        if "mute" in self.on:
            return b""
        if "stuck" not in self.on or not self._last:
            self._last = self._lines()
        return self._last

    def wake_s(self, now_s: float) -> float | None:
        """When the next line is due, on the link's clock."""
        wait_s = float((self._due_s - self.patient.elapsed_s) / self._speed)
        return now_s + max(WAKE_MIN_S, wait_s)

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Its faults by name."""

        def switch(name: str) -> Callable[[bool], None]:
            return lambda on: (self.on.add if on else self.on.discard)(name)

        return {
            **{name: switch(name) for name in (*self.faults, "mute", "stuck")},
            "clock_back": lambda on: setattr(self, "clock_ahead_s", -3600 if on else 0),
        }

    @property
    def clock(self) -> datetime:
        """The time on its display."""
        start = datetime.fromtimestamp(self.options.start_unixtime, UTC)
        return start + timedelta(seconds=int(self.patient.elapsed_s) + self.clock_ahead_s)

    @property
    def spo2(self) -> int:
        """% as displayed."""
        return round(self.patient.vitals.spo2)

    @property
    def pulse(self) -> int:
        """1/min as displayed."""
        return round(self.patient.vitals.hr)

    @property
    def searching(self) -> bool:
        """The probe finds no pulse."""
        blind = self.options.cuff_on_spo2_arm and self.patient.cuff.measuring
        return blind or "search" in self.on

    @property
    def spo2_low(self) -> int:
        """The lower SpO2 limit set at the oximeter; `limits` sets another."""
        return SPO2_LOW_OTHER if "limits" in self.on else SPO2_LOW

    def _lines(self) -> bytes:
        raise NotImplementedError
