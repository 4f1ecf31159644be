"""A pump that states no serial number is not started by itself after it was out of reach (F13, F26)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import DIANET, World
from tests.engine.plans import small
from tests.engine.states import at_pump


def nameless(*, named: bool = False) -> World:
    """A minute of the first step, given by a pump of such a model, or of one with a number."""
    world = World(small(), replace(DIANET, has_serial_number=named), timing=Timing(300)).start()
    world.run(60_000)
    assert world.phase() is Phase.INFUSING
    return world


def away_and_back(world: World) -> None:
    """A second without an answer, and the same identity: such a model's is the port it hangs on."""
    world.give(inp.PumpSilent("no answer", long=False))
    world.give(inp.PumpIdentified(world.channel.identity, away_long=False))


@pytest.mark.parametrize("named", [True, False])
def test_f26_a_nameless_pump_that_stands_is_looked_at_before_it_is_started(named: bool) -> None:
    """F26: the run waits for its bag; the cable may be in another patient's pump by now."""
    world = nameless(named=named)
    world.nurse_on = False
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(3_000)
    away_and_back(world)
    assert (world.phase() is Phase.HELD) is not named
    assert ("held_pump_lost" in world.state.alarms) is not named


@pytest.mark.parametrize("named", [True, False])
def test_f26_a_nameless_pump_that_is_being_stopped_is_not_started_anew_by_itself(named: bool) -> None:
    """F26: a START failed, STOP is on its way, and something answers again: it may be any pump."""
    world = nameless(named=named)
    world.give(inp.PumpSilent("no answer", long=False))
    world.state = at_pump(world.state, stop_ms=world.now, stopped=False)
    world.give(inp.PumpIdentified(world.channel.identity, away_long=False))
    assert (world.phase() is Phase.HELD) is not named


def test_f13_a_nameless_pump_that_delivers_as_recorded_goes_on() -> None:
    """F13: what runs at the rate, limit and count that were left is the pump of before."""
    world = nameless()
    away_and_back(world)
    assert world.phase() is Phase.INFUSING
    world.run(5_000)
    assert world.phase() is Phase.INFUSING


def test_f13_the_first_answer_of_a_nameless_pump_holds_nothing() -> None:
    """F13: before a run its port is its name, and its label is read."""
    world = World(small(), replace(DIANET, has_serial_number=False), timing=Timing(300)).start()
    assert world.phase() is Phase.INFUSING
