"""Dose the pump's counter never saw: of earlier runs, and primed into a line that is flushed (F3, F11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from daemon.protocols.plan import Plan, Solution

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Upper bounds in the plan's dose unit: what came past the counter, and what a flush would bring."""

    given: Decimal = ZERO
    line: Decimal = ZERO

    def hung(self, solution: Solution, *, primed: bool) -> Uncounted:
        """A line of its own, full of the solution, past the counter; else what is there stays."""
        if not primed:
            return self
        shared = self.line if solution.y_site_ml else ZERO
        return replace(self, line=shared + solution.dead_volume_ml * solution.concentration)

    def handled(self, plan: Plan, step: int, last: int) -> Uncounted:
        """The line was replaced or cleared: at most it is full of what one of these steps needs."""
        needed = [plan.solution(one.solution) for one in plan.steps[step - 1 : last]]
        doses = [(bag.dead_volume_ml + bag.y_site_ml) * bag.concentration for bag in needed]
        return replace(self, line=max(doses))

    def flushed(self) -> Uncounted:
        """Whatever was primed into the line may have reached the patient."""
        return Uncounted(self.given + self.line)
