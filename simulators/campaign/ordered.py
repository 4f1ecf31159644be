"""The dose ordered by now: from the plan and from when people went on, never from the daemon's books."""

from __future__ import annotations

from decimal import Decimal

from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, ChoiceKind

ZERO = Decimal(0)
LOOK_S = Decimal("0.5")


class Ordered:
    """Times are seconds of the bed, `ml` what had left the pumps, `dose` in the plan's unit."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._begun_s: float | None = None
        self._base = ZERO
        self._from: tuple[int, Decimal] = (1, ZERO)
        """The step from which all is ordered by now, and how much of its volume had been given."""
        self._entered: tuple[int, Decimal] = (1, ZERO)

    def begins(self, now_s: float) -> None:
        """The first drop was seen."""
        if self._begun_s is None:
            self._begun_s = now_s

    def entered(self, step: int, ml: Decimal) -> None:
        """The run is in this step."""
        if step != self._entered[0]:
            self._entered = (step, ml)

    def by(self, now_s: float) -> Decimal:
        """The most that can have been ordered: the plan without a pause since it began or went on."""
        if self._begun_s is None:
            return ZERO
        left_min = (Decimal(str(now_s - self._begun_s)) + LOOK_S) / 60
        number, given_ml = self._from
        dose = self._base
        for step in self._plan.steps[number - 1 :]:
            minutes = step.minutes - (given_ml / step.rate_ml_h * 60 if step.number == number else ZERO)
            dose += step.dose_rate_h * max(min(minutes, max(left_min, ZERO)), ZERO) / 60
            left_min -= minutes
        return dose

    def gone_on(self, choice: Choice, step: int, ml: Decimal, dose: Decimal, now_s: float) -> None:
        """A person went on from a hold in this step."""
        entered, volume = self._entered
        given = ml - volume if entered == step else ZERO
        match choice.kind:
            case ChoiceKind.REST_OF_STEP:
                self._from = (step, given)
            case ChoiceKind.BACK:
                self._from = (max(step - choice.steps, 1), ZERO)
            case ChoiceKind.START_OVER:
                self._from = (1, ZERO)
            case _:
                self._from = (step, ZERO)
        if choice.kind is not ChoiceKind.REST_OF_STEP:
            self._entered = (self._from[0], ml)
        self._base, self._begun_s = dose, now_s
