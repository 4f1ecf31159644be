"""How a simulated patient reacts to the drug that reaches him (Brown grades 1 to 3)."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from simulators.bodies.vitals import Vitals

ZERO = Decimal(0)
WINDOW_S = 60
BRADYCARDIC_SHARE = 0.26
RISE_S = {1: 300.0, 2: 240.0, 3: 150.0}
RECOVERY_S = {1: 420.0, 2: 600.0, 3: 1200.0}
TREATED_FACTOR = 4.0
OVER = 0.05


@dataclass(frozen=True, slots=True)
class ReactionOptions:
    """Thresholds in the drug's dose unit, at the patient's end of the line; 0 or below = not this trigger."""

    trigger_dose_rate_h: Decimal = ZERO
    trigger_dose: Decimal = ZERO
    react_at_min: Decimal = Decimal(-1)
    grade: int = 2
    onset_s: int = 120
    washout_s: int = 180
    """Recovery begins this long after the last drug arrived."""


class Reaction:
    """One patient's reaction, stepped second by second; deterministic for one random source."""

    def __init__(self, options: ReactionOptions, rng: random.Random) -> None:
        self.options = options
        self.grade = 0
        self.intensity = 0.0
        """0 nothing, 1 the grade's full picture."""
        self.treated = False
        self._rng = rng
        self._onset_left_s: int | None = None
        self._rising = False
        self._recent: deque[Decimal] = deque([ZERO] * WINDOW_S, maxlen=WINDOW_S)
        self._recent_dose = ZERO
        self._total_dose = ZERO
        self._by_dose_done = False
        self._by_time_done = False
        self._no_drug_s = 0
        self._bradycardic = False
        self._sys_floor = 60.0
        self._hr_peak = 137.0
        self._spo2_floor = 82.0

    @property
    def active(self) -> bool:
        """A reaction is coming, there or going."""
        return self._onset_left_s is not None or self._rising or self.intensity > OVER

    def begin(self, grade: int, onset_s: int) -> None:
        """A reaction of `grade` starts in `onset_s` seconds."""
        if grade not in RISE_S:
            raise ValueError(f"grade must be 1, 2 or 3, not {grade}")
        self.grade = grade
        self.treated = False
        self._onset_left_s = onset_s
        self._bradycardic = self._rng.random() < BRADYCARDIC_SHARE
        self._sys_floor = self._rng.uniform(50, 70)
        self._hr_peak = self._rng.uniform(130, 144)
        self._spo2_floor = self._rng.uniform(82, 86)

    def treat(self) -> None:
        """Treatment is given: recovery is faster, and begins at once when no drug flows."""
        self.treated = True
        if self._no_drug_s > 0:
            self._no_drug_s = max(self._no_drug_s, self.options.washout_s)
            self._rising = False

    def step(self, dose: Decimal, elapsed_s: int) -> None:
        """One second in which `dose` arrived."""
        self._recent_dose += dose - self._recent[0]
        self._recent.append(dose)
        self._total_dose += dose
        self._no_drug_s = 0 if dose > 0 else self._no_drug_s + 1
        if not self.active and self._triggered(elapsed_s):
            self.begin(self.options.grade, self.options.onset_s)
        self._move()

    def _triggered(self, elapsed_s: int) -> bool:
        options = self.options
        if not self._by_time_done and 0 <= options.react_at_min * 60 <= elapsed_s:
            self._by_time_done = True
            return True
        if not self._by_dose_done and 0 < options.trigger_dose <= self._total_dose:
            self._by_dose_done = True
            return True
        rate_h = self._recent_dose * 3600 / WINDOW_S
        return 0 < options.trigger_dose_rate_h <= rate_h

    def _move(self) -> None:
        if self._onset_left_s is not None:
            self._onset_left_s -= 1
            if self._onset_left_s <= 0:
                self._onset_left_s, self._rising = None, True
            return
        if self._rising:
            self.intensity = min(1.0, self.intensity + 1 / RISE_S[self.grade])
            self._rising = self.intensity < 1
        elif self.intensity > 0 and self._no_drug_s >= self.options.washout_s:
            tau_s = RECOVERY_S[self.grade] / (TREATED_FACTOR if self.treated else 1.0)
            self.intensity *= math.exp(-1 / tau_s)

    def apply(self, base: Vitals) -> Vitals:
        """The vitals of a patient whose undisturbed ones are `base`."""
        if self.intensity <= 0:
            return base
        return base.toward(self._full(base), self.intensity)

    def _full(self, base: Vitals) -> Vitals:
        if self.grade == 1:
            return Vitals(base.hr * 1.2, base.sys * 0.97, base.dia * 0.97, *_tail(base, -1, 2, -1))
        if self.grade == 2:
            return Vitals(base.hr + 35, base.sys * 0.82, base.dia * 0.8, 93, *_tail(base, 0, 8, -5)[1:])
        hr = 50.0 if self._bradycardic else self._hr_peak
        sys = min(self._sys_floor, base.sys)
        return Vitals(hr, sys, sys * 0.55, min(self._spo2_floor, base.spo2), 32, base.temp - 0.3, 18)


def _tail(base: Vitals, spo2: float, rr: float, etco2: float) -> tuple[float, float, float, float]:
    return base.spo2 + spo2, base.rr + rr, base.temp, base.etco2 + etco2
