"""Non-invasive blood pressure: a cuff that measures in cycles and keeps its last reading."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.bodies.vitals import Vitals

UNMEASURABLE_SYS = 45.0


@dataclass(frozen=True, slots=True)
class CuffReading:
    """One completed measurement, mmHg; `taken_s` in patient seconds. None where the cuff found no pulse."""

    sys: float | None
    dia: float | None
    mean: float | None
    pulse: float | None
    taken_s: int


class Cuff:
    """Cycles of `interval_s` (0 = only on request), each `measure_s` long, in patient seconds."""

    def __init__(self, interval_s: int, measure_s: int) -> None:
        self.interval_s = interval_s
        self.measure_s = measure_s
        self.auto = interval_s > 0
        self.reading: CuffReading | None = None
        self._began_s: int | None = None
        self._due_s = 0

    @property
    def measuring(self) -> bool:
        """True while the cuff is inflated."""
        return self._began_s is not None

    def measure(self) -> None:
        """The NIBP key: measure at the next second."""
        self._due_s = -1

    def step(self, now_s: int, vitals: Vitals) -> None:
        """One patient second."""
        if self._began_s is not None:
            if now_s - self._began_s >= self.measure_s:
                self.reading = _read(now_s, vitals)
                self._began_s = None
        elif self._due_s < 0 or (self.auto and now_s >= self._due_s):
            self._began_s = now_s
            self._due_s = now_s + self.interval_s


def _read(now_s: int, vitals: Vitals) -> CuffReading:
    if vitals.sys < UNMEASURABLE_SYS:
        return CuffReading(None, None, None, None, now_s)
    return CuffReading(vitals.sys, vitals.dia, vitals.mean, vitals.hr, now_s)
