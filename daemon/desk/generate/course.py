"""Bags hung and steps laid one after the other; refuses what a bag, a file or a pump cannot do."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from daemon.desk.generate.by_size import only_what_scales
from daemon.desk.generate.exact import down_to, nearest, said, written
from daemon.desk.generate.label import label_of
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import PART_OF_TARGET, Bag, Content, End, Infusion, Order, Shape
from daemon.protocols.route import INFUSION

MOST_STEPS = 500


def at_most_whole(parts: Iterable[Fraction | None], option: str) -> None:
    """Refused if one part of the target is more than all of it."""
    for part in parts:
        if part is not None and part > 1:
            problem = f"a bag would hold {said(part)} times the target"
            raise Refused(option, said(part), problem, "give at most the whole of it")


class Course:
    """The table while it grows; volumes in mL, rates in mL/h, doses in the order's unit."""

    def __init__(
        self, order: Order, rate_step: Fraction | None = None, *, amount_option: str = "--dilutions"
    ) -> None:
        self.order = order
        self.amount_option = amount_option
        self.rate_step = rate_step
        self.bags: list[Bag] = []
        self.steps: list[Infusion] = []
        self.notes: list[str] = []

    def hang(
        self,
        part: Fraction,
        volume: Fraction,
        *,
        rounded_to: Fraction | None = None,
        dead_volume: Fraction | None = None,
        option: str = "--volume-ml",
    ) -> Bag:
        """A bag that holds this part of the target, in the words a file can hold exactly."""
        name = f"bag-{len(self.bags) + 1}"
        self._writable(volume, option, f"the volume of {name}")
        asked = part * self.order.known_target
        amount = nearest(asked, rounded_to)
        if amount <= 0:
            self._rounds_to_nothing(name, asked, rounded_to)
        if rounded_to is not None:
            multiple = f"a multiple of {said(rounded_to)} {self.order.unit_in_words}"
            only_what_scales(self.order, f"{name} would be rounded to {multiple}")
        content, value = self._content(name, part, amount, rounded_to)
        label = label_of(self.order, content, part, amount, volume)
        kept = rounded_to if content is Content.FRACTION else None
        if amount != asked:
            self.notes.append(
                f"{name}: {said(asked)} {self.order.unit_in_words} asked, rounded to {said(amount)} "
                f"{self.order.unit_in_words} ({said(amount / volume)} {self.order.unit_in_words}/mL), "
                f"the nearest multiple of {said(rounded_to or amount)}"
            )
        return self._hung(
            Bag(name, label, content, value, amount / volume, volume, kept, dead_volume, option)
        )

    def hang_rest(self, label: str, volume: Fraction, *, option: str = "--volume-ml") -> Bag:
        """The last bag: the target less what the steps so far give."""
        name = f"bag-{len(self.bags) + 1}"
        self._writable(volume, option, f"the volume of {name}")
        target = self.order.known_target
        left = target - self.given
        if left <= 0:
            raise Refused(
                option,
                said(volume),
                f"the steps before {name} already give {said(self.given)} {self.order.unit_in_words}",
                "make the bags larger, the steps shorter, or the weak bags weaker",
            )
        return self._hung(
            Bag(name, label, Content.CORRECTED, left, left / volume, volume, volume_option=option)
        )

    def hang_strength(self, label: str, concentration: Fraction, volume: Fraction) -> Bag:
        """A bag of this strength, in dose unit per mL."""
        name = f"bag-{len(self.bags) + 1}"
        self._writable(volume, "--volume-ml", f"the volume of {name}")
        self._writable(concentration, "--concentrations", f"the strength of {name}")
        return self._hung(Bag(name, label, Content.CONCENTRATION, concentration, concentration, volume))

    def for_minutes(self, bag: Bag, rate: Fraction, minutes: Fraction, *, by_dose: bool = False) -> None:
        """A step of this time; the rate rounded down to what the pump can set."""
        self._writable(minutes, "--step-minutes", f"the time of step {len(self.steps) + 1}")
        able = self.rate(rate)
        self._lay(bag, able, able * minutes / 60, End.MINUTES, by_dose=by_dose)
        if able != rate:
            volume, asked = able * minutes / 60, rate * minutes / 60
            unit = self.order.unit_in_words
            self._told(
                rate,
                f"{said(volume)} mL, {said(volume * bag.concentration)} {unit} "
                f"instead of {said(asked)} mL, {said(asked * bag.concentration)} {unit}",
            )

    def for_volume(
        self, bag: Bag, rate: Fraction, volume: Fraction, *, option: str, line_fill: bool = False
    ) -> None:
        """A step of this volume."""
        self._writable(volume, option, f"the volume of step {len(self.steps) + 1}")
        self._lay(bag, self.rate(rate), volume, End.VOLUME, line_fill=line_fill)
        self._told_time(rate)

    def until_empty(self, bag: Bag, rate: Fraction) -> None:
        """The rest of the bag."""
        self._lay(bag, self.rate(rate), self.left_in(bag), End.EMPTY)
        self._told_time(rate)

    def until_target(
        self, bag: Bag, rate: Fraction, reached: Fraction | None = None, *, by_dose: bool = False
    ) -> None:
        """What is missing to the target; `reached` is what the patient has, if not what left the pump."""
        missing = self.order.known_target - (self.given if reached is None else reached)
        if missing <= 0:
            raise Refused(
                "--dose",
                said(self.order.known_target),
                f"the steps before the last one already give {said(self.given)} {self.order.unit_in_words}",
                "make the steps shorter or fewer, or begin weaker",
            )
        self._lay(bag, self.rate(rate), missing / bag.concentration, End.TARGET, by_dose=by_dose)
        self._told_time(rate)
        if self.order.route == INFUSION:
            self._told_of_line()

    def rate(self, asked: Fraction) -> Fraction:
        """The rate the pump can set; Refused where there is none."""
        able = down_to(asked, self.rate_step)
        if able <= 0:
            raise Refused(
                "--rate-step",
                said(self.rate_step or able),
                f"step {len(self.steps) + 1} asks for {said(asked)} mL/h, which rounds down to 0",
                "give a finer step, if the pump has one, or a larger volume for the early steps",
            )
        if written(able) is None:
            raise Refused(
                "--rate-step",
                "" if self.rate_step is None else said(self.rate_step),
                f"step {len(self.steps) + 1} asks for {said(asked)} mL/h, "
                "which no file and no pump can hold exactly",
                "give what the pump can set, such as --rate-step 0.1: rates are then rounded down",
            )
        return able

    def left_in(self, bag: Bag) -> Fraction:
        """What the steps so far have left in the bag, in mL."""
        drawn = sum((step.volume_ml for step in self.steps if step.bag == bag.id), Fraction(0))
        return (bag.volume_ml or Fraction(0)) - drawn

    @property
    def given(self) -> Fraction:
        """Dose that left the pump so far."""
        return sum((step.dose for step in self.steps), Fraction(0))

    def shape(self, words: str) -> Shape:
        """The finished table."""
        return Shape(self.order, words, tuple(self.bags), tuple(self.steps), tuple(self.notes))

    def _told_of_line(self) -> None:
        known = self.given > self.order.known_target
        self.notes.append(
            "the last step ends when the patient has the target: if the ward's line is not primed "
            "(or is filled by a step), more leaves the pump than the target"
            + (f": {said(self.given)} {self.order.unit_in_words} in this table" if known else "")
        )

    def _told_time(self, asked: Fraction) -> None:
        """What the last step laid became, where its volume was fixed."""
        step = self.steps[-1]
        if step.rate_ml_h != asked:
            self._told(asked, f"{said(step.minutes)} min instead of {said(step.volume_ml * 60 / asked)} min")

    def _told(self, asked: Fraction, became: str) -> None:
        step = self.steps[-1]
        self.notes.append(
            f"step {len(self.steps)}: {said(asked)} mL/h asked, "
            f"rounded down to {said(step.rate_ml_h)} mL/h: {became}"
        )

    def _lay(
        self,
        bag: Bag,
        rate: Fraction,
        volume: Fraction,
        end: End,
        *,
        by_dose: bool = False,
        line_fill: bool = False,
    ) -> None:
        number, left = len(self.steps) + 1, self.left_in(bag)
        if number > MOST_STEPS:
            raise Refused("", "", f"more than {MOST_STEPS} steps", "ask for fewer")
        if volume > left or volume <= 0:
            needs = (
                "nothing is left for it"
                if left <= 0
                else f"it takes {said(volume)} mL, {said(left)} are left"
            )
            raise Refused(
                bag.volume_option,
                said(bag.volume_ml or Fraction(0)),
                f"{bag.id} is too small for step {number} at {said(rate)} mL/h: {needs}",
                "give a larger volume, shorter steps or lower rates",
            )
        dose = volume * bag.concentration
        self.steps.append(
            Infusion(
                bag.id, rate, volume * 60 / rate, volume, dose, end, by_dose=by_dose, line_fill=line_fill
            )
        )

    def _content(
        self, name: str, part: Fraction, amount: Fraction, rounded_to: Fraction | None
    ) -> tuple[Content, Fraction]:
        step = rounded_to is None or not (written(rounded_to) is None or written(amount) is None)
        if written(part) is not None and part <= 1 and step:
            return Content.FRACTION, part
        only_what_scales(self.order, f"{name} would hold {said(amount)} {self.order.unit_in_words}")
        if written(amount) is not None and self.order.unit != PART_OF_TARGET:
            return Content.AMOUNT, amount
        raise Refused(
            self.amount_option,
            "" if rounded_to is None else said(rounded_to),
            f"{name} would hold {said(part)} of the target, {said(amount)} {self.order.unit_in_words}, "
            "which no file and no pharmacy can hold exactly",
            "ask for amounts that can be prepared (other parts, volumes, or a step to round to)",
        )

    def _rounds_to_nothing(self, name: str, asked: Fraction, rounded_to: Fraction | None) -> None:
        raise Refused(
            self.amount_option,
            said(rounded_to or asked),
            f"{name} would hold {said(asked)} {self.order.unit_in_words}, which rounds to nothing",
            "give a finer step",
        )

    def _hung(self, bag: Bag) -> Bag:
        self.bags.append(bag)
        return bag

    def _writable(self, number: Fraction, option: str, what: str) -> None:
        if number <= 0 or written(number) is None:
            raise Refused(
                option,
                said(number),
                f"{what} is a number no file can hold exactly",
                "give a decimal of at most 18 digits, such as 2.5",
            )
