"""What is in doubt: a counter not yet explained, pressure not yet released, a step not settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from daemon.changed import replace
from daemon.engine.account import ZERO, Span


class CounterFault(StrEnum):
    """Why the pump's counter is no witness for an interval (F26)."""

    FELL = "fell"
    JUMPED = "jumped"
    """It rose by more than rate and time allow."""
    STANDING = "standing"
    """It moved while the pump should have stood."""
    OTHER_PUMP = "other_pump"
    """Another pump answered: its counter says nothing about the one before."""


class Explanation(StrEnum):
    """What a person says a counter's leap was (F26)."""

    CLEARED = "cleared"
    PRIMED_OFF_PATIENT = "primed_off_patient"
    GIVEN = "given"


class Settlement(StrEnum):
    """How a person settles a step whose bounds are apart (F21)."""

    CREDIT = "credit"
    GIVE = "give"


@dataclass(frozen=True)
class Jump:
    """One leap of the counter that nobody has explained yet; volumes in mL."""

    why: CounterFault
    solution: str
    step: int
    bounds: Span
    counted_ml: Decimal
    """By how much the display changed; below zero where it fell."""
    timed: Span
    """What rate and time say for the same interval; where no clock tells the time, the pump's own limit."""

    @property
    def rose(self) -> bool:
        """The display went up, and did not begin anew on the way: it was not cleared."""
        return self.counted_ml > 0 and self.why is not CounterFault.FELL

    def with_more(self, other: Jump) -> Jump:
        """One leap that went on over several readings."""
        return replace(
            self,
            bounds=_sum(self.bounds, other.bounds),
            counted_ml=self.counted_ml + other.counted_ml,
            timed=_sum(self.timed, other.timed),
        )

    def explained(self, how: Explanation, accuracy: Decimal, unit_ml: Decimal) -> Span:
        """The bounds as far as the explanation narrows them, never wider than they were."""
        most = min(self.timed.high * (1 + accuracy), self.bounds.high)
        match how:
            case Explanation.CLEARED:
                return Span(min(self.timed.low * (1 - accuracy), most), most)
            case Explanation.PRIMED_OFF_PATIENT:
                return Span(ZERO, most)
            case Explanation.GIVEN if self.rose:
                least = min(max(self.counted_ml - unit_ml, ZERO), self.bounds.high)
                return Span(least, min(self.counted_ml + unit_ml, self.bounds.high))
            case Explanation.GIVEN:
                return Span(ZERO, self.bounds.high)

    def drawn_ml(self, left: Span, unit_ml: Decimal) -> Decimal:
        """What may have left the bag beyond the bounds that are left; a display that fell tells nothing."""
        most = min(self.counted_ml + unit_ml, self.bounds.high) if self.rose else self.bounds.high
        return max(most - left.high, ZERO)


def _sum(one: Span, other: Span) -> Span:
    return Span(one.low + other.low, one.high + other.high)


@dataclass(frozen=True)
class DoubtView:
    """Part of the run's state."""

    jumps: tuple[Jump, ...] = ()
    """Oldest first; nothing is resumed while there is one (F26)."""
    pressure_of: str = ""
    """The solution behind an occlusion whose pressure nobody has said to be released (F14)."""
    pressure_step: int = 0
    bolus_ml: Decimal = ZERO
    """Its release bolus, counted as possibly given; that of one before the pump moved stays counted."""
    pressure_facts: int = 0
    """How many facts of the line were known at that occlusion."""
    occluded_ml: Decimal | None = None
    """Where the odometer stood at the last occlusion."""
    trail: tuple[tuple[int, Decimal], ...] = ()
    """When the odometer stood where, as far back as an occlusion reaches."""
    wasted_ml: Mapping[str, Decimal] = field(default_factory=dict)
    """Counted, but led away from the patient: it left the bag and is no dose."""
    credited: frozenset[int] = frozenset()
    """Steps that a person has counted as given; each once (F21)."""
    regiven: frozenset[int] = frozenset()
    """Steps whose missing rest a person has given again; each once."""


def with_jump(doubts: DoubtView, jump: Jump) -> DoubtView:
    """One more leap to explain; one that goes on is the same. Of another pump nothing is to be explained."""
    if jump.why is CounterFault.OTHER_PUMP:
        return doubts
    last = doubts.jumps[-1] if doubts.jumps else None
    if last is not None and (last.why, last.solution, last.step) == (jump.why, jump.solution, jump.step):
        return replace(doubts, jumps=(*doubts.jumps[:-1], last.with_more(jump)))
    return replace(doubts, jumps=(*doubts.jumps, jump))
