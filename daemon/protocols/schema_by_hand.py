"""What a file may say that no pump drives: doses by hand, several days; checked, printed, signed (F37)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from daemon.protocols.numbers import NotNegative, PartOfTarget, Positive, StepUpRatio
from daemon.protocols.route import Route
from daemon.protocols.schema import DoseUnit, ProtocolId, SourceIn
from daemon.protocols.schema_bags import BagIn
from daemon.protocols.schema_steps import StepIn
from daemon.protocols.section import Section, Text


class AssessmentByHandIn(Section):
    """How often a nurse looks at the patient."""

    every_min: Positive = Field(description="minutes between two assessments by the nurse")


class AfterWatchByHandIn(Section):
    """Observation after the last dose."""

    minutes: NotNegative = Field(description="minutes of observation after the last dose")


class CeilingsByHandIn(Section):
    """Hard limits, in the dose unit; the step-up from dose to dose."""

    max_total_dose: Positive = Field(description="the highest total dose, in the dose unit")
    max_step_up_ratio: StepUpRatio = Field(description="the largest step-up from one dose to the next")
    max_dose_rate_h: Positive | None = None
    first_step_max: PartOfTarget | None = None


class ByHandIn(Section):
    """A whole protocol file of this kind."""

    id: ProtocolId = Field(description='small letters, digits and hyphens, such as id = "aspirin-10-step"')
    title: Text = Field(description="the name a nurse knows the protocol by")
    drug: Text = Field(description="the name of the drug")
    source: SourceIn = Field(description="a [source] table with citation")
    route: Route = Field(description='such as route = "oral"')
    dose_unit: DoseUnit = Field(description='such as dose_unit = "mg"')
    target_dose: Positive = Field(description="the dose to be given in all, in the dose unit")
    ordered_by: Text = Field(description="the name of the prescriber who orders the rules of this file")
    late_min: Positive = Field(
        description="minutes after its time from which on a dose is late and the prescriber is asked"
    )
    exposure: Literal["accepted"] | None = None
    exposure_accepted_by: Text | None = None
    solutions: list[BagIn] = Field(default=[])
    steps: list[StepIn] = Field(min_length=1, max_length=500, description="at least one [[steps]] block")
    assessment: AssessmentByHandIn = Field(description="an [assessment] table with every_min")
    after_watch: AfterWatchByHandIn = Field(description="an [after_watch] table with minutes")
    ceilings: CeilingsByHandIn = Field(description="a [ceilings] table with its two keys")
