"""Of a pump that a person sets: what is told, and what is seen of it (F27)."""

from __future__ import annotations

from typing import Any

from daemon.engine.advising import CYCLES
from daemon.engine.events import OrderKind
from daemon.engine.hand_reading import told
from daemon.engine.phases import Phase
from daemon.engine.slices import left_ms
from daemon.engine.state import RunState
from daemon.engine.texts import say

SOON_MS = 300_000


def hand(state: RunState) -> dict[str, Any] | None:
    """None where the program drives the pump. `told` is what is to be set now, None if nothing is."""
    if not state.advisory:
        return None
    order = told(state)
    return {
        "cycle_s": state.caps.cycle_s,
        "told": None
        if order is None
        else {
            "kind": order.kind.value,
            "rate_ml_h": order.setting.rate_ml_h,
            "limit_ml": order.setting.limit_ml,
            "step": order.step,
        },
        "press_start": _press_start(state),
        "press_stop": stop_asked(state),
    }


def _press_start(state: RunState) -> bool:
    order = told(state)
    starting = order is not None and order.kind is OrderKind.START
    return starting and state.pump.hand.right >= CYCLES


def stop_asked(state: RunState) -> bool:
    """A stop is asked of the hand: the pump was not yet seen standing."""
    return state.pump.stop_ms is not None and not state.pump.stopped and state.running


def todo(state: RunState) -> str:
    """What the hand does next at the pump; empty if nothing."""
    order = told(state)
    if stop_asked(state):
        return say("todo_press_stop")
    if order is None:
        return _next(state)
    numbers = {"rate_ml_h": order.setting.rate_ml_h, "limit_ml": order.setting.limit_ml}
    if order.kind is OrderKind.START:
        return _start(state, numbers)
    return say("todo_told_change" if order.kind is OrderKind.CHANGE else "todo_told_renew", **numbers)


def _start(state: RunState, numbers: dict[str, Any]) -> str:
    shown = state.pump.hand.shown
    if _press_start(state):
        return say("todo_press_start", **numbers)
    if shown is None:
        return say("todo_told_start", **numbers)
    limit = "no volume limit" if shown.limit_ml is None else f"{shown.limit_ml} mL"
    return say("todo_told_wrong", shown_ml_h=shown.rate_ml_h, shown_ml=limit, **numbers)


def _next(state: RunState) -> str:
    """The rate that follows, said before it is to be set."""
    if state.phase is not Phase.INFUSING or not state.begun or state.step == len(state.plan.steps):
        return ""
    left, following = left_ms(state), state.plan.step(state.step + 1)
    if left > SOON_MS or following.solution != state.current.solution or state.stretch is not None:
        return ""
    return say("todo_next_rate", minutes=-(-left // 60_000), rate_ml_h=following.rate_ml_h)
