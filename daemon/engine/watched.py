"""What is known of the patient: each source's last word, values by hand, reactions, how often it was held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from daemon.protocols.rules import Grade
from drivers.values import Signal, Validity


@dataclass(frozen=True)
class SignalView:
    """The last word on one signal; its last valid measurement was made at `measured_ms` or later."""

    value: Decimal | None = None
    validity: Validity = Validity.NOT_PRESENT
    measured_ms: int | None = None
    by_hand: bool = False
    """A named person read it off and entered it (F32)."""


@dataclass(frozen=True)
class SourceView:
    """What one monitor said last; the cuff measured from `cuff_from_ms`, to `cuff_until_ms` if it is over."""

    signals: Mapping[Signal, SignalView] = field(default_factory=dict)
    cuff_from_ms: int | None = None
    cuff_until_ms: int | None = None


class Agreement(StrEnum):
    """What a comparison of two sources found."""

    APART = "apart"
    """They differ, for the first time or again."""
    TOLD = "told"
    """They have for so long that it is an alarm."""
    TOGETHER = "together"
    """They no longer differ, or can no longer be compared."""
    OVER = "over"
    """They have not differed for as long, or are not to be compared any more."""


@dataclass(frozen=True)
class ApartView:
    """Two sources of one signal differ since `apart_ms`, and not any more since `together_ms`."""

    apart_ms: int
    together_ms: int | None = None
    told: bool = False
    """For so long that it was told."""


@dataclass(frozen=True)
class WatchedView:
    """Part of the run's state; times are engine milliseconds."""

    sources: Mapping[str, SourceView] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """Monitors whose link failed and that have not spoken since."""
    excluded: Mapping[str, int] = field(default_factory=dict)
    """Sources left out by a named person, and until when (F32)."""
    by_hand: Mapping[Signal, SignalView] = field(default_factory=dict)
    apart: Mapping[Signal, ApartView] = field(default_factory=dict)
    """Signals about which two sources differ, or did a moment ago (F32)."""
    grade: Grade | None = None
    """The worst reaction of the run, as graded or corrected last."""
    epinephrine_ms: int | None = None
    """When epinephrine was last said to have been given (F22)."""
    onset_step: int | None = None
    """The step a reaction that was told late began in, until the run goes on (F21)."""
    begun: tuple[tuple[int, int], ...] = ()
    """When each step was begun: time and step."""
    holds: Mapping[str, int] = field(default_factory=dict)
    """How often the run was held, by cause (F31)."""
    held_at: tuple[tuple[str, int], ...] = ()
    """Causes and times of the holds of the last hour."""
