"""The Madrid (Ramon y Cajal) family: one line for all bags, and a step that fills it with each new solution.

World Allergy Organ J 2022;15(6):100640, Table 8: 1/50, 1/5, 1 of the target in 250 mL each, 22 mL of line
filled in 15 min, then 100, 200, 400 mL/h, the last bag at 125 mL/h. Print counts a line-fill step as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from daemon.desk.generate.course import Course
from daemon.desk.generate.exact import said, written
from daemon.desk.generate.one_solution import rising
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Bag, Order, Shape

PRINTED_VOLUME = Fraction(250)
PRINTED_DILUTIONS = (Fraction(1, 50), Fraction(1, 5), Fraction(1))
PRINTED_RATES = (Fraction(100), Fraction(200), Fraction(400))
PRINTED_FINAL = Fraction(125)


class LastStep(StrEnum):
    """What the last step completes to the target: the printed count, or what the patient has got."""

    PRINTED = "printed"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class LineFill:
    """Volumes in mL, rates in mL/h; the printed rates keep their dose per hour in another volume."""

    order: Order
    dead_volume: Fraction
    volume: Fraction = PRINTED_VOLUME
    dilutions: tuple[Fraction, ...] = PRINTED_DILUTIONS
    rates: tuple[Fraction, ...] = ()
    final_rate: Fraction | None = None
    fill_minutes: Fraction = Fraction(15)
    step_minutes: Fraction = Fraction(15)
    last_step: LastStep = LastStep.PRINTED
    rate_step: Fraction | None = None


def line_fill(asked: LineFill) -> Shape:
    """The table; Refused where there is none."""
    _dilutions(asked.dilutions)
    scale = asked.volume / PRINTED_VOLUME
    rates = asked.rates or tuple(rate * scale for rate in PRINTED_RATES)
    rising(rates)
    final = asked.final_rate or PRINTED_FINAL * scale
    course = Course(asked.order, asked.rate_step)
    if scale != 1 and not (asked.rates and asked.final_rate):
        course.notes.append(
            f"the printed rates are for 250 mL: with {said(asked.volume)} mL those not given are "
            f"{said(scale)} times the printed ones, so the dose per hour stays as printed"
        )
    for part in asked.dilutions[:-1]:
        bag = _hang(course, asked, part)
        for rate in rates:
            course.for_minutes(bag, rate, asked.step_minutes)
    _last(course, asked, _hang(course, asked, asked.dilutions[-1]), final)
    return course.shape(f"{len(asked.dilutions)} bags, {len(course.steps)} steps, line-fill steps")


def _hang(course: Course, asked: LineFill, part: Fraction) -> Bag:
    bag = course.hang(part, asked.volume, dead_volume=asked.dead_volume)
    rate = asked.dead_volume * 60 / asked.fill_minutes
    course.for_volume(bag, rate, asked.dead_volume, option="--dead-volume-ml", line_fill=True)
    return bag


def _last(course: Course, asked: LineFill, bag: Bag, final: Fraction) -> None:
    """The target less what was given; the line, filled, pushes out of each bag what the fill step put in."""
    target, unit = asked.order.known_target, asked.order.unit_in_words
    filled = sum((step.dose for step in course.steps if step.line_fill), Fraction(0))
    in_line = asked.dead_volume * bag.concentration
    reached = course.given - in_line
    if asked.last_step is LastStep.PATIENT:
        course.until_target(bag, final, reached)
        return
    missing = target - (course.given - filled)
    if missing <= 0:
        raise Refused(
            "--rates",
            "",
            f"the weak bags already give {said(course.given - filled)} of {said(target)} {unit}",
            "give weaker dilutions, lower rates or shorter steps",
        )
    volume = missing / bag.concentration
    if written(volume) is None:
        raise Refused(
            "--last-step",
            asked.last_step,
            f"{said(missing)} {unit} are {said(volume)} mL, which no file can hold exactly",
            "give --last-step patient, or another volume",
        )
    course.for_volume(bag, final, volume, option="--volume-ml")
    over = reached + missing - target
    course.notes.append(
        f"the last step gives {said(target)} - {said(target - missing)} = {said(missing)} {unit}: as printed "
        "line-fill steps count as 0. They push the solution before to the patient, who gets "
        f"{said(reached + missing)} {unit}, {said(over)} {unit} more than the target "
        "(--last-step patient ends at the target)"
    )


def _dilutions(parts: tuple[Fraction, ...]) -> None:
    said_as = ",".join(str(part) for part in parts)
    if any(after <= before for before, after in pairwise(parts)) or parts[-1] > 1:
        raise Refused("--dilutions", said_as, "the bags do not rise to 1", "give such as 1/50,1/5,1")
