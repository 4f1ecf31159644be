"""Runs brought to where a test begins, the honest way."""

from __future__ import annotations

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Signal
from simulators.campaign.engine.several import Several
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import small

FAST = Timing(300)


def infusing(seconds: int = 60) -> World:
    world = World(small(), timing=FAST).start()
    world.run(seconds * 1_000)
    assert world.phase() is Phase.INFUSING
    return world


def in_phase(phase: Phase) -> World:
    """A run standing in this phase, reached the honest way."""
    world = World(small(), timing=FAST)
    if phase is Phase.PLANNED:
        return world
    if phase is Phase.CHECKING:
        world.run(3_000)
        world.hang("A")
        return world
    if phase is Phase.SWITCHING:
        return switching()
    world.start().run(60_000)
    if phase is Phase.WAITING_GATE:
        return waiting_gate()
    if phase is Phase.AWAITING_SOLUTION:
        world.nurse_on = False
        world.run_until(phase)
        world.run(5_000)
    elif phase is Phase.HELD:
        world.do(inp.HoldNow, reason="test")
        world.run(5_000)
    elif phase is Phase.OBSERVING:
        world.restart(2_000)
        world.run(3_000)
    elif phase is Phase.MANUAL:
        world.do(inp.GoManual, reason="test")
    elif phase in (Phase.AFTER_WATCH, Phase.COMPLETED):
        world.run_until(phase)
    elif phase is Phase.ABORTED:
        world.do(inp.Abort, reason="test")
        world.run(3_000)
    return world


def switching() -> Several:
    """A bed with a pump for each of its two bags, the one being stopped for the other."""
    world = Several(small(), timing=FAST)
    world.start().run(600_000)
    while world.phase() is not Phase.SWITCHING:
        world.run(20)
    return world


def waiting_gate() -> World:
    """A run whose gate is shut inside a step and whose slice has ended; nothing has become a hold."""
    world = infusing(200)
    world.nurse_on = False
    world.pump.remote = False
    world.run_until(Phase.WAITING_GATE, most_ms=130_000)
    world.missing.add(Signal.HR)
    world.measure()
    world.pump.remote = True
    world.run(3_000)
    assert world.phase() is Phase.WAITING_GATE, world.why()
    return world
