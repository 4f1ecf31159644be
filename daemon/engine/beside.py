"""The pumps beside the one in charge: whether they stand, and which one is next (F23)."""

from __future__ import annotations

from collections.abc import Iterable

from daemon.engine import fraction
from daemon.engine.pump_view import PumpView
from daemon.engine.state import RunState
from drivers.values import PumpAlarm, PumpReading

STILL_MS = 1_000
"""A pump is seen standing this long of wire time, its counter too, before another one starts (F23)."""


def following(state: RunState) -> int | None:
    """The step that is given next: the one waited for, else the one after what is given now; None = none."""
    if not state.begun:
        return state.step
    if state.stretch is not None and state.stretch.ends_held:
        return None
    after = fraction.follows(state)
    return after if after <= len(state.plan.steps) else None


def coming(state: RunState) -> str:
    """The pump that takes over next from the one in charge; empty = none does."""
    step = following(state)
    if step is None:
        return ""
    name = state.carrier(state.plan.step(step).solution)
    return "" if name == state.pump_name else name


def done(state: RunState) -> bool:
    """The pump in charge has given its part and another one takes over: its alarms stop nothing any more."""
    return not state.begun and bool(coming(state))


def hangs_next(state: RunState) -> bool:
    """The bag of the step that is given next is confirmed on its pump."""
    step = following(state)
    return step is not None and state.hangs(state.plan.step(step).solution)


def still(state: RunState, pump: PumpView) -> bool:
    """Seen standing by two readings far enough apart, its counter too: a motor takes its time to stop."""
    return pump.seen_still_ms() >= int(STILL_MS * state.wire_factor)


def reasons(state: RunState, stopping: Iterable[PumpAlarm]) -> tuple[str, ...]:
    """Why nothing may be given because of these pumps, as stable codes of the gate.

    One that does not answer may be started by hand unseen: it shuts the gate for the one in charge too.
    """
    found: list[str] = []
    for one in state.others.values():
        reading = one.pump.reading
        if not one.pump.linked or reading is None or not one.pump.certain:
            found.append("other_pump:silent")
        elif not reading.remote:
            found.append("other_pump:not_remote")
        elif one.pump.stop_ms is None and not still(state, one.pump):
            found.append("other_pump:moving")
        if one.pump.stop_ms is not None:
            found.append("other_pump:stop_not_confirmed")
    if _due(state):
        found.extend(_next(state, frozenset(stopping)))
    return tuple(dict.fromkeys(found))


def _due(state: RunState) -> bool:
    """What is given now is at its end, or over."""
    return not state.begun or state.account.proven_ms >= state.goal_ms


def _next(state: RunState, stopping: frozenset[PumpAlarm]) -> list[str]:
    name = coming(state)
    reading: PumpReading | None = state.view(name).reading if name else None
    if reading is None:
        return []
    history = {PumpAlarm.LIMIT_REACHED}
    return [f"next_pump:{alarm}" for alarm in sorted(reading.alarms & stopping - history)]
