"""What a protocol file may say. Field descriptions are the remedies shown when a key is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from daemon.protocols.fraction_checks import check_first_step, check_stretch
from daemon.protocols.numbers import (
    NotNegative,
    PartOfTarget,
    Percent,
    Positive,
    StepUpRatio,
    UnattendedMinutes,
    refusal,
)
from daemon.protocols.rules import ChoiceKind, Grade, HoldCause, LimitKind
from daemon.protocols.schema_bags import SolutionIn
from daemon.protocols.schema_patient import CuffIn, HoldsIn, ManualVitalIn, ReactionIn, SourcesIn
from daemon.protocols.schema_steps import StepIn
from daemon.protocols.section import Section, Text
from daemon.protocols.words_in import (
    CauseWord,
    ChoiceText,
    GapActionText,
    GateWord,
    GradeWord,
    SignalWord,
    ThenText,
)

ProtocolId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
DoseUnit = Literal["ng", "mcg", "mg", "g", "units", "IU", "mmol", "fraction"]
"""`fraction`: doses are parts of a target dose that is not named."""


class SourceIn(Section):
    """Where the protocol is published."""

    citation: Text = Field(
        description='name the publication, such as citation = "Author. Journal Year;Vol:Pages"'
    )
    doi: Text | None = None
    url: Text | None = None


class SignalIn(Section):
    """One vital sign the gate needs."""

    signal: SignalWord = Field(description='such as signal = "spo2"')
    fresh_s: Positive = Field(description="how old a value may be to open the gate, in seconds")
    missing_hold_s: Positive = Field(description="after how many seconds without a value the run is held")
    baseline: bool = Field(description="true if a baseline is taken before step 1, else false")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.missing_hold_s < self.fresh_s:
            raise refusal(
                "missing_before_stale",
                f"missing after {self.missing_hold_s} s, but still fresh until {self.fresh_s} s",
                "give at least as many seconds as fresh_s",
                key="missing_hold_s",
            )
        return self


class LimitIn(Section):
    """A limit on one signal, given as exactly one of the six kinds."""

    signal: SignalWord = Field(description='such as signal = "spo2"')
    below: Positive | None = None
    above: Positive | None = None
    fall_percent: Positive | None = None
    rise_percent: Positive | None = None
    fall_by: Positive | None = None
    rise_by: Positive | None = None
    for_s: NotNegative = Field(description="for how many seconds without a break, 0 for at once")
    grade: GradeWord | None = None

    @property
    def kind(self) -> LimitKind:
        """The kind that is given."""
        return next(kind for kind in LimitKind if getattr(self, kind.value) is not None)

    @property
    def value(self) -> Decimal:
        """The limit itself."""
        return Decimal(getattr(self, self.kind.value))

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in LimitKind if getattr(self, kind.value) is not None]
        if len(given) != 1:
            raise refusal(
                "one_kind", "a limit needs exactly one kind", "give exactly one of: " + ", ".join(LimitKind)
            )
        if given[0] is LimitKind.FALL_PERCENT and self.value >= 100:
            raise refusal(
                "fall_too_large", "nothing falls by 100 % or more", "give less than 100", key="fall_percent"
            )
        return self


class AssessmentIn(Section):
    """How often a nurse looks at the patient and says so."""

    every_min: Positive = Field(description="minutes between two assessments by the nurse")


class GateIn(Section):
    """What happens when a step is full and the gate is shut (F16)."""

    when_closed: GateWord = Field(description='"stop" or "dwell"')
    dwell_max_min: Positive | None = None

    @model_validator(mode="after")
    def _dwell_has_an_end(self) -> Self:
        if self.when_closed == "dwell" and self.dwell_max_min is None:
            raise refusal(
                "missing",
                "dwell without an end is not ordered",
                "give dwell_max_min in minutes",
                "dwell_max_min",
            )
        if self.when_closed == "stop" and self.dwell_max_min is not None:
            raise refusal(
                "unused", "a gate that stops does not dwell", "leave dwell_max_min out", "dwell_max_min"
            )
        return self


class ResumeIn(Section):
    """What is allowed after a hold; after a severe reaction nothing, but by the prescriber's name (F22)."""

    cause: CauseWord = Field(description="one of: " + ", ".join(HoldCause))
    grade: GradeWord | None = None
    allow: list[ChoiceText] = Field(min_length=1, description='such as allow = ["same_step", "back=1"]')
    max_times: int | None = Field(default=None, ge=0, le=99)
    for_minutes: Positive | None = None
    then: ThenText | None = None
    at_first_step: Annotated[list[ChoiceText], Field(min_length=1)] | None = None

    @property
    def never(self) -> bool:
        """Nothing but the end of the run."""
        return [choice.kind for choice in self.allow] == [ChoiceKind.NEVER]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        reaction = self.cause is HoldCause.REACTION
        if reaction and self.grade is None:
            raise refusal(
                "missing",
                "a rule for reactions names a grade",
                "give grade = one of: " + ", ".join(Grade),
                "grade",
            )
        if not reaction and self.grade is not None:
            raise refusal("unused", f"a hold for {self.cause} has no grade", "leave grade out", "grade")
        if not self.never and any(choice.kind is ChoiceKind.NEVER for choice in self.allow):
            raise refusal(
                "never_and_more", '"never" stands alone', 'write allow = ["never"], or leave it out', "allow"
            )
        if not self.never and not self.max_times:
            raise refusal("missing", "how often is not ordered", "give max_times, 1 or more", "max_times")
        if self.never and self.max_times:
            raise refusal("unused", "never is zero times", "leave max_times out", "max_times")
        check_stretch(self.cause, self.allow, self.for_minutes, self.then)
        check_first_step(self.cause, self.grade, self.allow, self.at_first_step)
        return self


