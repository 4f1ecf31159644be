"""Pumps as they stand at a bed."""

from __future__ import annotations

from daemon.engine.fitted import Fitted
from daemon.protocols.plan import Plan
from drivers.values import PumpCapabilities
from simulators.campaign.commissioned import COMMISSIONED


def one_for_all(plan: Plan, caps: PumpCapabilities, name: str = "pump-1") -> tuple[Fitted, ...]:
    """One pump that gives the bags one after the other."""
    return (Fitted(name, caps, COMMISSIONED, tuple(solution.id for solution in plan.solutions)),)


def one_each(plan: Plan, caps: PumpCapabilities) -> tuple[Fitted, ...]:
    """A pump for every solution, pump-1, pump-2 and so on."""
    return tuple(
        Fitted(f"pump-{number}", caps, COMMISSIONED, (solution.id,))
        for number, solution in enumerate(plan.solutions, 1)
    )
