"""Runs with something in doubt, for the probe of what each act does in each phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from daemon.engine import inputs as inp
from daemon.engine.account import Account, Span
from daemon.engine.doubts import CounterFault, DoubtView, Explanation, Jump, Settlement
from daemon.engine.state import RunState

ZERO = Decimal(0)


def doubtful(state: RunState) -> Iterator[RunState]:
    """A leap of the counter, an unknown gap and another pump; then a step, and a last step, not settled."""
    jump = Jump(CounterFault.FELL, "A", state.step, Span(ZERO, Decimal(3)), Decimal(-1), Span(ZERO, ZERO))
    yield replace(
        state,
        doubts=DoubtView(jumps=(jump,)),
        gap=replace(state.gap, unknown=True),
        pump=replace(state.pump, own_serial="the one before"),
    )
    for step in (1, len(state.plan.steps)):
        account = Account.opened(state.pump.odometer, Span(ZERO, Decimal(5)))
        yield replace(state, step=step, begun=True, goal_ml=Decimal(5), account=account)


def doubt_acts(state: RunState, who: str, other: str) -> Mapping[str, tuple[inp.AnyAct, ...]]:
    """The acts that end a doubt, by their verbs."""
    known = [pump.identity.serial for _, pump in state.pumps if pump.identity is not None]
    serials = known or ["?"]
    return {
        "classify": (inp.ClassifyCounter("a", who, Explanation.CLEARED, "VI cleared"),),
        "settle": tuple(inp.SettleStep("a", who, how, "why") for how in Settlement),
        "enter_time": (inp.EnterTime("a", who, Decimal(600), other),),
        "replace_pump": tuple(inp.ReplacePump("a", who, serial, other) for serial in serials),
    }
