"""What was delivered, as a lower and an upper bound, from two witnesses: the counter and rate x time.

The counter is coarse but does not forget; rate x time is fine but only believed within the pump's
accuracy. Where they agree the bounds are their intersection, where they disagree their union (F25, F26).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.changed import replace

ZERO = Decimal(0)
MS_PER_HOUR = 3_600_000


def volume_ml(rate_ml_h: Decimal, ms: int) -> Decimal:
    """Volume of a steady rate over a time in milliseconds."""
    return rate_ml_h * ms / MS_PER_HOUR


@dataclass(frozen=True)
class Span:
    """A volume known to lie between two bounds, mL."""

    low: Decimal
    high: Decimal


NO_VOLUME = Span(ZERO, ZERO)
"""Nothing, for certain."""


@dataclass(frozen=True)
class Moved:
    """What left the pump between two readbacks: the counter's difference and what rate x time allows, mL."""

    counter_ml: Decimal
    timed: Span
    proven_ms: int
    """Time of proven delivery at the approved rate inside the interval."""


@dataclass(frozen=True)
class Odometer:
    """The pump's counter since the run began, with bounds on the part of a unit it does not show."""

    shown_ml: Decimal
    hidden: Span
    unit_ml: Decimal

    @classmethod
    def unread(cls, unit_ml: Decimal) -> Odometer:
        """A counter whose position inside its unit is not known."""
        return cls(ZERO, Span(ZERO, unit_ml), unit_ml)

    @property
    def span(self) -> Span:
        """Where the true counter lies."""
        return Span(self.shown_ml + self.hidden.low, self.shown_ml + self.hidden.high)

    def advance(self, moved: Moved, accuracy: Decimal) -> Odometer:
        """After one more interval; a counter that contradicts rate x time forgets the hidden part."""
        low = self.hidden.low + moved.timed.low * (1 - accuracy) - moved.counter_ml
        high = self.hidden.high + moved.timed.high * (1 + accuracy) - moved.counter_ml
        low, high = max(low, ZERO), min(high, self.unit_ml)
        hidden = Span(low, high) if low <= high else Span(ZERO, self.unit_ml)
        return replace(self, shown_ml=self.shown_ml + moved.counter_ml, hidden=hidden)


@dataclass(frozen=True)
class Account:
    """Volume given since a mark on the odometer, beside what rate x time says for the same stretch."""

    settled: Span
    """From earlier stretches, closed."""
    mark: Span
    """Where the odometer stood when the present stretch began."""
    timed: Span
    counter_ml: Decimal
    proven_ms: int

    @classmethod
    def opened(cls, odometer: Odometer, settled: Span = Span(ZERO, ZERO)) -> Account:
        """An account that counts from now; `settled` carries what earlier stretches gave."""
        return cls(settled, odometer.span, Span(ZERO, ZERO), ZERO, 0)

    def add(self, moved: Moved) -> Account:
        """With one more interval counted in."""
        return replace(
            self,
            timed=Span(self.timed.low + moved.timed.low, self.timed.high + moved.timed.high),
            counter_ml=self.counter_ml + moved.counter_ml,
            proven_ms=self.proven_ms + moved.proven_ms,
        )

    def given(self, odometer: Odometer, accuracy: Decimal) -> Span:
        """Lower and upper bound of the whole account, mL."""
        shown, hidden, mark = odometer.shown_ml, odometer.hidden, self.mark
        low = max(shown + hidden.low - mark.high, ZERO)
        high = max(shown + hidden.high - mark.low, ZERO)
        timed_low = self.timed.low * (1 - accuracy)
        timed_high = self.timed.high * (1 + accuracy)
        least, most = max(low, timed_low), min(high, timed_high)
        if least > most:
            least, most = min(low, timed_low), max(high, timed_high)
        return Span(self.settled.low + least, self.settled.high + most)

    def most(self, odometer: Odometer) -> Decimal:
        """What the witness that says more says, mL."""
        counted = odometer.span.high - self.mark.low
        return self.settled.high + max(counted, self.timed.high, ZERO)

    def tolerance_ml(self, unit_ml: Decimal, accuracy: Decimal, late_ml: Decimal = ZERO) -> Decimal:
        """How far the witnesses may be apart: max(10 %, 2 counter units, stated accuracy) (F25).

        `late_ml` = what flows while an answer is on its way: a fine counter shows that too (F18).
        """
        return max(self.timed.high * max(Decimal("0.1"), accuracy), 2 * unit_ml, late_ml)

    def behind(self, unit_ml: Decimal, accuracy: Decimal, late_ml: Decimal = ZERO) -> bool:
        """The counter shows less than rate x time by more than the tolerance."""
        return self.timed.low - self.counter_ml > self.tolerance_ml(unit_ml, accuracy, late_ml)

    def ahead(self, unit_ml: Decimal, accuracy: Decimal, late_ml: Decimal = ZERO) -> bool:
        """The counter shows more than rate x time by more than the tolerance: overdelivery."""
        return self.counter_ml - self.timed.high > self.tolerance_ml(unit_ml, accuracy, late_ml)


EMPTY = Account(Span(ZERO, ZERO), Span(ZERO, ZERO), Span(ZERO, ZERO), ZERO, 0)
"""Nothing given, nothing marked."""
