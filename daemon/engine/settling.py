"""A step's end by its two bounds: the remainder goes by the upper, completion by the lower one (F21)."""

from __future__ import annotations

from decimal import Decimal

from daemon.changed import replace
from daemon.engine.account import Account
from daemon.engine.state import RunState
from daemon.engine.texts import say


def tolerance_ml(state: RunState) -> Decimal:
    """How far the bounds may be apart at a step's end: max(2 counter units, 10 % of the step)."""
    return max(2 * state.unit_ml, state.goal_ml / 10)


def unsettled(state: RunState) -> bool:
    """By its upper bound the step is full, by its lower one it is not, and they are too far apart."""
    if not state.begun:
        return False
    given, nearly = state.step_given(), state.goal_ml - state.unit_ml / 2
    return given.low < nearly <= given.high and given.high - given.low > tolerance_ml(state)


def missing_ml(state: RunState) -> Decimal:
    """What the step lacks by its lower bound."""
    return max(state.goal_ml - state.step_given().low, Decimal(0))


def apart(state: RunState) -> str:
    """The two bounds in words."""
    given = state.step_given()
    return say("step_between", step=state.step, low=given.low, high=given.high, goal_ml=state.goal_ml)


def carried(state: RunState) -> Account:
    """The account of a step that goes on keeps its bounds; witnesses that do not agree begin anew."""
    account, caps = state.account, state.caps
    unit, accuracy, late = state.unit_ml, caps.accuracy, state.late_ml
    sharp = account.timed.high - account.timed.low <= 2 * unit
    if sharp and not account.behind(unit, accuracy, late) and not account.ahead(unit, accuracy, late):
        return account
    fresh = Account.opened(state.pump.odometer, state.step_given())
    return replace(fresh, proven_ms=account.proven_ms)
