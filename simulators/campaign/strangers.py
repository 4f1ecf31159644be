"""Another patient's pump on our cable (F26): stopped at most, never started or set higher."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from drivers.values import Motion
from simulators.bodies.pump import PumpBody
from simulators.build import BagLabel, make_bed, make_wire
from simulators.campaign.world import World
from simulators.options import Options
from simulators.pace import Pace

RATE_ML_H = Decimal(20)
LIMIT_ML = Decimal(200)
BAG = BagLabel("X", Decimal(1), Decimal(250))


def given_no_more(pump: PumpBody) -> bool:
    """It runs as its own people left it, or stands, with no more to give than they set (a STOP, a disarm)."""
    less = pump.rate_ml_h <= RATE_ML_H and 0 < pump.limit_set_ml <= LIMIT_ML
    return less and (pump.motion is Motion.STOPPED or pump.rate_ml_h == RATE_ML_H)


@contextmanager
def exchanged(world: World) -> Iterator[PumpBody]:
    """The cable of the pump in charge is in another pump, which is given; its own lives on unheard."""
    name = world.aim
    served = world.pump_devices[name].served
    there = make_bed([BAG], world.options, world.seed)
    pump = there.lanes[0].pump
    pump.set_rate(RATE_ML_H)
    pump.set_limit(LIMIT_ML)
    pump.start()
    own, served.wire = served.wire, make_wire(world.models[name], Pace(there), _another(world.options))
    world.strangers.append(pump)
    try:
        yield pump
    finally:
        served.wire = own


def _another(options: Options) -> Options:
    return replace(
        options,
        dianet=replace(options.dianet, serial=54321),
        alaris=replace(options.alaris, asena_serial="8002-99999"),
        bcc=replace(options.bcc, bcc_serial="654321"),
    )
