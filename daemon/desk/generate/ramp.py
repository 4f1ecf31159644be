"""A ramp in dose per hour through solutions of rising strength, as insulin from U10 to U100."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from daemon.desk.generate.by_size import only_what_scales
from daemon.desk.generate.course import MOST_STEPS, Course
from daemon.desk.generate.exact import said, written
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Order, Shape


@dataclass(frozen=True, slots=True)
class Ramp:
    """`rates` in dose per hour, `concentrations` in dose per mL with `solution_steps` from each."""

    order: Order
    volume: Fraction
    concentrations: tuple[Fraction, ...]
    solution_steps: tuple[int, ...]
    rates: tuple[Fraction, ...]
    step_minutes: Fraction = Fraction(60)
    rate_step: Fraction | None = None


def ladder(first: Fraction, ratio: Fraction, final: Fraction) -> tuple[Fraction, ...]:
    """Rates in dose per hour from the first, each `ratio` times the one before, up to the final one."""
    if ratio <= 1:
        raise Refused("--ratio", said(ratio), "the rates do not rise", "give a ratio above 1, such as 2")
    if final < first:
        raise Refused("--final-rate-h", said(final), f"the first rate is {said(first)}", "give a higher one")
    rates = [first]
    while rates[-1] < final:
        if len(rates) == MOST_STEPS:
            raise Refused("--ratio", said(ratio), f"more than {MOST_STEPS} steps", "give a larger ratio")
        rates.append(min(rates[-1] * ratio, final))
    return tuple(rates)


def ramp(asked: Ramp) -> Shape:
    """The table; Refused where there is none."""
    only_what_scales(asked.order, "strengths and rates in dose per hour are written as they are")
    split = _split(asked)
    _rising(asked)
    course = Course(asked.order, asked.rate_step)
    number = 0
    for strength, steps in zip(asked.concentrations, split, strict=True):
        label = f"{said(strength)} {asked.order.unit_in_words}/mL"
        bag = course.hang_strength(label, strength, asked.volume)
        for wanted in asked.rates[number : number + steps]:
            rate = course.rate(wanted / strength)
            by_dose = rate == wanted / strength and written(wanted) is not None
            last = len(course.steps) == len(asked.rates) - 1
            if last and asked.order.target is not None:
                course.until_target(bag, rate, by_dose=by_dose)
            else:
                course.for_minutes(bag, rate, asked.step_minutes, by_dose=by_dose)
        number += steps
    total = course.given
    if asked.order.target is None and written(total) is None:
        raise Refused("--rates-h", "", f"no file can hold their sum, {said(total)}", "give fewer digits")
    return course.shape(f"{len(course.steps)} rates, {len(course.bags)} strengths")


def _split(asked: Ramp) -> tuple[int, ...]:
    count, strengths = len(asked.rates), asked.concentrations
    if count > MOST_STEPS:
        raise Refused("--rates-h", str(count), f"more than {MOST_STEPS} steps", "ask for fewer")
    if any(after <= before for before, after in pairwise(strengths)):
        listed = ",".join(said(strength) for strength in strengths)
        raise Refused("--concentrations", listed, "the strengths do not rise", "give such as 10,100")
    split = asked.solution_steps or ((count,) if len(strengths) == 1 else ())
    if len(split) != len(strengths) or sum(split) != count:
        listed = ",".join(str(steps) for steps in split)
        problem = f"{count} steps come from {len(strengths)} strengths"
        raise Refused("--solution-steps", listed, problem, "give how many steps come from each")
    return split


def _rising(asked: Ramp) -> None:
    for before, after in pairwise(asked.rates):
        if after <= before:
            raise Refused(
                "--rates-h",
                ",".join(said(rate) for rate in asked.rates),
                f"{said(before)} an hour is followed by {said(after)} an hour",
                "give rates that rise",
            )
