"""What `fraction = f` means now: f x the last tolerated dose per hour, with the solution of the step (F2).

Tolerated is the last step that was completed before the one reacted to.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from daemon.engine import slices
from daemon.engine.draft import down_to_step
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.engine.texts import say
from daemon.protocols.rules import Choice, HoldCause, ResumeRule, ThenKind

MIN_COUNTER_UNITS = 5
"""Fewer units of the pump's counter prove nothing (F25)."""


def offer(state: RunState, choice: Choice, rule: ResumeRule, at: int) -> Stretch | str:
    """The stretch this choice gives in step `at`; text = why it is not possible."""
    ordered = rule.stretch
    if ordered is None or state.tolerated_step < 1:
        return say("none_completed", at=at)
    if state.plan.solution(state.plan.step(at).solution).flush:
        return say("flush_step", at=at)
    again = 0
    if ordered.then.kind is ThenKind.REPEAT:
        again = max(rule.max_times - state.resumed.get(rule.key, 0) - 1, 0)
    rate = _rate_ml_h(state, choice.part, at)
    stretch = Stretch(rate, ordered.for_minutes, ordered.then, again, rule.key)
    return _impossible(state, stretch, at) or stretch


def _rate_ml_h(state: RunState, part: Decimal, at: int) -> Decimal:
    """The dose rate as mL/h of the solution of step `at`, rounded down to a rate the pump can set."""
    plan = state.plan
    tolerated = plan.step(state.tolerated_step)
    strength = Fraction(plan.solution(tolerated.solution).concentration)
    dose_rate = Fraction(part) * Fraction(tolerated.rate_ml_h) * strength
    exact = dose_rate / Fraction(plan.solution(plan.step(at).solution).concentration)
    step = state.caps.rate_step_at(Decimal(exact.numerator) / Decimal(exact.denominator))
    return (exact // Fraction(step)) * step


def _impossible(state: RunState, stretch: Stretch, at: int) -> str:
    caps, rate = state.caps, stretch.rate_ml_h
    given = f"{rate} mL/h of {state.plan.step(at).solution}"
    lowest = slices.rate_min_ml_h(state)
    if rate < lowest:
        return say("below_pump", given=given, lowest=lowest)
    before = state.plan.step(at) if state.stretch is None else state.stretch
    if _dose_rate(state, at, rate) >= _dose_rate(state, at, before.rate_ml_h):
        return say("not_less", given=given)
    if stretch.goal_ml < MIN_COUNTER_UNITS * state.unit_ml:
        return say("too_few_units", given=given, minutes=stretch.minutes, MIN_COUNTER_UNITS=MIN_COUNTER_UNITS)
    minutes = state.plan.rules.ceilings.unattended_max_min
    granted = rate * minutes / 60
    if down_to_step(granted, caps.limit_step_at(granted)) < state.unit_ml + caps.limit_min_ml:
        return say("unrenewable", given=given, minutes=minutes)
    if stretch.then.kind is ThenKind.BACK and at - stretch.then.steps < 1:
        return say("then_not_so_many", then=stretch.then, at=at)
    return ""


def follows(state: RunState) -> int:
    """The step that is due when the present stretch or step is full; one beyond the plan at its end."""
    return state.step + 1 if state.stretch is None else after(state.step, state.stretch)


def after(step: int, stretch: Stretch) -> int:
    """The step that is due after a stretch in the place of `step`."""
    return max(step - stretch.then.steps, 1) if stretch.then.kind is ThenKind.BACK else step


def exceeds(state: RunState, step: int) -> bool:
    """A whole step gives more per hour than an unfinished stretch allows; after a reaction in it, as much."""
    if state.stretch is None:
        return False
    here = _dose_rate(state, state.step, state.stretch.rate_ml_h)
    there = _dose_rate(state, step, state.plan.step(step).rate_ml_h)
    return there >= here if reacted(state) else there > here


def reacted(state: RunState) -> bool:
    """The run is held for a reaction while a stretch is not over."""
    return state.stretch is not None and state.hold is not None and HoldCause.REACTION in state.hold.causes


def lowered(state: RunState, step: int) -> int:
    """The last step up to this one that an unfinished stretch lets a person go back to; else the same."""
    return next((low for low in range(step, 0, -1) if not exceeds(state, low)), step)


def _dose_rate(state: RunState, step: int, rate_ml_h: Decimal) -> Decimal:
    """Dose per hour of a rate of the solution of a step."""
    return rate_ml_h * state.plan.solution(state.plan.step(step).solution).concentration
