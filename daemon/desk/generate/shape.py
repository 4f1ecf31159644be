"""What a family makes of an order: bags and steps with every number exact, and how the file is to say it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

PART_OF_TARGET = "fraction"
"""The dose unit of a file that names no target: doses are parts of it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked whatever the family; `target` in `unit`, None where the doses themselves say it."""

    family: str
    drug: str
    unit: str
    target: Fraction | None
    route: str = "iv"
    id: str = ""
    title: str = ""
    asked: str = ""
    """The command line, for the head of the file."""
    size: tuple[tuple[str, Fraction], ...] = ()
    """Keys that say the target by the patient's size, and their values; empty = `target_dose` says it."""

    @property
    def unit_in_words(self) -> str:
        """The unit as it follows a number in a sentence."""
        return "of the target" if self.unit == PART_OF_TARGET else self.unit

    @property
    def known_target(self) -> Fraction:
        """The target of a family that cannot do without."""
        if self.target is None:
            raise ValueError(f"{self.family} needs a target")
        return self.target


class Content(StrEnum):
    """The key that says how much drug is in a bag."""

    FRACTION = "fraction"
    AMOUNT = "amount"
    CONCENTRATION = "concentration"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Bag:
    """One preparation; `amount` in the dose unit, as it is prepared. `value` is what the file writes."""

    id: str
    label: str
    content: Content
    value: Fraction
    concentration: Fraction
    volume_ml: Fraction | None
    """None for what no pump gives: the pharmacy makes as much as it needs."""
    rounded_to: Fraction | None = None
    dead_volume_ml: Fraction | None = None
    """Of the line, where the steps depend on it; else it is left to whoever measures the set."""
    volume_option: str = "--volume-ml"

    @property
    def amount(self) -> Fraction | None:
        """Drug in the bag, in the dose unit."""
        return None if self.volume_ml is None else self.concentration * self.volume_ml


class End(StrEnum):
    """How the file says when an infusion ends."""

    MINUTES = "minutes"
    VOLUME = "volume_ml"
    EMPTY = "empty"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Infusion:
    """A step on a pump."""

    bag: str
    rate_ml_h: Fraction
    minutes: Fraction
    volume_ml: Fraction
    dose: Fraction
    end: End
    by_dose: bool = False
    """The file says dose per hour instead of mL/h."""
    line_fill: bool = False
    day: int = 1


@dataclass(frozen=True, slots=True)
class ByHand:
    """A dose given by hand; `interval_min` to the next dose of the same day."""

    dose: Fraction
    bag: str | None
    volume_ml: Fraction | None
    interval_min: Fraction | None
    day: int = 1


Given = Infusion | ByHand


@dataclass(frozen=True, slots=True)
class Shape:
    """A whole table. `notes`: what was asked and what it became, and what a person must know."""

    order: Order
    words: str
    """What it is in a few words, for the title."""
    bags: tuple[Bag, ...]
    steps: tuple[Given, ...]
    notes: tuple[str, ...] = ()

    @property
    def target(self) -> Fraction:
        """The target that was asked, or what the steps give."""
        return self.total if self.order.target is None else self.order.target

    @property
    def total(self) -> Fraction:
        """What leaves pump or hand in all."""
        return sum((step.dose for step in self.steps), Fraction(0))

    @property
    def driven(self) -> bool:
        """Whether a pump could be driven through it: one day, one vein, nothing by hand."""
        infused = all(isinstance(step, Infusion) for step in self.steps)
        return infused and self.order.route == "iv" and all(step.day == 1 for step in self.steps)

    def bag(self, bag_id: str) -> Bag:
        """The bag with this id."""
        return next(bag for bag in self.bags if bag.id == bag_id)
