"""A stretch: a time at a part of the tolerated dose per hour, in the place of a step (F2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.protocols.rules import Then, ThenKind


@dataclass(frozen=True)
class Stretch:
    """What a person chose as `fraction = f`, already converted into a rate of the solution of its step."""

    rate_ml_h: Decimal
    minutes: Decimal
    then: Then
    again: int
    """How many more times it may begin after this one; 0 unless `then = "repeat"`."""
    rule: str
    """The resume rule whose `max_times` every beginning counts against."""

    @property
    def goal_ml(self) -> Decimal:
        """Volume of one stretch at the rate really set."""
        return self.rate_ml_h * self.minutes / 60

    @property
    def goal_ms(self) -> int:
        """Time of proven delivery of one stretch."""
        return int(self.minutes * 60_000)

    @property
    def all_ml(self) -> Decimal:
        """Volume of this stretch and of all that may follow it."""
        return self.goal_ml * (1 + self.again)

    @property
    def ends_held(self) -> bool:
        """It is to be repeated and has been as often as ordered: a person decides what follows."""
        return self.then.kind is ThenKind.REPEAT and self.again == 0
