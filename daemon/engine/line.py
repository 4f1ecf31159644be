"""The line between pump and patient, as two lines that bound the true one (F3, F4, F39).

What reached the patient and what the line holds follow from a few facts (a bag hung, primed or not; the
line flushed, cleared or replaced) and from what left the pump between them. Plug flow is monotone in
volume: a line pushed with the lower bounds gives the lower bound of what reached the patient, one pushed
with the upper bounds the upper one. A fact closes the stretch before it, whose volume is then settled.
What the line may hold is bounded by neither and is kept beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from daemon.changed import replace
from daemon.engine.account import EMPTY, ZERO, Account, Moved, Odometer
from daemon.engine.lingering import NOTHING as NO_DRUG
from daemon.engine.lingering import Lingering, full_of
from daemon.engine.tube import EMPTY as NOTHING
from daemon.engine.tube import FREE, Fluid, Plug, Tube


class Handling(StrEnum):
    """What was done to the line that is now connected to the patient."""

    CONNECTED = "connected"
    """Nothing: it is the line that was there, or the one the bag came with."""
    REPLACED = "replaced"
    """All of it up to the vein, also behind a Y-site, is new."""
    CLEARED = "cleared"
    """A volume ran out of it away from the patient, fluid without drug or of the bag needed now behind it."""


class FlushTo(StrEnum):
    """Where a flush of the line went."""

    PATIENT = "patient"
    DISCARDED = "discarded"
    NOBODY = "nobody"
    """The line was not flushed."""


@dataclass(frozen=True)
class Geometry:
    """Dead volume of a line of its own, and of the part behind a Y-site that every solution shares, mL."""

    own_ml: Decimal
    shared_ml: Decimal

    @property
    def total_ml(self) -> Decimal:
        """From pump to vein."""
        return self.own_ml + self.shared_ml


NO_LINE = Geometry(ZERO, ZERO)


@dataclass(frozen=True)
class Line:
    """The facts of the line so far. `hung` is what the pump pushes into it."""

    low: Tube = NOTHING
    high: Tube = NOTHING
    hung: Fluid | None = None
    geometry: Geometry = NO_LINE
    stretch: Account = EMPTY
    """What left the pump since the last fact."""
    facts: int = 0
    """How many facts there were."""
    apart_ml: Decimal = ZERO
    """How far the two lines may be apart in what went through them since they last held the same."""
    own: bool | None = None
    """The last hanging's answer to 'own solution to the hub'; None once something went through."""
    primed: Mapping[str, bool] = field(default_factory=dict)
    """That answer for every solution hung so far, the last one each."""
    asked: bool = False
    """Nobody has yet said whether the line was flushed in this hold: it counts as given (F3)."""
    primed_ml: Mapping[str, Decimal] = field(default_factory=dict)
    """Drawn from each bag to fill a line; the filling before its first step is not in the bag's volume."""
    discarded_ml: Mapping[str, Decimal] = field(default_factory=dict)
    """May have been drawn from each bag and led away from the patient."""
    lingering: Lingering = NO_DRUG
    """Every fluid that may be in it, up to the last fact; a flush nobody spoke of takes none away (F4)."""

    def moved(self, moved: Moved) -> Line:
        """One more interval at the pump."""
        return replace(self, stretch=self.stretch.add(moved)) if self.hung is not None else self

    def content(self, odometer: Odometer, accuracy: Decimal) -> tuple[Tube, Tube]:
        """Both lines as they are now, the open stretch pushed in."""
        if self.hung is None:
            return self.low, self.high
        given = self.stretch.given(odometer, accuracy)
        return self.low.pushed(self.hung, given.low), self.high.pushed(self.hung, given.high)

    def may_hold(self, odometer: Odometer, accuracy: Decimal) -> Lingering:
        """Every fluid that may be in the line now, the open stretch pushed in."""
        if self.hung is None:
            return self.lingering
        given = self.stretch.given(odometer, accuracy)
        return self.lingering.pushed(self.hung, given.low, given.high, self.geometry.total_ml)

    def books(self, odometer: Odometer, accuracy: Decimal) -> tuple[Tube, Tube]:
        """Both lines with what reached the patient; an unanswered flush counts as given to him (F3)."""
        low, high = self.content(odometer, accuracy)
        return low, high.pushed(FREE, high.volume_ml) if self.asked else high

    def settled(self, odometer: Odometer, accuracy: Decimal) -> Line:
        """The open stretch closed, and a new one begun."""
        if self.hung is None:
            return replace(self, stretch=Account.opened(odometer), facts=self.facts + 1)
        given = self.stretch.given(odometer, accuracy)
        low, high = self.books(odometer, accuracy)
        return replace(
            self,
            low=low,
            high=high,
            stretch=Account.opened(odometer),
            facts=self.facts + 1,
            apart_ml=self.apart_ml + given.high - given.low + (high.volume_ml if self.asked else 0),
            own=self.own if given.high == 0 else None,
            lingering=self.may_hold(odometer, accuracy),
        )

    def hanging(self, fluid: Fluid, geometry: Geometry, *, primed: bool, used: bool) -> Line:
        """A bag is hung; `primed` = a line of its own, full of it, is attached. On a settled line only.

        Not primed, it goes on through what the line holds; the first one of a pump finds the own part free
        of drug. `used` = the bag has given before: what fills the line now is drawn from what was counted on.
        """
        line = replace(
            self,
            hung=fluid,
            own=primed,
            primed={**self.primed, fluid.solution: primed},
            geometry=geometry if primed or self.hung is None else self.geometry,
        )
        if not primed:
            if self.hung is not None:
                return line
            fluid = FREE
        elif self._full_of(fluid, geometry):
            return line
        drawn = geometry.own_ml if used or fluid.solution in self.primed_ml else ZERO
        return replace(
            line,
            low=self.low.primed(fluid, geometry.own_ml, geometry.shared_ml),
            high=self.high.primed(fluid, geometry.own_ml, geometry.shared_ml),
            primed_ml=_more(self.primed_ml, fluid.solution, drawn) if primed else self.primed_ml,
            lingering=self.lingering.primed(
                fluid, self.geometry.total_ml, geometry.own_ml, geometry.shared_ml
            ),
        )

    def _full_of(self, fluid: Fluid, geometry: Geometry) -> bool:
        """The line in place is already the bag's own and full of it: nothing is primed once more."""
        if self.hung != fluid or self.geometry != geometry:
            return False
        ends = [tube.plugs[-1] for tube in (self.low, self.high) if tube.plugs]
        return bool(ends) and all(end.fluid == fluid and end.volume_ml >= geometry.own_ml for end in ends)

    def replacing(self, geometry: Geometry, fluid: Fluid) -> Line:
        """The whole line is new, for the bag with `fluid`. On a settled line only.

        Where that bag hangs and nothing went through since, what was said of it tells what is in the line;
        else it may be full of it, or free of drug.
        """
        free = (Plug(FREE, geometry.total_ml),)
        full = (Plug(FREE, geometry.shared_ml), Plug(fluid, geometry.own_ml))
        own = self.own if fluid == self.hung else None
        fill = geometry.own_ml * fluid.concentration
        return replace(
            self,
            geometry=geometry,
            low=self.low.replaced(full if own else free, fill),
            high=self.high.replaced(free if own is False else full, fill),
            apart_ml=ZERO,
            own=None,
            lingering=NO_DRUG if own is False else full_of(fluid, geometry.own_ml),
        )

    def clearing(self, volume_ml: Decimal, fluid: Fluid) -> Line:
        """A volume ran out away from the patient; behind it may be `fluid`, or none with drug in it.

        How far the drug had come is known to `apart_ml` only: so much counts as not there in the one line,
        and as given before in the other.
        """
        line_ml = self.geometry.total_ml
        volume_ml = min(volume_ml, line_ml)
        low, high, apart = self.low, self.high, self.apart_ml
        whole = volume_ml == line_ml
        apart = ZERO if whole else apart
        low = low.without(volume_ml, volume_ml + apart, given=False)
        high = high.without(max(volume_ml - apart, ZERO), volume_ml, given=True)
        line = replace(
            self,
            low=low.drained(low.volume_ml if whole else volume_ml, FREE),
            high=high.drained(high.volume_ml if whole else volume_ml, fluid),
            apart_ml=apart,
            own=None,
            lingering=full_of(fluid, line_ml)
            if whole
            else self.lingering.pushed(fluid, volume_ml, volume_ml, line_ml),
        )
        if not fluid.solution:
            return line
        return replace(line, discarded_ml=_more(self.discarded_ml, fluid.solution, volume_ml))

    def flushing(self, to: FlushTo, volume_ml: Decimal, *, known: bool) -> Line:
        """Fluid without drug was pushed through; not `known` = it may have been. On a settled line only."""
        line = replace(self, asked=False)
        match to:
            case FlushTo.NOBODY:
                return line
            case FlushTo.DISCARDED:
                return line.clearing(volume_ml, FREE)
            case FlushTo.PATIENT:
                sure_ml = volume_ml if known else ZERO
                return replace(
                    line,
                    low=self.low.pushed(FREE, sure_ml),
                    high=self.high.pushed(FREE, volume_ml),
                    own=None,
                    apart_ml=self.apart_ml + volume_ml - sure_ml,
                    lingering=self.lingering.pushed(FREE, sure_ml, volume_ml, self.geometry.total_ml),
                )

    def taken_ml(self, solution: str) -> Decimal:
        """What may have been drawn from a bag beside what the pump gave, mL."""
        return self.primed_ml.get(solution, ZERO) + self.discarded_ml.get(solution, ZERO)


def _more(kept: Mapping[str, Decimal], solution: str, volume_ml: Decimal) -> Mapping[str, Decimal]:
    return {**kept, solution: kept.get(solution, ZERO) + volume_ml}
