"""The numbers of a file as they are shown, printed and signed; also while its rules are not whole."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Bag:
    """One preparation; `amount` in the dose unit, `concentration` in dose unit per mL; None = not said."""

    id: str
    label: str
    amount: Decimal | None
    volume_ml: Decimal | None
    concentration: Decimal | None
    dead_volume_ml: Decimal | None
    primed: bool | None
    y_site_ml: Decimal | None
    stable_h: Decimal | None
    flush: bool
    drawn_ml: Decimal
    """What its steps draw from it."""
    preparation: str | None


@dataclass(frozen=True, slots=True)
class WrongBag:
    """What hanging another bag at a step would do: the dose times this, at this dose per hour.

    `times` is None where the right bag has no drug, `dose_rate_h` where no rate gives the step.
    """

    bag: str
    times: Decimal | None
    dose_rate_h: Decimal | None


@dataclass(frozen=True, slots=True)
class Row:
    """One step; doses in the dose unit, None where a step has no such number.

    `elapsed_min` counts from the day's first start to the end of an infusion, or to the giving of a dose.
    `cumulative` counts over all days; `exposure` is what reaches the patient in the step,
    `exposure_rate_h` the highest dose per hour that reaches him in it (F39).
    """

    number: int
    day: int
    solution: str | None
    route: str
    rate_ml_h: Decimal | None
    minutes: Decimal | None
    interval_min: Decimal | None
    volume_ml: Decimal | None
    dose: Decimal
    cumulative: Decimal
    dose_rate_h: Decimal | None
    elapsed_min: Decimal | None
    exposure: Decimal
    exposure_rate_h: Decimal | None
    until: str | None
    by_time: bool
    line_fill: bool
    form: str | None
    wrong_bags: tuple[WrongBag, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """When the drug of a bag first reaches the patient, by plug flow (F39).

    `hung_min` is the elapsed time at its first step, `after_min` the minutes from then to the arrival,
    `step` and `dose_rate_h` the step and the dose per hour it arrives in; None = never.
    """

    solution: str
    hung_min: Decimal
    after_min: Decimal | None
    step: int | None
    dose_rate_h: Decimal | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file in numbers. `sha256` is the plan's where there is a plan, else over these numbers."""

    protocol_id: str
    title: str
    drug: str
    source: str
    route: str
    dose_unit: str
    target_dose: Decimal
    ordered_by: str
    bags: tuple[Bag, ...]
    rows: tuple[Row, ...]
    fronts: tuple[Front, ...]
    driven: bool
    """A pump gives it; else it is given by hand and only printed (F37)."""
    by_hand: tuple[tuple[str, str], ...]
    """The rules of a file that no pump drives: headings and sentences; empty while they are not whole."""
    sha256: str

    def bag(self, bag_id: str) -> Bag:
        """The bag with this id; KeyError if there is none."""
        for bag in self.bags:
            if bag.id == bag_id:
                return bag
        raise KeyError(bag_id)

    @property
    def total_dose(self) -> Decimal:
        """Dose when every step is given whole."""
        return self.rows[-1].cumulative

    @property
    def total_minutes(self) -> Decimal | None:
        """Minutes from the first start to the end of the last step of the last day, without pauses."""
        return self.rows[-1].elapsed_min
