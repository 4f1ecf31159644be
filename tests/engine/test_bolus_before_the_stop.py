"""A bolus by hand while a planned STOP is on its way: the run does not go on as if nothing had been (F8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.engine.stories import FAST


def stopping() -> World:
    """A bag is given and the next one late: the pump is being stopped, and would go on when it hangs."""
    world = World(small(), timing=FAST).start()
    world.run(60_000)
    world.nurse_on = False
    world.run_until(Phase.AWAITING_SOLUTION)
    assert world.state.stop_ms is not None
    return world


def read(world: World, motion: Motion) -> None:
    last = world.state.pump.reading
    assert last is not None
    world.give(inp.PumpRead(replace(last, motion=motion), world.now))


@pytest.mark.parametrize("motion", [Motion.BOLUS, Motion.PROGRAM])
def test_f8_a_bolus_before_a_planned_stop_is_there_is_held_and_told(motion: Motion) -> None:
    """F8: STOP ends it, and a person goes on, not the bag."""
    world = stopping()
    read(world, motion)
    assert world.phase() is Phase.HELD
    assert "hand_more" in world.state.alarms
    read(world, motion)
    assert world.phase() is Phase.HELD
    assert world.state.pump.hand_stops == 1


def test_f8_what_the_pump_gave_until_then_is_no_bolus() -> None:
    """F8: the motor that still turns at its rate is being stopped, and nothing is told."""
    world = stopping()
    read(world, Motion.INFUSING)
    assert world.phase() is Phase.AWAITING_SOLUTION
    assert "hand_more" not in world.state.alarms


def test_f8_a_bolus_after_a_stop_that_was_asked_for_is_no_hold_of_its_own() -> None:
    """F31: the run is held already; the pump is being stopped, and a person goes on."""
    world = World(small(), timing=FAST).start()
    world.run(60_000)
    world.do(inp.HoldNow, reason="test")
    assert world.state.stop_ms is not None
    held = world.state.hold
    read(world, Motion.BOLUS)
    assert world.state.hold == held
    assert world.state.pump.hand_stops == 0
