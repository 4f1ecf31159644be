"""What the guard lets persons say about counted volumes, and how often (F21, F26, F34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from drivers.values import Motion, PumpCapabilities, PumpReading

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Kept from readbacks and from signed acts; a new one is made for every fact."""

    credit: int = 0
    """The place whose next advance a person has signed; 0 = none."""
    credited: frozenset[int] = frozenset()
    regiven: frozenset[int] = frozenset()
    leapt_ml: Decimal = ZERO
    """Counted at this place beyond what rate and time allow."""
    spared_ml: Mapping[str, Decimal] = field(default_factory=dict)
    """Counted per solution, and said by a person to have gone past the patient."""

    def settled(self, place: int, *, credit: bool) -> Doubt | None:
        """After a person's word on the step of this place; None if he has used it up."""
        if credit:
            if place in self.credited:
                return None
            return replace(self, credit=place, credited=self.credited | {place})
        if place in self.regiven:
            return None
        return replace(self, regiven=self.regiven | {place})

    def seeing(
        self, last: PumpReading, reading: PumpReading, elapsed_ms: int, caps: PumpCapabilities
    ) -> Doubt:
        """One more interval: a counter that rose faster than any rate it shows leapt."""
        moved = reading.counter_ml - last.counter_ml
        standing = last.motion is Motion.STOPPED and reading.motion is Motion.STOPPED
        rate = ZERO if standing else max(last.rate_ml_h, reading.rate_ml_h)
        if moved <= rate * elapsed_ms / 3_600_000 * Decimal("1.1") + 2 * caps.counter_unit_at(
            reading.counter_ml
        ):
            return self
        return replace(self, leapt_ml=self.leapt_ml + moved)

    def spared(self, solution: str, volume_ml: Decimal) -> Doubt:
        """A leap, or a part of one, went past the patient."""
        spared = {**self.spared_ml, solution: self.spared_ml.get(solution, ZERO) + volume_ml}
        return replace(self, leapt_ml=self.leapt_ml - volume_ml, spared_ml=spared)

    def elsewhere(self) -> Doubt:
        """Another place, or the same one whole again: what was signed or leapt there is over."""
        return replace(self, credit=0, leapt_ml=ZERO)


NO_DOUBT = Doubt()
