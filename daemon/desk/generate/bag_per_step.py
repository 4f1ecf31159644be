"""One bag for each step: tenfold or given parts of the target, each in its volume and time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from daemon.desk.generate.brigham import LastBag
from daemon.desk.generate.course import MOST_STEPS, Course, at_most_whole
from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Bag, Order, Shape


@dataclass(frozen=True, slots=True)
class BagPerStep:
    """`parts` of the target, None for the rest of it; volumes in mL and minutes, one for all or one a bag."""

    order: Order
    parts: tuple[Fraction | None, ...]
    volumes: tuple[Fraction, ...]
    minutes: tuple[Fraction, ...]
    last_bag: LastBag = LastBag.CORRECTED
    rate_step: Fraction | None = None
    amount_steps: tuple[Fraction, ...] = ()
    """What can be prepared, in the dose unit: one for all bags, or one a bag."""


def tenfold(bags: int, ratio: Fraction) -> tuple[Fraction, ...]:
    """So many parts of the target up to the whole of it, each this many times the one before."""
    if bags > MOST_STEPS:
        raise Refused("--bags", str(bags), f"more than {MOST_STEPS} steps", "ask for fewer")
    if ratio <= 1:
        raise Refused("--ratio", said(ratio), "the doses do not rise", "give a ratio above 1, such as 10")
    return tuple(1 / ratio ** (bags - 1 - number) for number in range(bags))


def bag_per_step(asked: BagPerStep) -> Shape:
    """The table; Refused where there is none."""
    count = len(asked.parts)
    if count > MOST_STEPS:
        raise Refused("--parts", str(count), f"more than {MOST_STEPS} steps", "ask for fewer")
    at_most_whole(asked.parts, "--parts")
    volumes = _each(asked.volumes, count, "--volume-ml")
    times = _each(asked.minutes, count, "--step-minutes")
    prepared = _each(asked.amount_steps, count, "--amount-step") if asked.amount_steps else (None,) * count
    course = Course(asked.order, asked.rate_step, amount_option="--amount-step")
    for number, part in enumerate(asked.parts):
        last = number == count - 1
        volume = volumes[number]
        if part is None and not last:
            problem, remedy = "only the last bag can hold the rest", "write rest at the end"
            raise Refused("--parts", "rest", problem, remedy)
        if part is None or (last and count > 1 and _corrected(asked, part)):
            bag = course.hang_rest("the rest of the target dose", volume)
        else:
            bag = course.hang(part, volume, rounded_to=prepared[number])
        rate = volume * 60 / times[number]
        if last and asked.last_bag is LastBag.STOP_AT_TARGET:
            course.until_target(bag, rate)
        else:
            _give(course, bag, rate, times[number])
    _told(course, asked)
    return course.shape(f"{count} bag{'s' if count > 1 else ''}, one for each step")


def _corrected(asked: BagPerStep, part: Fraction) -> bool:
    """Only a last bag with the whole target needs a correction; given parts are as given."""
    return asked.last_bag is LastBag.CORRECTED and part == 1


def _give(course: Course, bag: Bag, rate: Fraction, minutes: Fraction) -> None:
    """In its time; where the pump cannot set that rate exactly, until the bag is empty, a little later."""
    if course.rate(rate) == rate:
        course.for_minutes(bag, rate, minutes)
    else:
        course.until_empty(bag, rate)


def _told(course: Course, asked: BagPerStep) -> None:
    target, unit = asked.order.known_target, asked.order.unit_in_words
    over = course.given - target
    if over:
        course.notes.append(
            f"the bags give {said(course.given)} {unit}, {said(abs(over))} {unit} "
            f"({said(abs(over) / target * 100)} %) {'more' if over > 0 else 'less'} than the target"
        )
    if asked.last_bag is LastBag.CORRECTED and len(asked.parts) > 1 and asked.parts[-1] == 1:
        course.notes.append(
            f"the last bag is corrected: {said(course.steps[-1].dose)} {unit}, the target less what the bags "
            "before it give (--last-bag uncorrected: the whole target dose, as some prints have it)"
        )


def _each(given: tuple[Fraction, ...], count: int, option: str) -> tuple[Fraction, ...]:
    if len(given) == 1:
        return given * count
    if len(given) != count:
        listed = ",".join(said(one) for one in given)
        problem = f"there are {count} bags and {len(given)} values"
        raise Refused(option, listed, problem, "give one for all, or one for each bag")
    return given
