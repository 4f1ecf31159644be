"""A guard of one pump for all solutions."""

from __future__ import annotations

from daemon.guard.guard import Guard
from daemon.guard.watched import Watched
from daemon.protocols.plan import Plan
from simulators.campaign.engine.world import DIANET

PUMP = "pump-1"


def guard_of(plan: Plan, *, place: int = 1, hung: str | None = None, ran: bool = False) -> Guard:
    """At this place, with this solution on the pump."""
    carried = frozenset(solution.id for solution in plan.solutions)
    return Guard(plan=plan, pumps={PUMP: Watched(DIANET, carried, hung)}, place=place, ran=ran)


def pump_of(guard: Guard) -> Watched:
    """What the guard knows of its only pump."""
    (watched,) = guard.pumps.values()
    return watched
