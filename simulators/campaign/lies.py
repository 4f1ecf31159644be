"""Devices that lie: pumps that accept and do not obey, what looks new and is not (F7, F14, F25, F26).

What each may cost: a STOP that is not obeyed leaves the pump's own volume limit, as if nothing reached it;
a rate that is not obeyed is a rate that nobody ordered, until it is read back or counted.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.faults import Strike, dead_ml, rate_of
from simulators.campaign.liar import lying
from simulators.campaign.scene import pump_of
from simulators.campaign.strangers import exchanged
from simulators.campaign.world import World

ZERO = Decimal(0)
LIES_S = (5, 30, 90)


async def lying_counter(world: World, chance: random.Random) -> Cost:
    """The counter stands, lags or runs ahead of what flows."""
    world.settle()
    with lying(pump_of(world)) as pump:
        pump.counts_from_ml = pump.infused_ml
        pump.counts = chance.choice([ZERO, Decimal("0.5"), Decimal("0.85"), Decimal("0.92"), Decimal("1.3")])
    return Cost(
        stops=False, over_ml=world.bounds.lies_ml(world.plan), books_ml=world.bounds.lies_ml(world.plan)
    )


async def ignores_rate(world: World, chance: random.Random) -> Cost:
    """The pump accepts every rate and keeps its old one; sometimes it even shows the new one."""
    over = world.bounds.lies_ml(world.plan) + world.bounds.hand_ml(bounds.rate_max_ml_h(world.plan))
    with lying(pump_of(world)) as pump:
        if chance.random() < 0.5 and pump.rate_ml_h > 0:
            pump.goes_at_ml_h = pump.rate_ml_h
        else:
            pump.ignores = frozenset({"rate"})
        await asyncio.sleep(chance.choice(LIES_S))
    return Cost(stops=False, over_ml=over, books_ml=world.bounds.lies_ml(world.plan))


async def ignores_limit(world: World, chance: random.Random) -> Cost:
    """The pump accepts every volume limit and keeps its old one."""
    cost = Cost(stops=False, over_ml=dead_ml(world))
    with lying(pump_of(world)) as pump:
        pump.ignores = frozenset({"limit"})
        await asyncio.sleep(chance.choice(LIES_S))
    return cost


async def ignores_start(world: World, chance: random.Random) -> Cost:
    """The pump accepts START and does not start."""
    with lying(pump_of(world)) as pump:
        pump.ignores = frozenset({"start"})
        await asyncio.sleep(chance.choice(LIES_S))
    return Cost(stops=False, over_ml=ZERO)


async def ignores_stop(world: World, chance: random.Random) -> Cost:
    """The pump accepts STOP and runs on to its volume limit."""
    cost = Cost(stops=False, over_ml=dead_ml(world) + world.bounds.stop_ml(rate_of(world)))
    with lying(pump_of(world)) as pump:
        pump.ignores = frozenset({"stop"})
        await asyncio.sleep(chance.choice(LIES_S))
    return cost


async def rounds_up(world: World, chance: random.Random) -> Cost:
    """The pump rounds rates or volume limits up, by much or by little."""
    step = chance.choice([Decimal("0.7"), Decimal(7)])
    most = bounds.rate_max_ml_h(world.plan) + step
    over = world.bounds.lies_ml(world.plan) + world.bounds.hand_ml(most) + step / 10
    with lying(pump_of(world)) as pump:
        if chance.random() < 0.5:
            pump.rate_up_ml_h = step
        else:
            pump.limit_up_ml = step / 10
        await asyncio.sleep(chance.choice(LIES_S))
    return Cost(stops=False, over_ml=over)


async def restarts_itself(world: World, chance: random.Random) -> Cost:
    """The line is clamped; when it is let go the pump goes on by itself."""
    rate = rate_of(world)
    with lying(pump_of(world)) as pump:
        pump.restarts = True
        async with world.fault("occlusion"):
            await asyncio.sleep(chance.choice([30, 60, 90]))
        stored = pump.options.occlusion_ml
        await asyncio.sleep(5)
    over = bounds.release_ml() + world.bounds.hand_ml(rate)
    return Cost(stops=False, over_ml=over, books_ml=stored + world.bounds.lies_ml(world.plan))


async def counter_reset(world: World, _chance: random.Random) -> Cost:
    """The counter falls to zero by itself."""
    world.settle()
    pump_of(world).clear_volume()
    return Cost(
        stops=False, over_ml=world.bounds.lies_ml(world.plan), books_ml=world.bounds.lies_ml(world.plan)
    )


async def one_late(world: World, chance: random.Random) -> Cost:
    """Every answer of the pump is that to the question before."""
    cost = Cost(stops=False, over_ml=dead_ml(world))
    async with world.fault("lag"):
        await asyncio.sleep(chance.choice([2, 10, 30]))
    return cost


async def swapped(world: World, chance: random.Random) -> Cost:
    """The cable is put into another patient's pump for a while: another serial number answers.

    Where a model has none, the counter alone tells, and a person may say that its jumps were given.
    """
    cost, own = Cost(stops=True, over_ml=dead_ml(world)), pump_of(world)
    with exchanged(world) as stranger:
        await asyncio.sleep(chance.choice([2, 10, 60]))
    if world.bounds.pump.has_serial_number:
        return cost
    return replace(cost, books_ml=own.infused_ml + stranger.infused_ml)


class Repeating:
    """A patient as a monitor shows him that has stopped measuring: old values, fresh times."""

    def __init__(self, patient: Any) -> None:
        self._patient = patient
        self.vitals = patient.vitals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._patient, name)


async def repeats(world: World, chance: random.Random) -> Cost:
    """The monitor repeats old values with fresh times; perhaps the patient reacts meanwhile."""
    if world.monitor_device is not None:
        wire: Any = world.monitor_device.served.wire
        wire.patient = Repeating(world.bed.patient)
        if chance.random() < 0.5:
            await world.do(do="react", grade=2, onset_s=0)
        await asyncio.sleep(chance.choice([20, 60, 120]))
        wire.patient = world.bed.patient
    return Cost(stops=False, over_ml=ZERO)


LIES: Mapping[str, Strike] = {
    strike.__name__: strike
    for strike in (
        lying_counter,
        ignores_rate,
        ignores_limit,
        ignores_start,
        ignores_stop,
        rounds_up,
        restarts_itself,
        counter_reset,
        one_late,
        swapped,
        repeats,
    )
}
"""Each by its name."""
