"""More that happens at a bed: clocks, monitors, sensors, disks and batteries (F38)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from simulators.campaign.cost import Cost
from simulators.campaign.faults import Strike, dead_ml, rate_of
from simulators.campaign.world import EPOCH, World

ZERO = Decimal(0)


async def clock_step(world: World, chance: random.Random) -> Cost:
    """The wall clock is set forwards or back."""
    cost = Cost(stops=False, over_ml=world.bounds.stop_ml(rate_of(world)))
    if world.alive:
        seconds = chance.choice([-86_400, -3_600, -30, 30, 3_600, 86_400])
        world.clock.set_epoch(EPOCH + timedelta(seconds=seconds))
    return cost


async def old_values(world: World, chance: random.Random) -> Cost:
    """The monitor's bytes are held back for a while and then come all at once, old as they are."""
    async with world.fault("freeze", at="monitor"):
        await asyncio.sleep(chance.choice([5, 20, 70]))
    return Cost(stops=False, over_ml=ZERO)


async def sensor_off(world: World, chance: random.Random) -> Cost:
    """The finger clip falls off, and is put back."""
    async with world.fault("spo2_off", at="monitor"):
        await asyncio.sleep(chance.choice([3, 20, 90]))
    return Cost(stops=False, over_ml=ZERO)


async def cleared(world: World, _chance: random.Random) -> Cost:
    """A hand sets the pump's counter back to zero."""
    await world.do(do="press", key="clear")
    return Cost(
        stops=False, over_ml=world.bounds.lies_ml(world.plan), books_ml=world.bounds.lies_ml(world.plan)
    )


async def host_down(world: World, chance: random.Random) -> Cost:
    """The computer loses power and boots again, its clock perhaps not yet set."""
    cost = Cost(stops=True, over_ml=dead_ml(world))
    await world.kill_daemon()
    await asyncio.sleep(chance.choice([2, 20, 60]))
    world.boot = f"boot-{chance.randrange(10**6)}"
    world.synchronised = chance.random() < 0.5
    await world.start_daemon()
    return cost


async def mains_off(world: World, chance: random.Random) -> Cost:
    """The pump runs on its battery for a while."""
    async with world.fault("mains"):
        await asyncio.sleep(chance.choice([5, 60]))
    return Cost(stops=False, over_ml=ZERO)


TROUBLES: Mapping[str, Strike] = {
    strike.__name__: strike for strike in (clock_step, old_values, sensor_off, cleared, host_down, mains_off)
}
"""Each by its name."""
