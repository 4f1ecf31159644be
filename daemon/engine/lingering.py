"""Every fluid the line may still hold, whichever way the doubts about it went (F4).

The two lines of `line` bound what came out at the patient. What is in the line they do not bound: where
little of a strong fluid may have gone in, and much of nothing behind it, neither of them holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.changed import replace
from daemon.engine.account import ZERO
from daemon.engine.tube import FREE, ROUNDING_ML, Fluid


@dataclass(frozen=True)
class Trace:
    """A fluid with drug that went into the line: the most of it, and the least that is behind it, mL.

    `reach_ml` = how far from the pump's end it may have come at the most.
    """

    fluid: Fluid
    most_ml: Decimal
    behind_ml: Decimal
    reach_ml: Decimal

    def within(self, line_ml: Decimal) -> Decimal:
        """The most of it that may be in a line of this volume."""
        return max(min(self.most_ml, line_ml - self.behind_ml), ZERO)


@dataclass(frozen=True)
class Lingering:
    """The fluids that went in since the line was last known; gone once a line's volume is behind them."""

    traces: tuple[Trace, ...] = ()

    def pushed(self, fluid: Fluid, least_ml: Decimal, most_ml: Decimal, line_ml: Decimal) -> Lingering:
        """After at least and at most so much went in at the pump's end of a line of this volume."""
        if most_ml <= 0:
            return self
        others = [
            replace(trace, behind_ml=trace.behind_ml + least_ml, reach_ml=trace.reach_ml + most_ml)
            for trace in self.traces
            if trace.fluid != fluid
        ]
        before = [trace for trace in self.traces if trace.fluid == fluid]
        most = sum((trace.within(line_ml) for trace in before), most_ml)
        reach = max((trace.reach_ml for trace in before), default=ZERO) + most_ml
        return Lingering((*others, *_of(fluid, most, reach)))

    def primed(self, fluid: Fluid, old_ml: Decimal, own_ml: Decimal, shared_ml: Decimal) -> Lingering:
        """A line full of `fluid` is attached to the shared part, which keeps what it had of `old_ml`."""
        kept = [
            Trace(
                trace.fluid,
                min(trace.most_ml, shared_ml),
                own_ml + shared_ml - min(old_ml - trace.behind_ml, shared_ml),
                own_ml + shared_ml,
            )
            for trace in self.traces
            if shared_ml
        ]
        return Lingering(tuple(kept)).pushed(fluid, ZERO, own_ml, own_ml + shared_ml)

    def beyond(self, own_ml: Decimal, shared_ml: Decimal) -> Lingering:
        """What of it may be in the shared part alone, behind an own part of this volume."""
        kept = [
            Trace(
                trace.fluid,
                min(trace.most_ml, trace.reach_ml - own_ml, shared_ml),
                max(trace.behind_ml - own_ml, ZERO),
                trace.reach_ml - own_ml,
            )
            for trace in self.traces
            if trace.within(own_ml + shared_ml) > ROUNDING_ML and trace.reach_ml - own_ml > ROUNDING_ML
        ]
        return Lingering(tuple(kept)) if shared_ml else NOTHING

    def in_front_of(self, shared: Lingering, own_ml: Decimal) -> Lingering:
        """With an own part of that volume, and nearer to the patient what the shared part may hold."""
        found = {trace.fluid: trace for trace in self._only_within(own_ml)}
        for trace in shared.traces:
            near = found.get(trace.fluid)
            if near is None:
                behind, reach = trace.behind_ml + own_ml, trace.reach_ml + own_ml
                found[trace.fluid] = replace(trace, behind_ml=behind, reach_ml=reach)
            else:
                most, reach = near.most_ml + trace.most_ml, trace.reach_ml + own_ml
                found[trace.fluid] = replace(near, most_ml=most, reach_ml=reach)
        return Lingering(tuple(found.values()))

    def _only_within(self, own_ml: Decimal) -> list[Trace]:
        return [
            replace(trace, most_ml=trace.within(own_ml), reach_ml=min(trace.reach_ml, own_ml))
            for trace in self.traces
            if trace.within(own_ml) > ROUNDING_ML
        ]

    def taken_back(self, volume_ml: Decimal) -> Lingering:
        """So much less than thought may have gone in behind, and pushed out, what is there."""
        return Lingering(
            tuple(
                replace(
                    trace,
                    most_ml=trace.most_ml + volume_ml,
                    behind_ml=max(trace.behind_ml - volume_ml, ZERO),
                )
                for trace in self.traces
            )
        )

    def strongest(self, line_ml: Decimal) -> Fluid:
        """The strongest fluid that may be in a line of this volume."""
        held = [fluid for fluid, _ in self._within(line_ml)]
        return max(held, key=lambda fluid: fluid.concentration, default=FREE)

    def dose(self, line_ml: Decimal) -> Decimal:
        """The most drug that may be in a line of this volume."""
        dose, room = ZERO, line_ml
        for fluid, ml in sorted(self._within(line_ml), key=lambda one: one[0].concentration, reverse=True):
            taken = min(ml, room)
            dose, room = dose + taken * fluid.concentration, room - taken
        return dose

    def _within(self, line_ml: Decimal) -> list[tuple[Fluid, Decimal]]:
        found = [(trace.fluid, trace.within(line_ml)) for trace in self.traces]
        return [(fluid, ml) for fluid, ml in found if ml > ROUNDING_ML]


def _of(fluid: Fluid, most_ml: Decimal, reach_ml: Decimal) -> tuple[Trace, ...]:
    return (Trace(fluid, most_ml, ZERO, reach_ml),) if fluid.concentration else ()


def full_of(fluid: Fluid, volume_ml: Decimal) -> Lingering:
    """A line that may be full of this and holds nothing else with drug in it."""
    return Lingering(_of(fluid, volume_ml, volume_ml))


NOTHING = Lingering()
"""A line known to be free of drug."""
