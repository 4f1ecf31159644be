"""Which pump of the bed is in charge, and how another one takes its place."""

from __future__ import annotations

from collections.abc import Callable

from daemon.changed import replace
from daemon.engine.account import Account
from daemon.engine.pump_view import PumpView
from daemon.engine.state import RunState, Standby
from daemon.engine.y_site import attached, detached


def with_view(state: RunState, name: str, view: PumpView) -> RunState:
    """The same with something new known of one pump."""
    if name == state.pump_name:
        return replace(state, pump=view)
    return replace(state, others={**state.others, name: replace(state.others[name], pump=view)})


def with_every(state: RunState, changed: Callable[[PumpView], PumpView]) -> RunState:
    """The same with something new known of every pump."""
    others = {name: replace(one, pump=changed(one.pump)) for name, one in state.others.items()}
    return replace(state, pump=changed(state.pump), others=others)


def looking_at(state: RunState, name: str) -> RunState:
    """For judging another pump: it stands in the place of the one in charge; step and line stay."""
    if name == state.pump_name:
        return state
    one = state.others[name]
    aside = Standby(state.fitted, state.pump, state.hung, state.doubts.trail, state.doubts.occluded_ml)
    others = {other: kept for other, kept in state.others.items() if other != name}
    return replace(
        state,
        fitted=one.fitted,
        pump=one.pump,
        hung=one.hung,
        doubts=replace(state.doubts, trail=one.trail, occluded_ml=one.occluded_ml),
        others={state.pump_name: aside, **others},
    )


def in_charge(state: RunState, name: str) -> RunState:
    """Another pump takes over: its own line to the Y-site is now the way to the patient."""
    if name == state.pump_name:
        return state
    before, coming = state.pump_name, state.others[name].own
    going, shared = detached(state.line.settled(state.pump.odometer, state.caps.accuracy))
    there = looking_at(state, name)
    line = replace(attached(shared, coming), stretch=Account.opened(there.pump.odometer))
    aside = replace(there.others[before], own=going)
    return replace(
        there,
        line=line,
        others={**there.others, before: aside},
        account=Account.opened(there.pump.odometer),
    )


def on(state: RunState, name: str, change: Callable[[RunState], RunState]) -> RunState:
    """A change at one pump, whichever is in charge; the step's account stays with the one in charge."""
    if name == state.pump_name:
        return change(state)
    back = in_charge(change(in_charge(state, name)), state.pump_name)
    return replace(back, account=state.account)
