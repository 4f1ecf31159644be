"""The vital signs a simulated patient shows, as plain numbers. No dose is ever computed from them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vitals:
    """1/min, mmHg, %, degC; EtCO2 in mmHg."""

    hr: float
    sys: float
    dia: float
    spo2: float
    rr: float
    temp: float
    etco2: float

    @property
    def mean(self) -> float:
        """Mean arterial pressure."""
        return self.dia + (self.sys - self.dia) / 3

    def toward(self, other: Vitals, share: float) -> Vitals:
        """A point on the way to `other`; 0 here, 1 there."""
        return Vitals(
            *(
                getattr(self, name) + (getattr(other, name) - getattr(self, name)) * share
                for name in Vitals.__slots__
            )
        )
