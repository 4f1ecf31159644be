"""What a protocol file says about the patient beside limits (F22, F31, F32)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from daemon.protocols.numbers import Positive, refusal
from daemon.protocols.section import Section
from daemon.protocols.words_in import SignalWord

LATE_LEAST_H = 6
"""Immediate reactions begin up to 6 h after the drug (definition of the onset in the literature)."""
BLANK_MOST_S = 90
EXCLUDE_MOST_MIN = 30


def _late(value: Decimal) -> Decimal:
    if value < LATE_LEAST_H:
        raise refusal(
            "late_too_short",
            f"reactions begin up to {LATE_LEAST_H} h after the last drug (F22)",
            f"give at least {LATE_LEAST_H}",
        )
    return value


def _blank(value: Decimal) -> Decimal:
    if value > BLANK_MOST_S:
        raise refusal(
            "blank_too_long", "no cuff needs longer to measure (F31)", f"give at most {BLANK_MOST_S}"
        )
    return value


def _exclude(value: Decimal) -> Decimal:
    if value > EXCLUDE_MOST_MIN:
        raise refusal(
            "exclude_too_long",
            "a source left out for longer is a source forgotten (F32)",
            f"give at most {EXCLUDE_MOST_MIN}",
        )
    return value


class ReactionIn(Section):
    """What a reaction orders beside the resume rules."""

    late_h: Annotated[Positive, AfterValidator(_late)] = Field(
        description=f"for how many hours after the last drug a patient who reacted is watched, "
        f"{LATE_LEAST_H} or more"
    )


class CuffIn(Section):
    """A blood pressure cuff on the arm of the SpO2 probe: how long it may take the pulse away (F31)."""

    blank_max_s: Annotated[Positive, AfterValidator(_blank)] = Field(
        description=f"for how many seconds of measuring SpO2 and pulse may be lost without a hold, "
        f"{BLANK_MOST_S} at most"
    )
    other_pulse: list[SignalWord] = Field(
        description='signals that show a pulse meanwhile, such as other_pulse = ["hr"]; [] excuses nothing'
    )


class ManualVitalIn(Section):
    """One signal that may be entered by hand where its monitor is lost (F32)."""

    signal: SignalWord = Field(description='such as signal = "hr"')
    max_age_min: Positive = Field(description="for how many minutes such a value counts as fresh")


class HoldsIn(Section):
    """How often a technical cause may hold before the set-up is to be changed (F31)."""

    advice_per_hour: int = Field(
        ge=1, le=99, description="holds per hour for one technical cause, such as advice_per_hour = 3"
    )


class SourcesIn(Section):
    """Two monitors giving one signal (F32)."""

    exclude_max_min: Annotated[Positive, AfterValidator(_exclude)] = Field(
        description=f"for how many minutes one of two sources may be left out, {EXCLUDE_MOST_MIN} at most"
    )
