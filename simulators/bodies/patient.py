"""A simulated patient: baseline, breathing, noise, cuff cycles and a reaction to the drug that arrives."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import Decimal

from simulators.bodies.cuff import Cuff
from simulators.bodies.reaction import Reaction, ReactionOptions
from simulators.bodies.vitals import Vitals


@dataclass(frozen=True, slots=True)
class PatientOptions:
    """The undisturbed patient; `noise` scales all noise, 0 = none."""

    hr: float = 72.0
    sys: float = 124.0
    dia: float = 76.0
    spo2: float = 98.0
    rr: float = 14.0
    temp: float = 36.8
    etco2: float = 38.0
    noise: float = 1.0
    nibp_interval_s: int = 300
    nibp_measure_s: int = 28


class Patient:
    """Steps in whole seconds, so that one seed gives one course however time is cut."""

    def __init__(
        self, options: PatientOptions, reaction: ReactionOptions, rng: random.Random | None = None
    ) -> None:
        self._rng = rng or random.Random(0)
        self.options = options
        self.elapsed_s = Decimal(0)
        self.reaction = Reaction(reaction, self._rng)
        self.cuff = Cuff(options.nibp_interval_s, options.nibp_measure_s)
        self._base = Vitals(
            options.hr, options.sys, options.dia, options.spo2, options.rr, options.temp, options.etco2
        )
        self._drift = [0.0, 0.0, 0.0]
        self._waiting_dose = Decimal(0)
        self._seconds = 0
        self.vitals = self._base

    def advance(self, dt_s: Decimal, dose: Decimal = Decimal(0)) -> None:
        """Let `dt_s` seconds pass in which `dose` reached the bloodstream."""
        self.elapsed_s += dt_s
        self._waiting_dose += dose
        while self._seconds + 1 <= self.elapsed_s:
            self._seconds += 1
            self._step()

    def _step(self) -> None:
        self.reaction.step(self._waiting_dose, self._seconds)
        self._waiting_dose = Decimal(0)
        self.vitals = self._noisy(self.reaction.apply(self._base))
        self.cuff.step(self._seconds, self.vitals)

    def _noisy(self, vitals: Vitals) -> Vitals:
        noise = self.options.noise
        gauss = self._rng.gauss
        self._drift = [value * 0.97 + gauss(0, 0.25) for value in self._drift]
        breath = math.sin(2 * math.pi * self._seconds * vitals.rr / 60)
        hr, sys, spo2 = self._drift
        return Vitals(
            hr=vitals.hr + noise * (1.5 * hr + 1.5 * breath),
            sys=vitals.sys + noise * (2 * sys + gauss(0, 1)),
            dia=vitals.dia + noise * (1.2 * sys + gauss(0, 0.7)),
            spo2=min(100.0, vitals.spo2 + noise * 0.3 * spo2),
            rr=max(0.0, vitals.rr + noise * gauss(0, 0.4)),
            temp=vitals.temp + noise * gauss(0, 0.02),
            etco2=max(0.0, vitals.etco2 + noise * gauss(0, 0.5)),
        )
