"""A bed with two pumps, of which something else is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from daemon.engine.state import RunState


def beside(state: RunState, **changes: Any) -> RunState:
    """The pump that is not in charge so."""
    one = state.others["pump-2"]
    return replace(state, others={"pump-2": replace(one, pump=replace(one.pump, **changes))})


def every(state: RunState, **changes: Any) -> RunState:
    """Each pump of the bed so, also where it has but one."""
    others = {name: replace(one, pump=replace(one.pump, **changes)) for name, one in state.others.items()}
    return replace(state, pump=replace(state.pump, **changes), others=others)
