"""Where the line as it was really hung breaks a ceiling at the patient, recomputed at every bag (F39)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from daemon.protocols.exposure import Flow, breaches
from daemon.protocols.plan import Plan, Step

ROUNDED = Fraction(1, 10**20)
"""Concentrations are rounded to 28 digits: so little above a ceiling is still on it."""


def exposed_steps(plan: Plan, primed: Mapping[str, bool]) -> tuple[int, ...]:
    """Steps in which the dead volume gives the patient more than ordered; none where that is accepted.

    `primed` = what was answered for the bags hung so far; for the others the plan's word counts.
    """
    if plan.exposure_accepted_by:
        return ()
    ceilings = plan.rules.ceilings
    flows = [_flow(plan, step, primed) for step in plan.steps]
    ratio = Fraction(ceilings.max_step_up_ratio) * (1 + ROUNDED)
    most = Fraction(ceilings.max_dose_rate_h) * (1 + ROUNDED)
    return tuple(sorted({breach.step + 1 for breach in breaches(flows, ratio, most)}))


def _flow(plan: Plan, step: Step, primed: Mapping[str, bool]) -> Flow:
    bag = plan.solution(step.solution)
    return Flow(
        bag.id,
        Fraction(bag.concentration),
        Fraction(step.rate_ml_h),
        Fraction(step.volume_ml),
        Fraction(bag.dead_volume_ml),
        Fraction(bag.y_site_ml),
        primed.get(bag.id, bag.primed),
    )
