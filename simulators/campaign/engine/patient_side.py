"""The simulated line between pump and patient: what really reaches him, as one clock moves it."""

from __future__ import annotations

from decimal import Decimal

from daemon.protocols.plan import Plan
from simulators.bodies.bag import SALINE, Portion, Solution
from simulators.bodies.line import Line
from simulators.campaign.engine.pump import PumpSim, ml

ZERO = Decimal(0)


class PatientSide:
    """Own line of the bag, then the part behind the Y-site; every mL that leaves the pump goes through."""

    def __init__(self, plan: Plan) -> None:
        self.bags = {bag.id: Solution(bag.id, bag.concentration) for bag in plan.solutions}
        self.dead_ml = {bag.id: bag.dead_volume_ml for bag in plan.solutions}
        first = plan.solutions[0]
        self.own = Line(first.dead_volume_ml)
        self.shared = Line(first.y_site_ml)
        self.reached = ZERO
        """Dose at the patient."""
        self.by_pump = ZERO
        """Dose that left the pump."""
        self.peak_h = ZERO
        """The highest dose per hour at the patient since it was last set to zero, flushes by hand apart."""
        self.strongest = ZERO
        """The strongest fluid that came out since it was last set to zero, in parts of the bag that hung."""
        self._seen: dict[str, int] = {}

    @property
    def held(self) -> Decimal:
        """Dose in the line."""
        return sum((plug.dose for plug in (*self.own.contents, *self.shared.contents)), ZERO)

    def hang(self, solution: str, *, primed: bool) -> None:
        """Primed: the bag comes with a line of its own, full of it; else the line in place goes on."""
        if primed and solution in self.bags:
            self.own = Line(self.dead_ml[solution], self.bags[solution])

    def replace(self) -> None:
        """A line free of drug up to the vein."""
        self.own.fill(SALINE)
        self.shared.fill(SALINE)

    def flow(self, pump: PumpSim, ms: int) -> None:
        """What has left the pump since the last call, in so much time."""
        for name, volume in pump.flowed.items():
            moved = volume - self._seen.get(name, 0)
            if moved <= 0:
                continue
            self._seen[name] = volume
            bag = self.bags.get(name, SALINE)
            portion = Portion(bag, ml(moved))
            self.by_pump += portion.dose
            dose = self._push(portion, bag)
            self.peak_h = max(self.peak_h, dose * 3_600_000 / max(ms, 1))

    def _push(self, portion: Portion, bag: Solution) -> Decimal:
        if all(plug.solution is bag for plug in (*self.own.contents, *self.shared.contents)):
            out = [portion]  # one fluid all the way: as much comes out as goes in
        else:
            out = [part for first in self.own.push(portion) for part in self.shared.push(first)]
        dose = sum((part.dose for part in out), ZERO)
        self.reached += dose
        if bag.concentration:
            parts = [part.solution.concentration / bag.concentration for part in out]
            self.strongest = max([self.strongest, *parts])
        return dose

    def flush(self, volume_ml: Decimal, *, to_patient: bool) -> None:
        """Saline by hand through the line, into the patient or into a cup."""
        before = self.reached
        self._push(Portion(SALINE, volume_ml), SALINE)
        if not to_patient:
            self.reached = before

    def clear(self, volume_ml: Decimal, solution: str) -> None:
        """So much of a bag runs through the line into a cup."""
        before = self.reached
        self._push(Portion(self.bags[solution], volume_ml), SALINE)
        self.reached = before
