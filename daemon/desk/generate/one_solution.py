"""One solution, no dilution: a ladder of rates, the last one until the bag is empty.

J Allergy Clin Immunol Pract 2018 (490 procedures): 500 mL at 5, 10, 25, 50, 75, 100 mL/h, 15 min each.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from daemon.desk.generate.course import Course
from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Order, Shape

PRINTED_RATES = tuple(Fraction(rate) for rate in (5, 10, 25, 50, 75, 100))
PRINTED_VOLUME = Fraction(500)


@dataclass(frozen=True, slots=True)
class OneSolution:
    """Volume in mL, rates in mL/h; without rates the printed ladder, which keeps its dose per hour."""

    order: Order
    volume: Fraction = PRINTED_VOLUME
    rates: tuple[Fraction, ...] = ()
    step_minutes: Fraction = Fraction(15)
    rate_step: Fraction | None = None


def one_solution(asked: OneSolution) -> Shape:
    """The table; Refused where there is none."""
    course = Course(asked.order, asked.rate_step)
    scale = asked.volume / PRINTED_VOLUME
    rates = asked.rates or tuple(rate * scale for rate in PRINTED_RATES)
    rising(rates)
    if not asked.rates and scale != 1:
        course.notes.append(
            f"the printed ladder is for 500 mL: with {said(asked.volume)} mL every rate is {said(scale)} "
            "times the printed one, so the dose per hour stays as printed"
        )
    bag = course.hang(Fraction(1), asked.volume)
    for rate in rates[:-1]:
        course.for_minutes(bag, rate, asked.step_minutes)
    course.until_empty(bag, rates[-1])
    return course.shape(f"one solution, {len(course.steps)} steps")


def rising(rates: tuple[Fraction, ...]) -> None:
    """Refused unless every rate is above the one before."""
    for before, after in pairwise(rates):
        if after <= before:
            raise Refused(
                "--rates",
                ",".join(said(rate) for rate in rates),
                f"{said(before)} mL/h is followed by {said(after)} mL/h of the same bag",
                "give each bag rates that rise",
            )