class GapRuleIn(Section):
    """What a drug-free time between two bounds orders."""

    from_min: NotNegative = Field(description="where the interval begins, in minutes")
    to_min: Positive | None = None
    action: GapActionText = Field(description='"continue", "back=1", "start_over" or "abandon"')


class GapIn(Section):
    """The gap rules and the rolling window in which drug-free time is summed (F19)."""

    window_min: Positive = Field(
        description="the rolling window in which drug-free time is summed, in minutes"
    )
    proof_s: Positive = Field(description="proven delivery that ends a gap, in seconds, such as proof_s = 60")
    flicker_max: Annotated[int, Field(ge=2, le=99)] = Field(
        description="stops for one cause after which persons must act, such as flicker_max = 3"
    )
    flicker_window_min: Positive = Field(description="the minutes within which those stops count")
    rules: list[GapRuleIn] = Field(min_length=1, description="at least one [[gap.rules]] block")


class EmptyIn(Section):
    """From where on a bag that is to run empty may be said to be empty (F30)."""

    from_percent: Percent = Field(
        description="the part of its step that must be in before a bag may be called empty, in percent"
    )


class AfterWatchIn(Section):
    """Observation after the last step."""

    minutes: NotNegative = Field(description="minutes of observation after the last step")


class CeilingsIn(Section):
    """Hard limits, doses in the protocol's dose unit."""

    max_dose_rate_h: Positive = Field(description="the highest dose per hour, in the dose unit")
    max_total_dose: Positive = Field(
        description="the highest total dose over the whole run, in the dose unit"
    )
    max_step_up_ratio: StepUpRatio = Field(description="the largest step-up, in dose per hour")
    unattended_max_min: UnattendedMinutes = Field(
        description="minutes a pump may run on one grant, at most 15"
    )
    link_hours: Positive = Field(
        description="hours within which an earlier run of this protocol counts into the total dose"
    )
    first_step_max: PartOfTarget | None = None


class CheckingIn(Section):
    """What was confirmed at the bed, how long it counts, and how often a bag code may be wrong."""

    expires_min: Positive = Field(
        description="minutes after which what was confirmed before the start must be confirmed again"
    )
    vitals_match_s: Positive = Field(
        description="seconds within which pulse and SpO2 are compared with the monitor at the bed"
    )
    patient_again_min: Positive = Field(
        description="minutes of a hold after which the patient is matched again"
    )
    wrong_codes_max: int = Field(
        ge=1, le=9, description="wrong bag codes in a row after which the run is held"
    )


class ProtocolIn(Section):
    """A whole protocol file."""

    id: ProtocolId = Field(description='small letters, digits and hyphens, such as id = "castells-12-step"')
    title: Text = Field(description="the name a nurse knows the protocol by")
    drug: Text = Field(description="the name of the drug")
    source: SourceIn = Field(description="a [source] table with citation")
    route: Literal["iv"] = Field(description='route = "iv"')
    dose_unit: DoseUnit = Field(description='such as dose_unit = "mg"')
    target_dose: Positive = Field(description="the dose to be given in all, in the dose unit")
    ordered_by: Text = Field(description="the name of the prescriber who orders the rules of this file")
    grade_scale: Literal["brown-2004"] = Field(description='grade_scale = "brown-2004"')
    resume_after_severe: Text | None = None
    exposure: Literal["accepted"] | None = None
    exposure_accepted_by: Text | None = None
    solutions: list[SolutionIn] = Field(min_length=1, description="at least one [[solutions]] block")
    steps: list[StepIn] = Field(min_length=1, max_length=500, description="at least one [[steps]] block")
    signals: list[SignalIn] = Field(min_length=1, description="at least one [[signals]] block")
    limits: list[LimitIn] = Field(min_length=1, description="at least one [[limits]] block")
    cuff: CuffIn = Field(description="a [cuff] table with blank_max_s and other_pulse")
    sources: SourcesIn = Field(description="a [sources] table with exclude_max_min")
    manual_vitals: list[ManualVitalIn] = Field(default=[])
    assessment: AssessmentIn = Field(description="an [assessment] table with every_min")
    gate: GateIn = Field(description='a [gate] table with when_closed = "stop" or "dwell"')
    resume: list[ResumeIn] = Field(min_length=1, description="a [[resume]] block for every cause of a hold")
    reactions_per_step_max: Annotated[int, Field(ge=1, le=9)] = Field(
        description="holds for reaction at one step after which only stepping back remains, such as 2"
    )
    gap: GapIn = Field(description="a [gap] table with its four keys and [[gap.rules]]")
    checking: CheckingIn = Field(
        description="a [checking] table with expires_min, vitals_match_s, patient_again_min, wrong_codes_max"
    )
    reaction: ReactionIn = Field(description="a [reaction] table with late_h")
    holds: HoldsIn = Field(description="a [holds] table with advice_per_hour")
    after_watch: AfterWatchIn = Field(description="an [after_watch] table with minutes")
    ceilings: CeilingsIn = Field(description="a [ceilings] table with its five keys")
    empty: EmptyIn | None = None
