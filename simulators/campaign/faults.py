"""The faults of the campaign: what strikes, and how much more than ordered it may cost the patient (F38)."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine.events import OrderKind
from daemon.engine.hand_reading import told
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.scene import pump_of
from simulators.campaign.world import World

ZERO = Decimal(0)
HAND_RATE = 300
BOLUS_ML = 1
SEEN_S = 3
"""After this what a pump says has been read."""


Strike = Callable[[World, random.Random], Awaitable[Cost]]


def rate_of(world: World) -> Decimal:
    """What the pump is set to."""
    return pump_of(world).rate_ml_h


def dead_ml(world: World) -> Decimal:
    """A slice and its margin, of the step that runs, or of the next one where that is on its way.

    A pump that is about to start holds its slice before it does: START by hand would give that.
    """
    steps = world.plan.steps
    here = [step.number for step in steps if step.rate_ml_h == rate_of(world)]
    pending = world.state.pump.pending if world.alive else None
    if pending is not None and here and here[-1] < len(steps):
        here.append(here[-1] + 1)
    elif pending is not None and pending.kind is OrderKind.START:
        here.append(pending.step)
    return max((world.bounds.dead_ml(world.plan, number) for number in here), default=ZERO)


async def kill(world: World, _chance: random.Random) -> Cost:
    """SIGKILL; nobody starts it again."""
    cost = Cost(stops=True, over_ml=dead_ml(world))
    await world.kill_daemon()
    return cost


async def restart(world: World, chance: random.Random) -> Cost:
    """Killed and back; nobody confirms what is observed."""
    cost = Cost(stops=True, over_ml=dead_ml(world))
    await world.kill_daemon()
    await asyncio.sleep(chance.uniform(0, 10))
    await world.start_daemon()
    return cost


async def freeze(world: World, chance: random.Random) -> Cost:
    """SIGSTOP and SIGCONT."""
    cost = Cost(stops=False, over_ml=dead_ml(world))
    world.freeze(chance.choice([0.5, 2, 4, 8, 20]))
    return cost


async def cut(world: World, chance: random.Random) -> Cost:
    """The cable is out for a while."""
    cost = Cost(stops=False, over_ml=dead_ml(world))
    async with world.fault("unplug"):
        await asyncio.sleep(chance.choice([0.3, 1, 3, 6, 25]))
    return cost


async def cut_off(world: World, _chance: random.Random) -> Cost:
    """The cable stays out."""
    cost = Cost(stops=True, over_ml=dead_ml(world))
    await world.do(do="fault", name="unplug", on=True)
    return cost


async def stop(world: World, chance: random.Random) -> Cost:
    """STOP is pressed, or a reaction reported; at the pump, where nothing else answers."""
    cost = Cost(stops=True, over_ml=world.bounds.stop_ml(rate_of(world)))
    if not world.alive:
        await world.do(do="press", key="stop")
    elif chance.random() < 0.5:
        world.act(inp.HoldNow, by="", reason="")
    else:
        world.act(inp.ReportReaction, by="Ann", grade=Grade.MODERATE, text="hives")
    return cost


async def sigterm(world: World, _chance: random.Random) -> Cost:
    """The service is told to stop."""
    cost = Cost(stops=True, over_ml=world.bounds.stop_ml(rate_of(world)))
    if world.alive:
        await world.stop_daemon()
    return cost


async def hand_start(world: World, chance: random.Random) -> Cost:
    """STOP, and START by hand a moment later."""
    cost = await stop(world, chance)
    rate = rate_of(world)
    await asyncio.sleep(chance.uniform(0, 4))
    await world.do(do="press", key="start")
    return Cost(stops=True, over_ml=cost.over_ml + world.bounds.hand_ml(rate))


def starting(world: World) -> bool:
    """A START is just on its way to the pump."""
    pending = world.state.pump.pending if world.alive else None
    return pending is not None and pending.kind is OrderKind.START


async def hand_rate(world: World, _chance: random.Random) -> Cost:
    """A hand types a higher rate.

    At a pump that stands, or was just told to stand or to start, it ends nothing: what was ordered is set
    anew before it starts, or overwrites it.
    """
    stopping = world.alive and world.state.pump.stop_ms is not None
    stops = runs(world) and not stopping and not starting(world)
    await world.do(do="press", key="rate", value=HAND_RATE)
    return Cost(stops=stops, over_ml=world.bounds.hand_ml(Decimal(HAND_RATE)))


async def hand_bolus(world: World, _chance: random.Random) -> Cost:
    """A hand gives a bolus; it ends by its own volume.

    Or by the START that is just on its way to the pump: then nobody reads it, and what was ordered goes on.
    """
    stops = not starting(world)
    await world.do(do="press", key="bolus", value=BOLUS_ML)
    over_ml = min(world.bounds.hand_ml(pump_of(world).bolus_ml_h), Decimal(BOLUS_ML))
    return Cost(stops=stops, over_ml=over_ml)


def runs(world: World) -> bool:
    """The motor turns; a pump that stands is set anew before it starts, and what befalls it ends nothing."""
    return pump_of(world).motion is not Motion.STOPPED


def halted(world: World) -> bool:
    """What stops the motor ends what was ordered; not where a person may stop it to set it as told (F27)."""
    return runs(world) and not (world.alive and told(world.state) is not None)


async def no_limit(world: World, _chance: random.Random) -> Cost:
    """The pump forgets its volume limit.

    A laboratory pump tells the volume it was set, not what it holds itself to: nobody can see it. Nor just
    before a setting that is on its way: the new limit mends it, and what was ordered goes on.
    """
    pump, stops = pump_of(world), runs(world) and not world.bounds.pump.laboratory
    over_ml = world.bounds.hand_ml(rate_of(world))
    await world.do(do="fault", name="drop_limit", on=True)
    await asyncio.sleep(SEEN_S)
    mended = pump.limit_left_ml is not None and world.alive and world.state.phase is Phase.INFUSING
    return Cost(stops=stops and not mended, over_ml=over_ml)


async def occlusion(world: World, chance: random.Random) -> Cost:
    """The line is clamped, and let go after a while."""
    async with world.fault("occlusion"):
        await asyncio.sleep(chance.choice([5, 30, 90]))
    stored = pump_of(world).options.occlusion_ml
    return Cost(stops=False, over_ml=bounds.release_ml(), books_ml=stored)


async def power(world: World, chance: random.Random) -> Cost:
    """The pump loses power for some seconds, and all it knew."""
    stops = runs(world)
    async with world.fault("power"):
        await asyncio.sleep(chance.uniform(1, 10))
    return Cost(stops=stops, over_ml=bounds.run_out_ml(rate_of(world)))


async def noise(world: World, chance: random.Random) -> Cost:
    """Bytes are lost, broken, doubled, torn or late for half a minute."""
    name, arg = chance.choice(
        [("loss", 0.2), ("corrupt", 0.2), ("duplicate", 0.2), ("split", 0), ("delay", 0.15)]
    )
    cost = Cost(stops=False, over_ml=dead_ml(world))
    async with world.fault(name, arg=arg):
        await asyncio.sleep(30)
    return cost


async def keys(world: World, chance: random.Random) -> Cost:
    """A hand stays on the keys: the pump refuses everything meanwhile."""
    seconds = chance.choice([1, 5, 15])
    cost = Cost(stops=False, over_ml=bounds.flow_ml(rate_of(world), Decimal(seconds + 3)))
    async with world.fault("operating"):
        await asyncio.sleep(seconds)
    return cost


async def blind(world: World, _chance: random.Random) -> Cost:
    """The monitor is gone for two minutes."""
    async with world.fault("unplug", at="monitor"):
        await asyncio.sleep(120)
    return Cost(stops=False, over_ml=ZERO)


async def disk(world: World, chance: random.Random) -> Cost:
    """The record cannot be written for half a minute."""
    cost = Cost(stops=False, over_ml=world.bounds.stop_ml(rate_of(world)))
    if not world.alive:
        return cost
    store: Any = world.store
    healthy = store.append

    def full(_records: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    store.append = full
    await asyncio.sleep(chance.choice([2, 30]))
    store.append = healthy
    return cost


FAULTS: Mapping[str, Strike] = {
    strike.__name__: strike
    for strike in (
        kill,
        restart,
        freeze,
        cut,
        cut_off,
        stop,
        sigterm,
        hand_start,
        hand_rate,
        hand_bolus,
        no_limit,
        occlusion,
        power,
        noise,
        keys,
        blind,
        disk,
    )
}
"""Every fault by its name."""
