"""What the prescriber orders about the patient beside limits: reactions, cuff, sources, values by hand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.values import Signal


@dataclass(frozen=True, slots=True)
class ReactionRule:
    """After a reaction the patient is watched until `late_h` hours after the last drug, or longer (F22).

    `after_severe` names the prescriber who allows a resume after a severe reaction; empty = never.
    """

    late_h: Decimal
    after_severe: str = ""


@dataclass(frozen=True, slots=True)
class CuffRule:
    """A pleth signal lost while the cuff measures, `blank_max_s` at most, does not hold (F31).

    Only while one of `other_pulse` is fresh; none = the cuff excuses nothing.
    """

    blank_max_s: Decimal
    other_pulse: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class ByHandRule:
    """A signal that may be entered by hand, and for how long such a value counts as fresh (F32)."""

    signal: Signal
    max_age_min: Decimal


@dataclass(frozen=True, slots=True)
class PatientRules:
    """All of them; `exclude_max_min` bounds how long one of several sources may be left out (F32).

    More holds than `advice_per_hour` for one technical cause raise an advice (F31).
    """

    reaction: ReactionRule
    cuff: CuffRule
    by_hand: tuple[ByHandRule, ...]
    advice_per_hour: int
    exclude_max_min: Decimal
