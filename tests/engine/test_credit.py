"""A credited step advances the count, never the drug: gate and STOP stand as before (F10, F16, F21)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.doubts import Settlement
from daemon.engine.phases import Phase
from drivers.values import Motion, PumpAlarm, Signal
from simulators.campaign.engine.world import World
from tests.engine.test_settling import plenty, unsettled

D = Decimal


def credit(world: World) -> str:
    return world.do(inp.SettleStep, how=Settlement.CREDIT, reason="counter stuck")


def given_more(world: World) -> list[ev.SettingOrdered]:
    orders = [event for event in world.seen(ev.SettingOrdered) if isinstance(event, ev.SettingOrdered)]
    return [order for order in orders if order.kind is not ev.OrderKind.DISARM]


def test_f16_f21_a_credit_while_the_gate_is_shut_starts_nothing_until_it_opens() -> None:
    """F16, F21: a vital is missing: the step is over, the next one waits for the gate."""
    world = unsettled()
    world.missing.add(Signal.HR)
    world.measure()
    world.run(1_000)
    orders = len(given_more(world))
    assert not credit(world).startswith("no: ")
    world.run(20_000)
    assert world.phase() is Phase.WAITING_GATE
    assert (world.state.step, world.state.begun) == (2, False)
    assert len(given_more(world)) == orders
    assert world.motion() is Motion.STOPPED
    world.missing.clear()
    world.measure()
    world.run(10_000)
    assert world.phase() is Phase.INFUSING, world.why()


def test_f16_f21_a_credit_in_a_hold_leaves_it_held_and_its_resume_asks_the_gate() -> None:
    """F16, F21: held: the count advances, the pump stands, and a resume is refused while the gate is shut."""
    world = unsettled()
    world.do(inp.HoldNow, reason="look")
    world.run(5_000)
    world.missing.add(Signal.HR)
    world.measure()
    world.run(1_000)
    orders = len(given_more(world))
    assert not credit(world).startswith("no: ")
    world.run(5_000)
    assert world.phase() is Phase.HELD
    for choice in resume.options(world.state, world.now).allowed:
        assert world.resume(choice, witness="bob").startswith("no: ")
    assert len(given_more(world)) == orders


@pytest.mark.parametrize("held", [True, False])
def test_f10_f21_nothing_is_credited_while_a_stop_is_not_confirmed(*, held: bool) -> None:
    """F10, F21: STOP on its way and unanswered: refused, whatever the phase."""
    world = unsettled()
    world.channel.refuse_stop = True
    world.pump.start()
    world.run(3_000)
    if held:
        world.do(inp.HoldNow, reason="runs")
        world.run(2_000)
    assert world.state.pump.stop_ms is not None
    step = world.state.step
    assert credit(world).startswith("no: ")
    assert world.state.step == step


def test_f14_f21_a_credit_does_not_shorten_the_way_back_over_pressure_in_the_patient() -> None:
    """F14, F21: occluded at the end of step 2 and credited: one step back is step 1, as without it."""
    world = plenty().start()
    while world.state.step != 2 or not world.state.begun or world.state.step_given().high < D("9.7"):
        world.run(500)
        assert world.state.step <= 2
    world.sound, world.nurse_on = False, False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.run(2_000)
    world.pump.alarms.clear()
    world.run(2_000)

    def back_to() -> set[int]:
        allowed = resume.options(world.state, world.now, released=False).allowed
        return {resume.target_step(world.state, choice) for choice in allowed}

    assert back_to() == {1}
    assert not credit(world).startswith("no: ")
    assert world.state.step == 3
    assert back_to() == {1}
