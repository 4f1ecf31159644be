"""The Brigham (Castells) family: bags of tenfold strength, four rates each, the last one run out.

Castells 2008 and later prints; ladders at a final rate of 80 mL/h, at another they scale with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from daemon.desk.generate.course import Course, at_most_whole
from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Order, Shape

_PRINTED_FINAL = 80
_FIRST = (2, 5, 10, 20)
_MIDDLE = (5, 10, 20, 40)
_LAST = (10, 20, 40, 80)
_TEN = 10
_FROM_FIRST = 3
"""Bags from which on the weakest has the ladder that begins with the first rate."""
_MOST_BAGS = 13
"""The weakest of 13 holds 10^-12 of the target: no file says less."""


class LastBag(StrEnum):
    """What the last bag holds, and where it ends."""

    CORRECTED = "corrected"
    UNCORRECTED = "uncorrected"
    STOP_AT_TARGET = "stop-at-target"


@dataclass(frozen=True, slots=True)
class Brigham:
    """Volumes in mL, rates in mL/h, `weak_amount_steps` in the dose unit, one for all or one a weak bag."""

    order: Order
    volume: Fraction
    weak_volume: Fraction
    bags: int = 3
    final_rate: Fraction = Fraction(_PRINTED_FINAL)
    first_rate: Fraction | None = None
    step_minutes: Fraction = Fraction(15)
    last_bag: LastBag = LastBag.CORRECTED
    rate_step: Fraction | None = None
    weak_amount_steps: tuple[Fraction, ...] = ()
    ladders: tuple[tuple[Fraction, ...], ...] = ()
    parts: tuple[Fraction, ...] = ()
    """What each bag holds of the target, instead of tenfold strengths and a corrected last bag."""


def brigham(asked: Brigham) -> Shape:
    """The table; Refused where there is none."""
    ladders = asked.ladders or _ladders(asked)
    _rising(ladders)
    if len(ladders) > _MOST_BAGS:
        problem = f"the weakest bag would hold 10^-{len(ladders) - 1} of the target"
        raise Refused("--bags", str(len(ladders)), problem, f"give at most {_MOST_BAGS}")
    if asked.parts and len(asked.parts) != len(ladders):
        listed = ",".join(said(part * 100) for part in asked.parts)
        problem = f"there are {len(ladders)} bags and {len(asked.parts)} parts"
        raise Refused("--percents", listed, problem, "give one for each bag")
    at_most_whole(asked.parts, "--percents")
    steps = _amount_steps(asked, len(ladders) - 1)
    course = Course(asked.order, asked.rate_step, amount_option="--weak-amount-step")
    for number, ladder in enumerate(ladders[:-1]):
        fold = Fraction(_TEN) ** (len(ladders) - 1 - number)
        part = asked.parts[number] if asked.parts else asked.weak_volume / asked.volume / fold
        bag = course.hang(
            part,
            asked.weak_volume,
            rounded_to=steps[number],
            option="--weak-volume-ml" if asked.weak_volume != asked.volume else "--volume-ml",
        )
        for rate in ladder:
            course.for_minutes(bag, rate, asked.step_minutes)
    _last(course, asked, ladders[-1])
    if asked.first_rate is None and not asked.ladders and asked.bags >= _FROM_FIRST:
        course.notes.append(
            f"the first rate was not given: {said(ladders[0][0])} mL/h, the lower of the two "
            "that are published (2 and 2.5 mL/h at a final rate of 80 mL/h)"
        )
    words = f"{len(ladders)} bag{'s' if len(ladders) > 1 else ''}, {len(course.steps)} steps"
    return course.shape(words)


def _last(course: Course, asked: Brigham, ladder: tuple[Fraction, ...]) -> None:
    whole = asked.parts[-1] if asked.parts else Fraction(1)
    if asked.last_bag is LastBag.CORRECTED and course.steps and not asked.parts:
        bag = course.hang_rest("dose corrected for what was already given", asked.volume)
    else:
        bag = course.hang(whole, asked.volume)
    for rate in ladder[:-1]:
        course.for_minutes(bag, rate, asked.step_minutes)
    if asked.last_bag is LastBag.STOP_AT_TARGET and course.left_in(bag) > 0:
        course.until_target(bag, ladder[-1])
    else:
        course.until_empty(bag, ladder[-1])
    target, unit = asked.order.known_target, asked.order.unit_in_words
    over = course.given - target
    if over:
        course.notes.append(
            f"{said(course.given)} {unit} are given, {said(abs(over))} {unit} "
            f"({said(abs(over) / target * 100)} %) {'more' if over > 0 else 'less'} than the target: "
            "the last bag is not corrected for it"
        )
    left = course.left_in(bag)
    if left > 0:
        course.notes.append(f"{bag.id} is stopped at the target: {said(left)} mL of it are discarded")


def _ladders(asked: Brigham) -> tuple[tuple[Fraction, ...], ...]:
    scale = asked.final_rate / _PRINTED_FINAL
    printed = {1: [_LAST], 2: [_MIDDLE, _LAST]}.get(
        asked.bags, [_FIRST, *[_MIDDLE] * (asked.bags - 2), _LAST]
    )
    ladders = [tuple(rate * scale for rate in ladder) for ladder in printed]
    if asked.first_rate is not None:
        if asked.first_rate >= ladders[0][1]:
            raise Refused(
                "--first-rate-ml-h",
                said(asked.first_rate),
                f"the second step is {said(ladders[0][1])} mL/h: the first one has to be slower",
                f"give less than {said(ladders[0][1])}, or a higher --final-rate-ml-h",
            )
        ladders[0] = (asked.first_rate, *ladders[0][1:])
    return tuple(ladders)


def _rising(ladders: tuple[tuple[Fraction, ...], ...]) -> None:
    for ladder in ladders:
        for before, after in pairwise(ladder):
            if after <= before:
                raise Refused(
                    "--rates",
                    ",".join(said(rate) for rate in ladder),
                    f"{said(before)} mL/h is followed by {said(after)} mL/h of the same bag",
                    "give each bag rates that rise",
                )


def _amount_steps(asked: Brigham, weak: int) -> tuple[Fraction | None, ...]:
    given = asked.weak_amount_steps
    if not given:
        return (None,) * weak
    if len(given) == 1:
        return given * weak
    if len(given) != weak:
        raise Refused(
            "--weak-amount-step",
            ",".join(said(step) for step in given),
            f"there are {weak} weak bags and {len(given)} steps to round to",
            "give one for all, or one for each weak bag",
        )
    return given
