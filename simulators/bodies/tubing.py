"""The elastic set under an occlusion: it stores what the motor pushes until the pressure limit (F14)."""

from __future__ import annotations

from decimal import Decimal

from simulators.bodies.bag import Portion

ZERO = Decimal(0)
REST_PERCENT = 10


class Tubing:
    """`at_level_5_ml` is stored when pressure limit 5 of 9 is reached; other levels in proportion."""

    def __init__(self, at_level_5_ml: Decimal, release_bolus_ml: Decimal) -> None:
        self.clamped = False
        self.pressure_level = 5
        self._at_level_5_ml = at_level_5_ml
        self._release_bolus_ml = release_bolus_ml
        self._stored: list[Portion] = []
        self.stored_ml = ZERO

    @property
    def limit_ml(self) -> Decimal:
        """Volume stored when the pump alarms."""
        return self._at_level_5_ml * self.pressure_level / 5

    @property
    def room_ml(self) -> Decimal:
        """Volume that still goes in before the alarm."""
        return max(ZERO, self.limit_ml - self.stored_ml)

    @property
    def pressure_percent(self) -> int:
        """10 at rest, 100 at the alarm limit."""
        if not self.stored_ml:
            return REST_PERCENT
        share = min(Decimal(1), self.stored_ml / self.limit_ml)
        return REST_PERCENT + int((100 - REST_PERCENT) * share)

    def store(self, portion: Portion) -> None:
        """Take in what the motor pushed against the clamp."""
        if portion.volume_ml > 0:
            self._stored.append(portion)
            self.stored_ml += portion.volume_ml

    def release(self) -> tuple[list[Portion], list[Portion]]:
        """Unclamp: (bolus to the patient, what goes back towards the bag)."""
        bolus: list[Portion] = []
        back: list[Portion] = []
        due_ml = min(self.stored_ml, self._release_bolus_ml)
        for portion in self._stored:
            part_ml = min(portion.volume_ml, due_ml)
            if part_ml > 0:
                bolus.append(Portion(portion.solution, part_ml))
            if part_ml < portion.volume_ml:
                back.append(Portion(portion.solution, portion.volume_ml - part_ml))
            due_ml -= part_ml
        self._stored.clear()
        self.stored_ml = ZERO
        self.clamped = False
        return bolus, back
