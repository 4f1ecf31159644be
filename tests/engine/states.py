"""A state with something else known of the pump in charge, of a second one, or of the alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from daemon.engine.alarm_view import AlarmView
from daemon.engine.state import RunState, Standby


def at_pump(state: RunState, **changes: Any) -> RunState:
    """This is known of the pump in charge."""
    return replace(state, pump=replace(state.pump, **changes))


def read(state: RunState, **changes: Any) -> RunState:
    """The pump in charge was last read so."""
    assert state.pump.reading is not None
    return at_pump(state, reading=replace(state.pump.reading, **changes))


def raised(state: RunState, *alarms: str) -> RunState:
    """These alarms last, and no others."""
    return replace(state, alarms={alarm: AlarmView(1, "x") for alarm in alarms})


def with_second(
    state: RunState, *, carries: Sequence[str] = (), hung: str | None = None, **changes: Any
) -> RunState:
    """Pump 2 is at the bed too: as the one in charge, but so; the one in charge carries bag A."""
    fitted = replace(state.fitted, name="pump 2", solutions=tuple(carries))
    second = Standby(fitted, replace(state.pump, **changes), hung)
    return replace(state, fitted=replace(state.fitted, solutions=("A",)), others={"pump 2": second})
