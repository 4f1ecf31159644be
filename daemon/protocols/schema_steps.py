"""What a protocol file may say of a step: an infusion on a pump, or a dose given by hand."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from daemon.protocols.numbers import Positive, refusal
from daemon.protocols.route import INFUSED, INFUSION, Route
from daemon.protocols.schema_bags import SolutionId
from daemon.protocols.section import Section, Text

Day = Annotated[int, Field(ge=1, le=99)]


class StepIn(Section):
    """An infusion has a rate and an end, two of three numbers say both; a dose by hand has neither."""

    solution: SolutionId | None = Field(default=None, description="the id of one of the [[solutions]]")
    rate_ml_h: Positive | None = Field(default=None, description="the rate in mL/h")
    dose_rate_h: Positive | None = None
    minutes: Positive | None = None
    volume_ml: Positive | None = None
    until: Literal["empty", "target"] | None = None
    by_time: bool = False
    line_fill: bool = False
    dose: Positive | None = None
    interval_min: Positive | None = None
    route: Route | None = None
    form: Text | None = None
    day: Day = 1

    @property
    def infused(self) -> bool:
        """Whether a pump gives this step."""
        timed = (self.rate_ml_h, self.dose_rate_h, self.minutes, self.until)
        return any(said is not None for said in timed)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.infused:
            _infusion(self)
        else:
            _by_hand(self)
        return self


def _infusion(step: StepIn) -> None:
    for key in ("dose", "form"):
        if getattr(step, key) is not None:
            raise refusal(
                "hand_and_pump",
                "a step is an infusion or a dose by hand, not both",
                f"leave {key} out, or leave out rate, minutes and until",
                key,
            )
    if step.route is not None and step.route not in INFUSED:
        problem, remedy = f"nothing given by {step.route} has a rate", f'write route = "{INFUSION}"'
        raise refusal("hand_and_pump", problem, remedy, "route")
    if step.solution is None:
        raise refusal(
            "missing", "this key is missing", "add it: the id of one of the [[solutions]]", "solution"
        )
    if step.rate_ml_h is not None and step.dose_rate_h is not None:
        raise refusal(
            "two_rates", "one step has one rate", "leave dose_rate_h or rate_ml_h out", "dose_rate_h"
        )
    rated = step.rate_ml_h is not None or step.dose_rate_h is not None
    ends = sum(end is not None for end in (step.minutes, step.volume_ml, step.until))
    if not rated and (step.until is not None or step.volume_ml is None):
        raise refusal("missing", "this key is missing", "add it: the rate in mL/h", "rate_ml_h")
    if rated and ends != 1:
        raise refusal(
            "one_end",
            "a step needs exactly one end",
            'give one of: minutes = 15, volume_ml = 5, until = "empty", until = "target"',
        )


def _by_hand(step: StepIn) -> None:
    if (step.dose is None) == (step.volume_ml is None):
        raise refusal(
            "one_dose",
            "a step has a rate (rate_ml_h) and an end, or exactly one dose that is given by hand",
            "give rate_ml_h and minutes; or dose (in the dose unit), or volume_ml of a solution",
        )
    if step.volume_ml is not None and step.solution is None:
        raise refusal(
            "missing",
            "a volume of what is not said",
            "add solution, the id of one of the [[solutions]]",
            "solution",
        )
    if step.by_time or step.line_fill:
        key = "by_time" if step.by_time else "line_fill"
        raise refusal("unused", "this is for steps on a pump", f"leave {key} out", key)
