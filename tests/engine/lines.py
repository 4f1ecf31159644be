"""Small worlds with a real line, and the nurse's hands at it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from daemon.engine import inputs as inp
from daemon.engine.line import FlushTo, Handling
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from simulators.campaign.engine.world import World
from tests.engine.plans import SMALL_BAGS, SMALL_ROWS, plan_of, rules
from tests.engine.stories import FAST

D = Decimal


def lined(own_ml: str = "2", shared_ml: str = "0", *, primed: bool = True, **ordered: object) -> Plan:
    """60 and 120 mL/h of A, then 30 mL/h of B at ten times the strength, each through so much line."""
    bags = [
        replace(bag, dead_volume_ml=D(own_ml), y_site_ml=D(shared_ml), primed=primed) for bag in SMALL_BAGS
    ]
    return plan_of(SMALL_ROWS, bags, rules(**ordered))


def world_of(plan: Plan) -> World:
    return World(plan, timing=FAST)


def at_step(plan: Plan, step: int, seconds: int = 60) -> World:
    """A run so many seconds into a step, reached the honest way."""
    world = world_of(plan).start()
    while world.state.step != step or not world.state.begun:
        world.run(1_000)
        assert world.phase() in (Phase.INFUSING, Phase.AWAITING_SOLUTION, Phase.WAITING_GATE), world.why()
    world.run(seconds * 1_000)
    assert world.phase() is Phase.INFUSING, world.why()
    return world


def hold(world: World) -> World:
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    assert world.phase() is Phase.HELD
    return world


def flush(world: World, to: FlushTo, volume_ml: str = "0", *, told: bool = True) -> str:
    """Saline by hand through the line, told or not."""
    volume = D(volume_ml)
    if to is not FlushTo.NOBODY:
        world.side.flush(volume, to_patient=to is FlushTo.PATIENT)
    return world.do(inp.FlushLine, to=to, volume_ml=volume) if told else ""


def clear(world: World, volume_ml: str, solution: str) -> str:
    """So much of a bag through the line into a cup, and the nurse says so."""
    world.side.clear(D(volume_ml), solution)
    return world.do(inp.ConfirmLine, handling=Handling.CLEARED, cleared_ml=D(volume_ml))


def renew(world: World) -> str:
    """The line up to the vein replaced by one free of drug."""
    world.side.replace()
    return world.do(inp.ConfirmLine, handling=Handling.REPLACED)
