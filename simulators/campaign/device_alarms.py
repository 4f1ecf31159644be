"""Every alarm a simulated pump or monitor can raise, one at a time.

A pump whose alarm stops it gives nothing more, and nothing goes on without a person; the others cost nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drivers.values import PumpAlarm
from simulators.build import make_wire
from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.faults import Strike, dead_ml, halted, runs
from simulators.campaign.scene import pump_of
from simulators.campaign.world import World
from simulators.pace import Pace

ZERO = Decimal(0)
STOPPING = frozenset(
    {
        *(PumpAlarm.SYRINGE, PumpAlarm.EMPTY, PumpAlarm.OCCLUSION, PumpAlarm.AIR, PumpAlarm.DRIP),
        *(PumpAlarm.BATTERY_EMPTY, PumpAlarm.DOOR_OPEN, PumpAlarm.LIMIT_REACHED, PumpAlarm.TIME_END),
        *(PumpAlarm.KVO_END, PumpAlarm.LINK_TIMEOUT),
    }
)
WORDS_ONLY = frozenset(
    {
        *(PumpAlarm.NEAR_EMPTY, PumpAlarm.BATTERY_LOW, PumpAlarm.RATE_INVALID, PumpAlarm.REMINDER),
        *(PumpAlarm.STANDBY_END, PumpAlarm.LOCAL_KEY, PumpAlarm.KVO_RUNNING, PumpAlarm.PRESSURE_LOW),
        *(PumpAlarm.PCA_BUTTON, PumpAlarm.PCA_LIMIT),
    }
)


def _raised(alarm: PumpAlarm) -> Strike:
    async def strike(world: World, chance: random.Random) -> Cost:
        pump: Any = pump_of(world)
        world.settle()
        stops = halted(world) and alarm in STOPPING
        if alarm in STOPPING:
            pump._halt()  # noqa: SLF001 - as its own alarms do
        pump.latched.add(alarm)
        await asyncio.sleep(chance.choice([0.2, 2, 20]))
        pump.latched.discard(alarm)
        return Cost(stops=stops, over_ml=ZERO)

    strike.__name__ = f"alarm_{alarm}"
    what = "and it stops" if alarm in STOPPING else "and it goes on"
    strike.__doc__ = f"The pump raises its alarm `{alarm}`, {what}."
    return strike


async def door(world: World, chance: random.Random) -> Cost:
    """The door of the pump is opened and closed."""
    stops = halted(world)
    async with world.fault("door"):
        await asyncio.sleep(chance.uniform(0.2, 5))
    return Cost(stops=stops, over_ml=ZERO)


async def air(world: World, chance: random.Random) -> Cost:
    """Air is in the line for a while."""
    stops = halted(world)
    async with world.fault("air"):
        await asyncio.sleep(chance.uniform(0.2, 5))
    return Cost(stops=stops, over_ml=ZERO)


async def battery_dies(world: World, chance: random.Random) -> Cost:
    """The mains are gone and the battery is empty a few seconds later; then the mains are back."""
    seconds, rate = chance.choice([3, 10]), pump_of(world).rate_ml_h
    until_empty_ml = bounds.flow_ml(rate, Decimal(seconds))
    cost = Cost(stops=runs(world), over_ml=until_empty_ml + bounds.run_out_ml(rate))
    async with world.fault("battery", arg=str(Decimal(seconds) / 60)):
        await asyncio.sleep(seconds + 5)
    return cost


async def pump_fault(world: World, chance: random.Random) -> Cost:
    """Something only this model of pump can have: remote control refused, a syringe not confirmed, a lie."""
    wire: Any = world.pump_devices[world.aim].served.wire
    names = sorted(wire.switches()) if hasattr(wire, "switches") else []
    if not names:
        return Cost(stops=False, over_ml=ZERO)
    cost = Cost(
        stops=False,
        over_ml=dead_ml(world) + world.bounds.lies_ml(world.plan),
        books_ml=world.bounds.lies_ml(world.plan),
    )
    async with world.fault(chance.choice(names)):
        await asyncio.sleep(chance.choice([3, 20]))
    return cost


async def monitor_fault(world: World, chance: random.Random) -> Cost:
    """Something only this model of monitor can have: a sensor off, noise, another patient, a clock astray."""
    wire: Any = world.monitor_device.served.wire if world.monitor_device is not None else None
    names = sorted(wire.switches()) if hasattr(wire, "switches") else []
    if names:
        async with world.fault(chance.choice(names), at="monitor"):
            await asyncio.sleep(chance.choice([5, 30, 90]))
    return Cost(stops=False, over_ml=ZERO)


async def monitor_power(world: World, chance: random.Random) -> Cost:
    """The monitor loses power and boots anew."""
    if world.monitor_device is None:
        return Cost(stops=False, over_ml=ZERO)
    served = world.monitor_device.served
    world.faults_on.add(("monitor", "power"))
    served.wire = _Dark(served.wire)
    await asyncio.sleep(chance.choice([5, 40, 130]))
    served.wire = make_wire(world.model, Pace(world.bed), world.options)
    world.faults_on.discard(("monitor", "power"))
    return Cost(stops=False, over_ml=ZERO)


class _Dark:
    """A device without power."""

    def __init__(self, wire: Any) -> None:
        self.model, self.bytes_per_s = wire.model, wire.bytes_per_s

    def receive(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002 - nobody is there
        return b""

    def tick(self, now_s: float) -> bytes:  # noqa: ARG002 - nobody is there
        return b""

    def wake_s(self, now_s: float) -> float | None:  # noqa: ARG002 - nobody is there
        return None


_OWN = (door, air, battery_dies, pump_fault, monitor_fault, monitor_power)
ALARMS: Mapping[str, Strike] = {
    strike.__name__: strike for strike in (*_OWN, *map(_raised, sorted(STOPPING | WORDS_ONLY)))
}
"""Each by its name."""
