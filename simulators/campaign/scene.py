"""What can be seen at the simulated bed, and a run brought to its first drop."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from drivers.values import Authority, Motion
from simulators.bodies.pump import PumpBody
from simulators.campaign.hand_nurse import HandNurse, Slips
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World

ZERO = Decimal(0)
HOUR_S = 3600


def pump_of(world: World) -> PumpBody:
    """The body of the pump in charge."""
    return world.bed.lanes[list(world.pumps).index(world.aim)].pump


def moves(world: World) -> bool:
    """The motor turns or is meant to."""
    world.settle()
    return pump_of(world).motion is not Motion.STOPPED or pump_of(world).flow_ml_h > 0


def flowed_ml(world: World) -> Decimal:
    """Everything that ever left the pump, to this moment."""
    world.settle()
    return sum(world.bed.left.volume_ml.values(), ZERO)


def alone_ml(world: World, hours: int = 8, press: str = "") -> Decimal:
    """What would leave the pump if nobody spoke to it from this moment on, after a key was pressed."""
    world.settle()
    pump = copy.deepcopy(pump_of(world))
    if press:
        pump.press(press)
    pump.advance(Decimal(hours * HOUR_S))
    return sum((portion.volume_ml for portion in pump.drain()), ZERO)


@asynccontextmanager
async def nursed(world: World) -> AsyncIterator[Nurse]:
    """The run is started, drug flows, and a nurse does what is asked."""
    nurse = Nurse(world)
    await nurse.start()
    tasks = [asyncio.create_task(_keep_looking(nurse))]
    if world.authority is Authority.MONITOR:
        tasks.append(asyncio.create_task(_keep_setting(HandNurse(world, Slips(set_s=5, start_s=2)))))
    try:
        await world.until(lambda s: s.running, minutes=1)
        yield nurse
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _keep_setting(hands: HandNurse) -> None:
    """Her hands at the pump, also after the daemon was gone."""
    while True:
        with contextlib.suppress(RuntimeError):
            await hands.look_after()


async def _keep_looking(nurse: Nurse) -> None:
    """Also while there is no daemon to look at."""
    while True:
        with contextlib.suppress(RuntimeError):
            await nurse.look_after()
