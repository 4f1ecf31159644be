"""What is in doubt about the volume: as data for pages, and as the next thing to do (F14, F20, F21, F26)."""

from __future__ import annotations

from typing import Any

from daemon.engine import occlusion, settling
from daemon.engine.phases import Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.state import RunState
from daemon.engine.texts import say


def doubts(state: RunState) -> dict[str, Any]:
    """Every doubt that a person at the bed can end; volumes in mL."""
    missing = settling.missing_ml(state) if settling.unsettled(state) else None
    return {
        "other_pump": other_pump(state) or None,
        "counter": [
            {
                "why": jump.why.value,
                "counted_ml": jump.counted_ml,
                "given_ml": {"low": jump.bounds.low, "high": jump.bounds.high},
            }
            for jump in state.doubts.jumps
        ],
        "pressure": occlusion.unanswered(state),
        "missing_ml": missing,
    }


def other_pump(state: RunState) -> str:
    """The serial number of a pump that answers and is not the run's own; empty = none."""
    found = _replaced(state)
    return "" if found is None or found.identity is None else found.identity.serial


def _replaced(state: RunState) -> PumpView | None:
    """The pump in whose place another one answers."""
    if state.started_ms is None:
        return None
    return next(
        (
            pump
            for _, pump in state.pumps
            if pump.identity is not None and pump.identity.serial != pump.own_serial
        ),
        None,
    )


def todo(state: RunState) -> str:
    """The doubt to end first, with the command for it; empty = none."""
    replaced = _replaced(state)
    if state.phase is Phase.HELD and replaced is not None:
        return say("todo_replace", answers=other_pump(state), own=replaced.own_serial)
    if state.phase is Phase.HELD and state.doubts.jumps:
        return say("todo_classify", why=state.doubts.jumps[0].why)
    if state.phase is Phase.HELD and state.gap.unknown:
        return say("todo_enter_time")
    if settling.unsettled(state):
        return say("todo_settle", apart=settling.apart(state))
    if state.phase is Phase.HELD and occlusion.unanswered(state):
        return say("todo_pressure")
    return ""
