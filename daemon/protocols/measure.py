"""Volumes and amounts of a protocol as exact fractions; what cannot be known because of a fault is None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from daemon.protocols.exposure import Flow, patient_side
from daemon.protocols.schema_bags import BagIn
from daemon.protocols.schema_steps import StepIn


class Numbers(Protocol):
    """The parts of a file that volumes and amounts follow from."""

    @property
    def target_dose(self) -> Decimal | None:
        """In the dose unit."""

    @property
    def solutions(self) -> Sequence[BagIn | None]:
        """In the order of the file."""

    @property
    def steps(self) -> Sequence[StepIn | None]:
        """In their order."""

    @property
    def step_solutions(self) -> Sequence[object]:
        """What each step names, readable or not."""


@dataclass(frozen=True, slots=True)
class StepMeasure:
    """One step on the pump; rate in mL/h, volume in mL."""

    solution: str
    rate: Fraction
    minutes: Fraction
    volume: Fraction


@dataclass(frozen=True, slots=True)
class DoseMeasure:
    """One dose given by hand; the volume in mL where it is drawn from a solution of known strength."""

    solution: str | None
    dose: Fraction
    volume: Fraction | None


@dataclass(frozen=True, slots=True)
class Measures:
    """Steps in order, and per solution its amount (dose unit) and concentration (dose unit per mL)."""

    steps: tuple[StepMeasure | None, ...]
    amounts: Mapping[str, Fraction]
    concentrations: Mapping[str, Fraction]
    given_before: Fraction | None
    """Dose from all bags but the corrected one; None if unknown or none is corrected."""
    by_hand: Mapping[int, DoseMeasure]
    """Doses given by hand, by the place of their step, counted from 0."""
    unrounded: Mapping[str, Fraction]
    """Amounts before they were rounded to what can be prepared."""

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
        return None if not before or after is None else after / before


def measure(numbers: Numbers) -> Measures:
    """All volumes and amounts that follow from what could be read."""
    bags = {bag.id: bag for bag in numbers.solutions if bag is not None}
    unrounded = _stated_amounts(numbers, bags)
    amounts = {name: _prepared(amount, bags[name]) for name, amount in unrounded.items()}
    concentrations = _concentrations(bags, amounts)
    steps, by_hand = _steps(numbers, bags, concentrations)
    corrected = next((bag.id for bag in bags.values() if bag.corrected), None)
    given = None
    target = numbers.target_dose
    if corrected is not None:
        given = _given_before(numbers, steps, by_hand, concentrations, corrected)
    if corrected is not None and given is not None and target is not None and given < target:
        unrounded[corrected] = Fraction(target) - given
        amounts[corrected] = _prepared(unrounded[corrected], bags[corrected])
        concentrations = _concentrations(bags, amounts)
        steps, by_hand = _steps(numbers, bags, concentrations)
    return Measures(steps, amounts, concentrations, given, by_hand, unrounded)


def flow_of(bag: BagIn, concentration: Fraction, rate: Fraction, volume: Fraction) -> Flow:
    """A step as the line sees it; a file that no pump drives need not say what its line holds."""
    if bag.line is None:
        return Flow(bag.id, concentration, rate, volume, Fraction(0), Fraction(0), primed=True)
    own, shared = Fraction(bag.line.dead_volume_ml), Fraction(bag.line.y_site_ml)
    return Flow(bag.id, concentration, rate, volume, own, shared, bag.line.primed)


def _stated_amounts(numbers: Numbers, bags: Mapping[str, BagIn]) -> dict[str, Fraction]:
    amounts: dict[str, Fraction] = {}
    for bag in bags.values():
        if bag.flush:
            amounts[bag.id] = Fraction(0)
        elif bag.amount is not None:
            amounts[bag.id] = Fraction(bag.amount)
        elif bag.concentration is not None and bag.volume_ml is not None:
            amounts[bag.id] = Fraction(bag.concentration) * Fraction(bag.volume_ml)
        elif bag.fraction is not None and numbers.target_dose is not None:
            amounts[bag.id] = Fraction(bag.fraction) * Fraction(numbers.target_dose)
    return amounts


def _prepared(amount: Fraction, bag: BagIn) -> Fraction:
    """The nearest multiple that can be prepared, half up."""
    if bag.rounded_to is None:
        return amount
    unit = Fraction(bag.rounded_to)
    return ((amount / unit + Fraction(1, 2)) // 1) * unit


def _concentrations(bags: Mapping[str, BagIn], amounts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for bag in bags.values():
        if bag.concentration is not None:
            found[bag.id] = Fraction(bag.concentration)
        elif bag.id in amounts and bag.volume_ml is not None:
            found[bag.id] = amounts[bag.id] / Fraction(bag.volume_ml)
    return found


@dataclass(slots=True)
class _Course:
    """What the steps so far have drawn and given."""

    drawn: dict[str, Fraction]
    unknown: set[object]
    """Solutions some step of which cannot be read."""
    flows: list[Flow] | None
    by_hand: Fraction


def _steps(
    numbers: Numbers, bags: Mapping[str, BagIn], concentrations: Mapping[str, Fraction]
) -> tuple[tuple[StepMeasure | None, ...], dict[int, DoseMeasure]]:
    course = _Course({}, set(), [], Fraction(0))
    measured: list[StepMeasure | None] = []
    doses: dict[int, DoseMeasure] = {}
    for index, (step, name) in enumerate(zip(numbers.steps, numbers.step_solutions, strict=True)):
        bag = bags.get(step.solution) if step is not None and step.solution is not None else None
        found: StepMeasure | DoseMeasure | None = None
        if step is not None and step.infused:
            found = _infusion(step, bag, concentrations, course, numbers.target_dose)
        elif step is not None:
            found = _dose(step, concentrations)
        _draw(course, found, bag, concentrations, name)
        measured.append(found if isinstance(found, StepMeasure) else None)
        if isinstance(found, DoseMeasure):
            doses[index] = found
    return tuple(measured), doses


def _draw(
    course: _Course,
    found: StepMeasure | DoseMeasure | None,
    bag: BagIn | None,
    concentrations: Mapping[str, Fraction],
    name: object,
) -> None:
    if found is None:
        course.unknown.add(name)
        course.flows = None
        return
    if found.volume is not None and found.solution is not None:
        course.drawn[found.solution] = course.drawn.get(found.solution, Fraction(0)) + found.volume
    if isinstance(found, DoseMeasure):
        course.by_hand += found.dose
    elif bag is None or bag.id not in concentrations:
        course.flows = None
    elif course.flows is not None:
        course.flows.append(flow_of(bag, concentrations[bag.id], found.rate, found.volume))


def _infusion(
    step: StepIn,
    bag: BagIn | None,
    concentrations: Mapping[str, Fraction],
    course: _Course,
    target: Decimal | None,
) -> StepMeasure | None:
    name = str(step.solution)
    if step.minutes is not None and step.volume_ml is not None:
        minutes, volume = Fraction(step.minutes), Fraction(step.volume_ml)
        return StepMeasure(name, volume * 60 / minutes, minutes, volume)
    rate = _rate(step, concentrations)
    if rate is None:
        return None
    if step.minutes is not None:
        return StepMeasure(name, rate, Fraction(step.minutes), rate * Fraction(step.minutes) / 60)
    end: Fraction | None = None
    if step.volume_ml is not None:
        end = Fraction(step.volume_ml)
    elif bag is not None and step.until == "empty" and bag.volume_ml is not None:
        known = bag.id not in course.unknown
        end = Fraction(bag.volume_ml) - course.drawn.get(bag.id, Fraction(0)) if known else None
    elif bag is not None and step.until == "target" and target is not None and bag.id in concentrations:
        flow = flow_of(bag, concentrations[bag.id], rate, Fraction(0))
        end = _to_target(course, flow, Fraction(target))
    return None if end is None or end <= 0 else StepMeasure(name, rate, end * 60 / rate, end)


def _rate(step: StepIn, concentrations: Mapping[str, Fraction]) -> Fraction | None:
    if step.rate_ml_h is not None:
        return Fraction(step.rate_ml_h)
    concentration = concentrations.get(str(step.solution))
    if step.dose_rate_h is None or not concentration:
        return None
    return Fraction(step.dose_rate_h) / concentration


def _to_target(course: _Course, flow: Flow, target: Fraction) -> Fraction | None:
    """The volume after which the target has reached the patient, by plug flow; None if it never does."""
    if course.flows is None or not flow.concentration:
        return None
    line = flow.dead_volume + flow.shared
    ample = Flow(
        flow.solution,
        flow.concentration,
        flow.rate,
        line + target / flow.concentration,
        flow.dead_volume,
        flow.shared,
        flow.primed,
    )
    sides = patient_side([*course.flows, ample]).steps
    reached = course.by_hand + sum((plug.dose for plugs in sides[:-1] for plug in plugs), Fraction(0))
    volume = Fraction(0)
    for plug in sides[-1]:
        if reached + plug.dose >= target:
            return volume + (target - reached) / plug.concentration if plug.concentration else volume
        reached += plug.dose
        volume += plug.volume
    return None


def _dose(step: StepIn, concentrations: Mapping[str, Fraction]) -> DoseMeasure | None:
    concentration = concentrations.get(step.solution) if step.solution is not None else None
    if step.dose is not None:
        dose = Fraction(step.dose)
        return DoseMeasure(step.solution, dose, dose / concentration if concentration else None)
    if step.volume_ml is None or concentration is None:
        return None
    volume = Fraction(step.volume_ml)
    return DoseMeasure(step.solution, volume * concentration, volume)


def _given_before(
    numbers: Numbers,
    steps: Sequence[StepMeasure | None],
    by_hand: Mapping[int, DoseMeasure],
    concentrations: Mapping[str, Fraction],
    corrected: str,
) -> Fraction | None:
    """G: the dose of every step that is not drawn from the corrected bag."""
    given = Fraction(0)
    for index, (step, name) in enumerate(zip(steps, numbers.step_solutions, strict=True)):
        if name == corrected:
            continue
        if index in by_hand:
            given += by_hand[index].dose
        elif step is None or step.solution not in concentrations:
            return None
        else:
            given += step.volume * concentrations[step.solution]
    return given
