"""What one row of the alarm table says. Priorities by harm and onset, as in IEC 60601-1-8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Priority(StrEnum):
    """How soon somebody must come."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Harm(StrEnum):
    """What may come of it if nobody comes."""

    DEATH = "death or irreversible injury"
    REVERSIBLE = "reversible injury"
    MINOR = "minor injury or discomfort"


class Onset(StrEnum):
    """How soon the harm may be there."""

    IMMEDIATE = "immediate"
    PROMPT = "prompt"
    DELAYED = "delayed"


MATRIX: Mapping[Harm, Mapping[Onset, Priority]] = {
    Harm.DEATH: {
        Onset.IMMEDIATE: Priority.HIGH,
        Onset.PROMPT: Priority.HIGH,
        Onset.DELAYED: Priority.MEDIUM,
    },
    Harm.REVERSIBLE: {
        Onset.IMMEDIATE: Priority.HIGH,
        Onset.PROMPT: Priority.MEDIUM,
        Onset.DELAYED: Priority.LOW,
    },
    Harm.MINOR: {
        Onset.IMMEDIATE: Priority.MEDIUM,
        Onset.PROMPT: Priority.LOW,
        Onset.DELAYED: Priority.LOW,
    },
}
"""IEC 60601-1-8, table of alarm condition priorities."""


class AlarmType(StrEnum):
    """What the condition is of, in the words of MDC_ATTR_ALERT_TYPE."""

    PHYSIOLOGICAL = "SP"
    TECHNICAL = "ST"
    ADVISORY = "SA"


class Run(StrEnum):
    """What the condition does to the run."""

    HELD = "STOP, the run is held"
    STOPPED = "STOP to the pump"
    WAITS = "nothing advances, nothing is renewed"
    ENDS = "the run leaves automatic; the pump ends by its own limit or stands"
    GOES_ON = "goes on"


LINE_FIRST = "CLAMP THE DRUG LINE AT THE PATIENT. DO NOT FLUSH THROUGH IT. GIVE FLUIDS BY ANOTHER ACCESS."
"""The three line instructions that come first in every hold (F3)."""

FLAPS_S = 30
"""What comes and goes is one occurrence until it has been away this long, by wire time."""


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """One row: what is known, what is not, what to do with the hands, and how it is judged."""

    priority: Priority
    known: str
    unknown: str
    do: str
    hold: bool = False
    """The alarm belongs to a hold: its text begins with the line instructions and it ends with the hold."""
    when: str = ""
    """The condition."""
    harm: Harm = Harm.DEATH
    onset: Onset = Onset.PROMPT
    why: str = ""
    """What the harm would be."""
    type: AlarmType = AlarmType.TECHNICAL
    decided: str = "0"
    """Alarm condition delay: seconds, or the key of protocol or bed file that orders them."""
    run: Run = Run.GOES_ON
    latching: bool = False
    """Shown until a named person resets it, where the bed file does not say otherwise."""
    off_s: int = 0
    """So long the condition must be away before it is over; what returns earlier is the same occurrence."""
    test: str = ""
    """The test that raises it, in tests/engine."""

    @property
    def text(self) -> str:
        """The whole text as shown."""
        unknown = f"Not known: {self.unknown}" if self.unknown else ""
        parts = (LINE_FIRST if self.hold else "", self.known, unknown, self.do)
        return " ".join(part for part in parts if part)
