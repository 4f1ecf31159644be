"""Volumes and amounts of a protocol as exact fractions; what cannot be known because of a fault is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from daemon.protocols.parse import Parts
from daemon.protocols.schema import SolutionIn


@dataclass(frozen=True, slots=True)
class StepMeasure:
    """One step on the pump; rate in mL/h, volume in mL."""

    solution: str
    rate: Fraction
    minutes: Fraction
    volume: Fraction


@dataclass(frozen=True, slots=True)
class Measures:
    """Steps in order, and per solution its amount (dose unit) and concentration (dose unit per mL)."""

    steps: tuple[StepMeasure | None, ...]
    amounts: Mapping[str, Fraction]
    concentrations: Mapping[str, Fraction]
    given_before: Fraction | None
    """Dose from all bags but the corrected one; None if unknown or none is corrected."""

    def dose(self, step: StepMeasure) -> Fraction | None:
        """The dose that leaves the pump in this step."""
        concentration = self.concentrations.get(step.solution)
        return None if concentration is None else step.volume * concentration

    def dose_rate(self, step: StepMeasure) -> Fraction | None:
        """Dose per hour while this step runs."""
        concentration = self.concentrations.get(step.solution)
        return None if concentration is None else step.rate * concentration

    def ratio(self, earlier: StepMeasure, later: StepMeasure) -> Fraction | None:
        """How many times the dose per hour of the earlier step the later one gives (F1)."""
        if earlier.solution == later.solution:
            return later.rate / earlier.rate
        before, after = self.dose_rate(earlier), self.dose_rate(later)
        return None if before is None or after is None else after / before


def measure(parts: Parts) -> Measures:
    """All volumes and amounts that follow from what could be read."""
    steps = _steps(parts)
    amounts = _stated_amounts(parts)
    corrected = next((bag.id for bag in parts.solutions if bag is not None and bag.corrected), None)
    given = None if corrected is None else _given_before(parts, steps, amounts, corrected)
    target = parts.target_dose
    if corrected is not None and given is not None and target is not None and given < target:
        amounts[corrected] = Fraction(target) - given
    concentrations = {
        solution.id: amounts[solution.id] / Fraction(solution.volume_ml)
        for solution in parts.solutions
        if solution is not None and solution.id in amounts
    }
    return Measures(steps, amounts, concentrations, given)


def _steps(parts: Parts) -> tuple[StepMeasure | None, ...]:
    measured: list[StepMeasure | None] = []
    for number, step in enumerate(parts.steps):
        bag = None if step is None else parts.solution(step.solution)
        if step is None or (step.minutes is None and bag is None):
            measured.append(None)
            continue
        rate = Fraction(step.rate_ml_h)
        if step.minutes is not None:
            minutes = Fraction(step.minutes)
            measured.append(StepMeasure(step.solution, rate, minutes, rate * minutes / 60))
            continue
        left = _left_in_bag(bag, measured, parts.step_solutions[:number]) if bag else None
        measured.append(None if left is None else StepMeasure(step.solution, rate, left * 60 / rate, left))
    return tuple(measured)


def _left_in_bag(
    bag: SolutionIn, measured: list[StepMeasure | None], named: tuple[object, ...]
) -> Fraction | None:
    """What the steps so far have left in the bag; None if unknown or nothing."""
    left = Fraction(bag.volume_ml)
    for step, name in zip(measured, named, strict=True):
        if name != bag.id:
            continue
        if step is None:
            return None
        left -= step.volume
    return left if left > 0 else None


def _stated_amounts(parts: Parts) -> dict[str, Fraction]:
    amounts: dict[str, Fraction] = {}
    for solution in parts.solutions:
        if solution is not None and solution.flush:
            amounts[solution.id] = Fraction(0)
        elif solution is not None and solution.amount is not None:
            amounts[solution.id] = Fraction(solution.amount)
        elif solution is not None and solution.fraction is not None and parts.target_dose is not None:
            amounts[solution.id] = Fraction(solution.fraction) * Fraction(parts.target_dose)
    return amounts


def _given_before(
    parts: Parts, steps: tuple[StepMeasure | None, ...], amounts: Mapping[str, Fraction], corrected: str
) -> Fraction | None:
    """G: the dose of every step that is not drawn from the corrected bag."""
    given = Fraction(0)
    for step, name in zip(steps, parts.step_solutions, strict=True):
        if name == corrected:
            continue
        bag = parts.solution(step.solution) if step is not None else None
        if step is None or bag is None or bag.id not in amounts:
            return None
        given += step.volume * amounts[bag.id] / Fraction(bag.volume_ml)
    return given
