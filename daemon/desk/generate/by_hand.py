"""Doses given by hand (oral, subcutaneous, as a bolus), with an interval, on one day or several."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from daemon.desk.generate.by_size import only_what_scales
from daemon.desk.generate.course import MOST_STEPS
from daemon.desk.generate.exact import down_to, said, written
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Bag, ByHand, Content, Order, Shape


@dataclass(frozen=True, slots=True)
class Hand:
    """Doses given, or a first dose with one ratio or as many as are needed; `intervals` in minutes.

    `day_steps` and `solution_steps` say how many doses fall on each day and come from each strength.
    """

    order: Order
    intervals: tuple[Fraction, ...]
    doses: tuple[Fraction, ...] = ()
    first_dose: Fraction | None = None
    ratios: tuple[Fraction, ...] = (Fraction(2),)
    steps: int | None = None
    day_steps: tuple[int, ...] = ()
    concentrations: tuple[Fraction, ...] = ()
    solution_steps: tuple[int, ...] = ()
    dose_step: Fraction | None = None


def by_hand(asked: Hand) -> Shape:
    """The table; Refused where there is none."""
    only_what_scales(asked.order, "doses given by hand are written as they are")
    notes: list[str] = []
    doses = asked.doses or _rising(asked, notes)
    count = len(doses)
    if count > MOST_STEPS:
        raise Refused("--doses", str(count), f"more than {MOST_STEPS} steps", "ask for fewer")
    for dose in doses:
        if written(dose) is None:
            problem = f"{said(dose)} {asked.order.unit_in_words} is a dose no file can hold exactly"
            raise Refused("--dose-step", "", problem, "give what can be measured, such as --dose-step 0.5")
    _sum(asked, doses)
    days = _days(asked, count)
    bags, used = _solutions(asked, count)
    steps = []
    for number, (dose, day, bag) in enumerate(zip(doses, days, used, strict=True)):
        last = number == count - 1 or days[number + 1] != day
        volume = None if bag is None else dose / bag.concentration
        name = None if bag is None else bag.id
        steps.append(ByHand(dose, name, volume, None if last else _interval(asked, number, count), day))
    words = f"{count} doses" + (f" on {days[-1]} days" if days[-1] > 1 else "")
    return Shape(asked.order, words, bags, tuple(steps), tuple(notes))


def _rising(asked: Hand, notes: list[str]) -> tuple[Fraction, ...]:
    """From the first dose by the ratios, so many steps or to the target; each rounded down to the step."""
    if asked.first_dose is None:
        raise Refused("--first-dose", "", "neither doses nor a first dose are given", "give one of the two")
    target = asked.order.target
    if target is None and asked.steps is None and len(asked.ratios) == 1:
        raise Refused("--steps", "", "nothing says where the doses end", "give --steps or --dose")
    count = asked.steps or (len(asked.ratios) + 1 if len(asked.ratios) > 1 else MOST_STEPS)
    if len(asked.ratios) not in {1, count - 1}:
        listed = ",".join(str(ratio) for ratio in asked.ratios)
        problem = f"{count} doses have {count - 1} ratios between them, not {len(asked.ratios)}"
        raise Refused("--ratio", listed, problem, "give one for all, or one for each dose after the first")
    doses: list[Fraction] = []
    wanted, given = asked.first_dose, Fraction(0)
    for number in range(count):
        wanted *= 1 if not number else asked.ratios[0 if len(asked.ratios) == 1 else number - 1]
        dose = _measured(asked, wanted, number, notes)
        if number == MOST_STEPS - 1 and target is not None and given + dose < target:
            problem = f"{MOST_STEPS} doses do not reach {said(target)} {asked.order.unit_in_words}"
            raise Refused(
                "--first-dose", said(asked.first_dose), problem, "give a larger one, or a larger ratio"
            )
        if target is not None and (given + dose >= target or number == count - 1):
            doses.append(_rest(asked, target, given, wanted, notes))
            return tuple(doses)
        doses.append(dose)
        given += dose
    return tuple(doses)


def _measured(asked: Hand, wanted: Fraction, number: int, notes: list[str]) -> Fraction:
    dose = down_to(wanted, asked.dose_step)
    if dose <= 0:
        problem = (
            f"dose {number + 1} would be {said(wanted)} {asked.order.unit_in_words}, which rounds down to 0"
        )
        raise Refused("--dose-step", said(asked.dose_step or wanted), problem, "give a finer step")
    if dose != wanted:
        notes.append(
            f"dose {number + 1}: {said(wanted)} {asked.order.unit_in_words} asked, "
            f"rounded down to {said(dose)} {asked.order.unit_in_words}"
        )
    return dose


def _rest(asked: Hand, target: Fraction, given: Fraction, wanted: Fraction, notes: list[str]) -> Fraction:
    rest, unit = target - given, asked.order.unit_in_words
    if rest != wanted:
        notes.append(
            f"the last dose is what is left: {said(target)} - {said(given)} = {said(rest)} {unit}; "
            f"its place in the ladder would be {said(wanted)} {unit}"
        )
    if rest <= 0:
        problem = f"the doses before the last one already give {said(given)} {unit}"
        raise Refused("--dose", said(target), problem, "give fewer steps or a smaller first dose")
    return rest


def _sum(asked: Hand, doses: tuple[Fraction, ...]) -> None:
    total, target = sum(doses, Fraction(0)), asked.order.target
    if target is not None and total != target:
        problem = f"the doses add up to {said(total)} {asked.order.unit_in_words}"
        raise Refused("--dose", said(target), problem, "leave --dose out: the target is what they add up to")
    if written(total) is None:
        raise Refused("--doses", "", f"no file can hold their sum, {said(total)}", "give fewer digits")


def _days(asked: Hand, count: int) -> tuple[int, ...]:
    split = asked.day_steps or (count,)
    if sum(split) != count:
        listed = ",".join(str(steps) for steps in split)
        problem = f"these are {sum(split)} doses, there are {count}"
        raise Refused("--day-steps", listed, problem, "give how many doses fall on each day")
    return tuple(day for day, steps in enumerate(split, start=1) for _ in range(steps))


def _interval(asked: Hand, number: int, count: int) -> Fraction:
    if len(asked.intervals) == 1:
        return asked.intervals[0]
    if len(asked.intervals) != count - 1:
        listed = ",".join(said(interval) for interval in asked.intervals)
        problem = f"there are {count - 1} intervals between {count} doses"
        remedy = "give one for all, or one for each dose but the last (the nights as well; they are not used)"
        raise Refused("--interval-min", listed, problem, remedy)
    return asked.intervals[number]


def _solutions(asked: Hand, count: int) -> tuple[tuple[Bag, ...], tuple[Bag | None, ...]]:
    """The strengths, and which of them each dose is drawn from."""
    strengths = asked.concentrations
    if not strengths:
        return (), (None,) * count
    split = asked.solution_steps or ((count,) if len(strengths) == 1 else ())
    if len(split) != len(strengths) or sum(split) != count:
        listed = ",".join(str(steps) for steps in split)
        problem = f"{count} doses come from {len(strengths)} strengths"
        raise Refused("--solution-steps", listed, problem, "give how many doses are drawn from each")
    bags = tuple(
        Bag(
            f"sol-{number}",
            f"{said(one)} {asked.order.unit_in_words}/mL",
            Content.CONCENTRATION,
            one,
            one,
            None,
        )
        for number, one in enumerate(strengths, start=1)
    )
    ends = tuple(accumulate(split))
    return bags, tuple(bags[sum(number >= end for end in ends)] for number in range(count))
