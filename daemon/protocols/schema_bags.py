"""What a protocol file may say of a bag, a vial or a syringe, and of the line it runs through."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from daemon.protocols.numbers import NotNegative, PartOfTarget, Positive, refusal
from daemon.protocols.section import Section, Text

SolutionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,11}$")]


class LineIn(Section):
    """The line from bag to patient. Not primed: it goes on through what the bag before left in it."""

    dead_volume_ml: NotNegative = Field(
        description="the volume of the line from pump to patient, or to the Y-site if there is one, in mL"
    )
    y_site_ml: NotNegative = Field(
        description="the volume behind the Y-site, which all solutions share, in mL; 0 if there is no Y-site"
    )
    primed: bool = Field(
        description="true if the line is filled with this solution up to the hub, else false"
    )


class BagIn(Section):
    """One preparation; its drug is a part of the target, an amount, a strength, or what is left to give."""

    id: SolutionId = Field(description='a short name, such as id = "bag-1"')
    label: Text = Field(description="the words on the bag's label")
    fraction: PartOfTarget | None = None
    amount: Positive | None = None
    concentration: Positive | None = None
    corrected: bool = False
    flush: bool = False
    rounded_to: Positive | None = None
    preparation: Text | None = None
    volume_ml: Positive | None = None
    stable_h: Positive | None = None
    line: LineIn | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        numbers = (self.fraction, self.amount, self.concentration)
        said = [*(number is not None for number in numbers), self.corrected, self.flush]
        if sum(said) != 1:
            raise refusal(
                "one_amount",
                "a bag needs exactly one statement of how much drug is in it",
                "give one of: fraction = 0.01 (of the target), amount = 6 (dose unit), "
                "concentration = 0.5 (dose unit per mL), "
                "corrected = true (target less what was given before), flush = true (no drug)",
            )
        if self.rounded_to is not None and self.fraction is None and not self.corrected:
            raise refusal(
                "unused",
                "only an amount that is computed is rounded to what can be prepared",
                "leave rounded_to out",
                "rounded_to",
            )
        if self.volume_ml is None and self.concentration is None:
            raise refusal(
                "missing",
                "this key is missing",
                "add it: the volume in the bag when its first step starts, in mL",
                "volume_ml",
            )
        return self


class SolutionIn(BagIn):
    """One bag on a pump."""

    volume_ml: Positive = Field(description="the volume in the bag when its first step starts, in mL")
    stable_h: Positive = Field(description="for how many hours after it was made the bag may be used")
    line: LineIn = Field(description="line = { dead_volume_ml = …, primed = true or false, y_site_ml = … }")
