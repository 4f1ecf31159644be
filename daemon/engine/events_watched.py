"""The facts of the patient's watch: samples, limits, reactions, values by hand, sources lost or left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine.watched import Agreement
from daemon.protocols.rules import Grade
from drivers.values import Measurement, Signal


@dataclass(frozen=True, slots=True)
class VitalsSeen:
    """One sample of the monitor `source`; `cuff_measuring`: its cuff was inflated (F31)."""

    signals: Mapping[Signal, Measurement]
    source: str = ""
    cuff_measuring: bool = False


@dataclass(frozen=True, slots=True)
class LimitCrossed:
    """A value went on or beyond limit number `limit` of the protocol; its `for_s` starts here."""

    limit: int


@dataclass(frozen=True, slots=True)
class LimitCleared:
    """A good value ended the crossing, or showed for the first time since a restart that there is none."""

    limit: int


@dataclass(frozen=True, slots=True)
class BaselineCaptured:
    """The vitals before step 1 that relative limits compare with, for good (F22).

    Where sources disagreed `values` has the lowest of what is worse when it rises and the highest of the
    rest; `others` has the other end.
    """

    values: Mapping[Signal, Decimal]
    others: Mapping[Signal, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReactionRecorded:
    """A reaction, told by a person or seen at a limit, graded by `scale`, whose name holds its version (F22).

    `tapped` is the grade a person gave, None where none did; it began `minutes_ago`, in step `step`.
    """

    symptoms: tuple[str, ...]
    grade: Grade
    tapped: Grade | None
    scale: str
    epinephrine: bool
    by: str
    text: str
    minutes_ago: int
    step: int


@dataclass(frozen=True, slots=True)
class GradeCorrected:
    """The prescriber and a second person lowered a grade; the first one stays on record (F32, F33)."""

    was: Grade
    grade: Grade
    scale: str
    reason: str
    by: str
    witness: str


@dataclass(frozen=True, slots=True)
class SourcesCompared:
    """What the monitors that give one signal say of it changed in this way (F32)."""

    signal: Signal
    found: Agreement


@dataclass(frozen=True, slots=True)
class VitalsEntered:
    """Values a named person measured or read off `minutes_ago` and entered by hand (F32)."""

    values: Mapping[Signal, Decimal]
    by: str
    minutes_ago: int = 0


@dataclass(frozen=True, slots=True)
class MonitorWentSilent:
    """A monitor's link failed."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceExcluded:
    """A monitor is left out by name until engine time `until_ms` (F32)."""

    name: str
    until_ms: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class SourceIncluded:
    """The time for which a monitor was left out is over: it counts again."""

    name: str


WatchedEvent = (
    VitalsSeen
    | LimitCrossed
    | LimitCleared
    | BaselineCaptured
    | ReactionRecorded
    | GradeCorrected
    | VitalsEntered
    | MonitorWentSilent
    | SourceExcluded
    | SourceIncluded
    | SourcesCompared
)
