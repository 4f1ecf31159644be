"""Which bag pharmacy would have to make where a choice gives too much, or a bag holds too little (F11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from daemon.engine import totals
from daemon.engine.account import ZERO
from daemon.engine.state import RunState
from daemon.engine.texts import say

_PLACES = Decimal("0.001")
NO_FRESH_BAG = say("no_fresh_bag")


def dose_of(state: RunState, step: int, taken: Mapping[str, Decimal]) -> Decimal:
    """What the last bag would have to hold from a step on: target - given - what earlier steps give."""
    plan = state.plan
    drugs = [one for one in plan.steps if not plan.solution(one.solution).flush]
    last = drugs[-1].solution
    before = [one for one in drugs if one.number >= step and one.solution != last]
    earlier = sum((one.volume_ml * plan.solution(one.solution).concentration for one in before), ZERO)
    earlier += sum((ml * plan.solution(bag).concentration for bag, ml in taken.items()), ZERO)
    return plan.target_dose - totals.worst(state) - earlier


def text(state: RunState, step: int, taken: Mapping[str, Decimal]) -> str:
    """What pharmacy must make, and how it can be given."""
    unit, dose = state.plan.dose_unit, dose_of(state, step, taken)
    asked = ""
    if state.line.asked and totals.held(state).dose.high > 0:
        asked = say("flush_unanswered")
    if dose <= 0:
        return say("no_bag_needed", asked=asked, target_dose=state.plan.target_dose, unit=unit)
    amount = dose.quantize(_PLACES, ROUND_DOWN)
    return say("new_bag", asked=asked, amount=amount, unit=unit, otherwise=NO_FRESH_BAG)
