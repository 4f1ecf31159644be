"""Doses that rise by one ratio from a part of the target; the last step gives what is left of it.

Therapeutic Guidelines: 1/10,000 to 1/1,000 of the target first, doubled every 15 to 30 min.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from daemon.desk.generate.course import MOST_STEPS, Course
from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Bag, Order, Shape


@dataclass(frozen=True, slots=True)
class Geometric:
    """`dilutions` are parts of the target, weakest first; `max_rate` in mL/h says when to change the bag."""

    order: Order
    volume: Fraction
    ratio: Fraction = Fraction(2)
    first_fraction: Fraction = Fraction(1, 1000)
    step_minutes: Fraction = Fraction(15)
    dilutions: tuple[Fraction, ...] = (Fraction(1),)
    max_rate: Fraction | None = None
    steps: int | None = None
    rate_step: Fraction | None = None


def geometric(asked: Geometric) -> Shape:
    """The table; Refused where there is none."""
    if asked.ratio <= 1:
        problem = "the doses do not rise"
        raise Refused("--ratio", said(asked.ratio), problem, "give a ratio above 1, such as 2")
    if asked.first_fraction >= 1:
        problem = "the first dose is the whole target"
        raise Refused("--first-fraction", said(asked.first_fraction), problem, "give such as 1/1000")
    _strengths(asked)
    course = Course(asked.order, asked.rate_step)
    ladder = _Bags(course, asked)
    part = asked.first_fraction
    while not _is_last(course, asked, part):
        bag, rate = ladder.giving(part)
        course.for_minutes(bag, rate, asked.step_minutes)
        part *= asked.ratio
    bag, rate = ladder.giving(part, missing=asked.order.known_target - course.given)
    course.until_target(bag, rate)
    _told(course, asked, part)
    return course.shape(f"{len(course.steps)} steps, each {said(asked.ratio)} times the one before")


def _is_last(course: Course, asked: Geometric, part: Fraction) -> bool:
    """The last step is the one asked for, or the first that gives all that is left, or is too fast."""
    number = len(course.steps) + 1
    target = asked.order.known_target
    fastest = asked.max_rate is not None and _rate(asked, part, Fraction(1)) > asked.max_rate
    enough = fastest or course.given + part * target >= target
    if asked.steps is None and number == MOST_STEPS and not enough:
        problem = f"the target is not reached in {MOST_STEPS} steps"
        raise Refused("--ratio", said(asked.ratio), problem, "give a larger ratio or first dose")
    if asked.steps is not None and number < asked.steps and enough:
        raise Refused(
            "--steps",
            str(asked.steps),
            f"step {number} already "
            + ("asks for more than --max-rate-ml-h" if fastest else "reaches the target"),
            f"give at most {number}, or a smaller first dose or ratio",
        )
    return enough or number == asked.steps


class _Bags:
    """The weakest bag whose rate is not above the highest one wanted; each is hung when it is first used."""

    def __init__(self, course: Course, asked: Geometric) -> None:
        self._course = course
        self._asked = asked
        self._at = -1
        self._bag: Bag | None = None

    def giving(self, part: Fraction, missing: Fraction | None = None) -> tuple[Bag, Fraction]:
        """The bag and the rate that give this part of the target in a step's time, or what is `missing`."""
        asked = self._asked
        at = max(self._at, 0)
        while at + 1 < len(asked.dilutions) and not self._fits(at, part, missing):
            at += 1
        strength = asked.dilutions[at]
        if self._bag is None or at != self._at:
            self._at, self._bag = at, self._course.hang(strength, asked.volume)
        rate = _rate(asked, part, strength)
        if asked.max_rate is not None and rate > asked.max_rate:
            self._course.notes.append(
                f"step {len(self._course.steps) + 1}: {said(rate)} mL/h would be next in the ladder, "
                f"{said(asked.max_rate)} mL/h is the highest wanted"
            )
            rate = asked.max_rate
        return self._bag, rate

    def _fits(self, at: int, part: Fraction, missing: Fraction | None) -> bool:
        """Whether this bag can give it: not too fast, and it holds as much."""
        asked, strength = self._asked, self._asked.dilutions[at]
        dose = part * asked.order.known_target if missing is None else missing
        takes = dose / (strength * asked.order.known_target) * asked.volume
        kept = self._bag is not None and at == self._at
        room = self._course.left_in(self._bag) if kept and self._bag else asked.volume
        return (asked.max_rate is None or _rate(asked, part, strength) <= asked.max_rate) and takes <= room


def _rate(asked: Geometric, part: Fraction, strength: Fraction) -> Fraction:
    """mL/h that give this part of the target in a step's time from a bag of this strength."""
    return part / strength * asked.volume * 60 / asked.step_minutes


def _strengths(asked: Geometric) -> None:
    parts = asked.dilutions
    if any(after <= before for before, after in pairwise(parts)) or parts[-1] != 1:
        listed = ",".join(str(part) for part in parts)
        raise Refused("--dilutions", listed, "the bags do not rise to 1", "give such as 1/100,1/10,1")


def _told(course: Course, asked: Geometric, part: Fraction) -> None:
    last, target, unit = course.steps[-1], asked.order.known_target, asked.order.unit_in_words
    course.notes.append(
        f"the last step gives what is left: {said(last.dose)} {unit} in {said(last.minutes)} min; "
        f"its place in the ladder would be {said(part * target)} {unit} in {said(asked.step_minutes)} min"
    )
