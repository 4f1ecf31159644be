"""What a person's signed fraction choice leaves to be granted until it is earned (F2, F34)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, HoldCause, Then, ThenKind
from drivers.values import PumpCapabilities

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Bound:
    """In the place of `step`: at most this dose per hour, for these minutes, then one thing only."""

    step: int
    dose_rate_h: Fraction
    minutes: Decimal
    then: Then
    left: int
    """How often it may begin again."""
    over: bool = False
    """It was said to be over and was earned."""

    @property
    def target(self) -> int | None:
        """The whole step that may follow; None = a person decides."""
        if self.then.kind is ThenKind.REPEAT:
            return None
        return max(self.step - self.then.steps, 1)

    def holds(self, step: int, dose_rate_h: Fraction) -> bool:
        """A grant of this dose per hour is part of the stretch."""
        return step == self.step and dose_rate_h <= self.dose_rate_h

    def refuse(self, step: int, dose_rate_h: Fraction, *, earned: bool) -> str:
        """Why a grant for this step may not pass; empty = it may."""
        if self.holds(step, dose_rate_h):
            return ""
        if not earned:
            return f"a fraction was chosen in step {self.step}; more than it is not earned yet (F2)"
        if step != self.target:
            return f"after the fraction in step {self.step} {self.then} is ordered, not step {step} (F2)"
        return ""


def dose_rate(plan: Plan, step: int, rate_ml_h: Decimal) -> Fraction:
    """Dose per hour of a rate of the solution of a step, exact."""
    return Fraction(rate_ml_h) * Fraction(plan.solution(plan.step(step).solution).concentration)


def ordered(plan: Plan, step: int, choice: Choice, rule: str) -> Bound:
    """The bound this choice orders in `step`; one that grants nothing where the plan has no such rule."""
    if 1 < step <= len(plan.steps):
        for known in plan.rules.resume:
            if known.cause is HoldCause.REACTION and known.key == rule and choice in known.allow:
                if known.stretch is None:
                    break
                before = plan.step(step - 1)
                most = Fraction(choice.part) * dose_rate(plan, step - 1, before.rate_ml_h)
                if most < dose_rate(plan, step, plan.step(step).rate_ml_h):
                    again = known.max_times - 1 if known.stretch.then.kind is ThenKind.REPEAT else 0
                    return Bound(step, most, known.stretch.for_minutes, known.stretch.then, again)
    return nothing(step)


def nothing(step: int) -> Bound:
    """A bound that lets nothing pass until a person chooses anew."""
    return Bound(step, NOTHING, Decimal(1), Then(ThenKind.REPEAT), 0)


def least_ml(plan: Plan, bound: Bound, caps: PumpCapabilities) -> Fraction:
    """Volume of the whole stretch when its rate is rounded down by one step of the pump."""
    concentration = Fraction(plan.solution(plan.step(bound.step).solution).concentration)
    if NOTHING in (bound.dose_rate_h, concentration):
        return NOTHING
    most = bound.dose_rate_h / concentration
    step = caps.rate_step_at(Decimal(most.numerator) / Decimal(most.denominator))
    rate = max(most - Fraction(step), NOTHING)
    return rate * Fraction(bound.minutes) / 60
