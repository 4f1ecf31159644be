"""The same stop again and again: after as many as ordered the run stays stopped (F19, (A) D13)."""

from __future__ import annotations

from daemon.engine.phases import Phase
from daemon.engine.state import RunState

GATE = "gate"
"""The name under which a pump stopped by a shut gate counts; holds count under their cause."""

Stops = tuple[tuple[str, int], ...]


def stopped(state: RunState, cause: str, at: int) -> Stops:
    """The stops that still count, and this one."""
    return (*_counting(state, at), (cause, at))


def at_gate(state: RunState, entered: Phase, at: int) -> Stops:
    """A gate that stopped the pump is a stop too: it would go on by itself."""
    stood = entered is Phase.WAITING_GATE and state.phase is not Phase.WAITING_GATE
    stood = stood and (state.running or not state.advisory)
    return stopped(state, GATE, at) if stood else state.stops


def flickers(state: RunState, now: int) -> str:
    """The cause that has stopped the drug as often as ordered within the ordered minutes; empty = none."""
    causes = [cause for cause, _ in _counting(state, now)]
    often = [cause for cause in causes if causes.count(cause) >= state.plan.rules.gap.flicker_max]
    return often[-1] if often else ""


def _counting(state: RunState, now: int) -> Stops:
    window_ms = int(state.plan.rules.gap.flicker_window_min * 60_000)
    return tuple(stop for stop in state.stops if stop[1] > now - window_ms)
