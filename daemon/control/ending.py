"""May the daemon be ended now? Never while drug runs or may run: less drug first, then the end (F29)."""

from __future__ import annotations

from daemon.engine.phases import OPEN, RUNNING, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say, say_to

_OURS = OPEN | {Phase.AFTER_WATCH}


def refusal(state: RunState) -> str:
    """Why the daemon may not be ended now, and what would help; empty = it may."""
    if state.stop_ms is not None:
        return say_to("end_stop_pending", by_hand=state.advisory)
    delivering = any(pump.delivers and not pump.stopped for _, pump in state.pumps)
    if state.phase in RUNNING or (state.phase in _OURS and delivering):
        return say("end_drug_runs")
    return ""


def answer(state: RunState) -> str:
    """What is said to the one who ends it."""
    open_run = state.started_ms is not None and state.phase in OPEN
    return say("ending_held") if open_run else say("ending")
