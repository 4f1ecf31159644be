"""A hand that gives the running pump another volume limit: more is stopped, whatever the rate (F5, F8)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import Decision, decide
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpSetting
from tests.engine.stories import infusing

D = Decimal
SET = PumpSetting(D(60), D(2))
LEFT = D("1.5")
"""Of 2 mL, 0.5 mL after it was approved; 0.1 mL flowed before, while it was on its way."""
SLACK = {D(60): D("0.215"), D(30): D("0.2075")}
"""Two units of 0.1 mL, and what flows in three answers of 0.3 s at this rate."""


@pytest.fixture(scope="module")
def run() -> RunState:
    state = infusing().state
    shown = state.pump.odometer.shown_ml
    pump = replace(
        state.pump, pending=None, approved=SET, approved_ml=shown - D("0.5"), ordered_ml=shown - D("0.6")
    )
    return replace(state, pump=pump, alarms={}, ended={})


def reads(state: RunState, rate: Decimal, left: Decimal) -> Decision:
    reading = state.pump.reading
    assert reading is not None
    shown = replace(reading, motion=Motion.INFUSING, rate_ml_h=rate, limit_left_ml=left)
    at = state.pump.read_ms
    return decide(state, inp.PumpRead(shown, at + 10), at + 20)


def stops(decision: Decision) -> int:
    return sum(isinstance(event, ev.StopOrdered) for event in decision.events)


@pytest.mark.parametrize("phase", [Phase.INFUSING, Phase.OBSERVING])
@pytest.mark.parametrize("rate", [D(60), D(30)])
def test_f8_a_larger_limit_is_more_also_on_a_slower_pump(run: RunState, phase: Phase, rate: Decimal) -> None:
    """F5, F8: without this program it would run to that limit: STOP once, HIGH, held."""
    most = LEFT + SLACK[rate]
    state = replace(run, phase=phase)
    more = reads(state, rate, most + D("0.001"))
    assert "hand_more" in more.state.alarms
    assert more.state.phase is Phase.HELD
    assert stops(more) == 1
    allowed = reads(state, rate, most)
    assert "hand_more" not in allowed.state.alarms
    assert stops(allowed) == 0


def test_f8_a_smaller_limit_is_held_and_a_slower_rate_left_alone(run: RunState) -> None:
    """F8: less: at the rate that was ordered the step would not be full; slowed, nothing is sent at all."""
    least = LEFT - D("0.1") - SLACK[D(60)]
    held = reads(run, D(60), least - D("0.001"))
    assert held.state.hold is not None
    assert held.state.hold.causes == {HoldCause.HAND_CHANGE}
    assert "hand_more" not in held.state.alarms
    assert reads(run, D(60), least).state.hold is None
    slowed = reads(run, D(30), D("1.1"))
    assert (slowed.state.phase, stops(slowed)) == (Phase.OBSERVING, 0)
    assert "hand_less" in slowed.state.alarms


@pytest.mark.parametrize("rate", [D(60), D(30)])
def test_f18_while_an_order_may_change_it_no_limit_is_a_hands(run: RunState, rate: Decimal) -> None:
    order = ev.SettingOrdered(41, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 1, "A", "pump 1")
    waits = replace(run, pump=replace(run.pump, pending=order))
    for left in (D(50), D(0)):
        decision = reads(waits, rate, left)
        hold = decision.state.hold
        assert hold is None or HoldCause.HAND_CHANGE not in hold.causes
        assert "hand_more" not in decision.state.alarms


def test_f8_slowed_and_then_given_more_it_is_stopped() -> None:
    """F8: the same at the pump: 30 for 60 mL/h is left alone, and 50 mL in the place of a slice is not."""
    world = infusing()
    world.pump.rate_ul_h = 30_000
    world.run(5_000)
    assert world.phase() is Phase.OBSERVING
    world.pump.set_limit(D(50))
    world.run(5_000)
    assert world.phase() is Phase.HELD
    assert world.motion() is Motion.STOPPED
    assert "hand_more" in world.state.alarms
