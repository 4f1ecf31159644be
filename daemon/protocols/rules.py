"""The clinical rules of a plan, as the prescriber ordered them; none has a default."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from daemon.protocols.patient_rules import PatientRules
from drivers.values import Signal


class HoldCause(StrEnum):
    """Why a run is held; a hold keeps the set of all its causes."""

    REACTION = "reaction"
    VITALS = "vitals"
    MONITOR_LOST = "monitor_lost"
    PUMP_ALARM = "pump_alarm"
    PUMP_LOST = "pump_lost"
    HAND_CHANGE = "hand_change"
    OPERATOR = "operator"
    RESTART = "restart"
    CLOCK = "clock"
    JOURNAL = "journal"
    GUARD = "guard"


class Grade(StrEnum):
    """Severity of a reaction, by the scale the protocol names (Brown 2004 grades 1, 2, 3)."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"

    @property
    def rank(self) -> int:
        """1, 2, 3; higher is worse."""
        return (Grade.MILD, Grade.MODERATE, Grade.SEVERE).index(self) + 1


class ChoiceKind(StrEnum):
    """Where a resume goes on, from least to most strict."""

    REST_OF_STEP = "rest_of_step"
    SAME_STEP = "same_step"
    FRACTION = "fraction"
    BACK = "back"
    START_OVER = "start_over"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go on; `steps` is N of `back = N`, `part` is f of `fraction = f`, else 0."""

    kind: ChoiceKind
    steps: int = 0
    part: Decimal = Decimal(0)

    @property
    def strictness(self) -> tuple[int, int, Decimal]:
        """Orders choices: the larger, the further back; of two fractions the smaller is the stricter."""
        return (tuple(ChoiceKind).index(self.kind), self.steps, -self.part)

    def __str__(self) -> str:
        match self.kind:
            case ChoiceKind.BACK:
                return f"back={self.steps}"
            case ChoiceKind.FRACTION:
                return f"fraction={self.part:f}"
            case _:
                return self.kind.value


class ThenKind(StrEnum):
    """What follows a stretch at a fraction (F2)."""

    SAME_STEP = "same_step"
    BACK = "back"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Then:
    """What is ordered after a stretch; `steps` is N of `back = N`, else 0."""

    kind: ThenKind
    steps: int = 0

    def __str__(self) -> str:
        return f"back={self.steps}" if self.kind is ThenKind.BACK else self.kind.value


@dataclass(frozen=True, slots=True)
class StretchRule:
    """How long a resume at a fraction runs, in minutes of proven delivery, and what follows (F2)."""

    for_minutes: Decimal
    then: Then


@dataclass(frozen=True, slots=True)
class ResumeRule:
    """What is allowed after a hold for `cause` (and, for reactions, `grade`), at most `max_times` a run.

    `stretch` is set exactly when a fraction is allowed. `at_first_step` is what a reaction allows where
    nothing has been tolerated yet; empty = nothing (F2).
    """

    cause: HoldCause
    grade: Grade | None
    allow: tuple[Choice, ...]
    max_times: int
    stretch: StretchRule | None = None
    at_first_step: tuple[Choice, ...] = ()

    @property
    def key(self) -> str:
        """`cause`, or `reaction:grade`: the name the rule has in a run."""
        return f"{self.cause}:{self.grade}" if self.cause is HoldCause.REACTION else self.cause.value


class GapAction(StrEnum):
    """What a drug-free time of a given length orders."""

    CONTINUE = "continue"
    BACK = "back"
    START_OVER = "start_over"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True)
class GapRule:
    """Gaps of `from_min` to `to_min` minutes (None = no end); on a shared bound the stricter rule holds."""

    from_min: Decimal
    to_min: Decimal | None
    action: GapAction
    steps: int = 0

    @property
    def strictness(self) -> tuple[int, int]:
        """Orders actions: the larger, the stricter."""
        return (tuple(GapAction).index(self.action), self.steps)


@dataclass(frozen=True, slots=True)
class GapRules:
    """Gap intervals covering [0, inf) and the rolling window (F19) in which drug-free time is summed.

    `proof_s`: delivery proven this long, and for one counter unit, ends a gap. As many stops for one cause
    as `flicker_max` within `flicker_window_min` keep the run held until persons act (table (A) D13).
    """

    window_min: Decimal
    rules: tuple[GapRule, ...]
    proof_s: Decimal
    flicker_max: int
    flicker_window_min: Decimal


class GateAction(StrEnum):
    """What happens when a step is full and the gate is shut (F16)."""

    STOP = "stop"
    DWELL = "dwell"


@dataclass(frozen=True, slots=True)
class GateRule:
    """`dwell_max_min` is set exactly when the action is DWELL."""

    when_closed: GateAction
    dwell_max_min: Decimal | None


@dataclass(frozen=True, slots=True)
class SignalRule:
    """A signal the gate needs: fresh within `fresh_s`; missing longer than `missing_hold_s` holds the run."""

    signal: Signal
    fresh_s: Decimal
    missing_hold_s: Decimal
    baseline: bool


class LimitKind(StrEnum):
    """How a limit is judged; relative kinds compare with the baseline from before step 1 (F22)."""

    BELOW = "below"
    ABOVE = "above"
    FALL_PERCENT = "fall_percent"
    RISE_PERCENT = "rise_percent"
    FALL_BY = "fall_by"
    RISE_BY = "rise_by"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A value on or beyond the limit for `for_s` holds: as a reaction if `grade` is set, else as vitals."""

    signal: Signal
    kind: LimitKind
    value: Decimal
    for_s: Decimal
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Hard limits. `max_dose_rate_h` and `max_total_dose` in the plan's dose unit; ratio in dose per hour."""

    max_dose_rate_h: Decimal
    max_total_dose: Decimal
    max_step_up_ratio: Decimal
    unattended_max_min: Decimal
    link_hours: Decimal
    """An earlier run of the same protocol for the same patient counts this long after its last drug (F11)."""
    first_step_max: Decimal | None = None
    """The most that step 1 may give, as a part of the target; None = not ordered."""


@dataclass(frozen=True, slots=True)
class CheckingRule:
    """How long what was confirmed at the bed counts (F12), and how many wrong bag codes hold (F13)."""

    expires_min: Decimal
    vitals_match_s: Decimal
    patient_again_min: Decimal
    wrong_codes_max: int


@dataclass(frozen=True, slots=True)
class Rules:
    """All ordered rules of one protocol; `grade_scale` names scale and version, stored with each grade."""

    grade_scale: str
    signals: tuple[SignalRule, ...]
    limits: tuple[LimitRule, ...]
    gate: GateRule
    assessment_every_min: Decimal
    resume: tuple[ResumeRule, ...]
    gap: GapRules
    ceilings: Ceilings
    after_watch_min: Decimal
    checking: CheckingRule
    patient: PatientRules
    reactions_per_step_max: int
    """After so many holds for reaction at one step only stepping back remains (F21)."""
    empty_from_percent: Decimal | None
    """Of its step must be in before a bag may be said to be empty; None = no step runs empty (F30)."""
