"""What goes over a wire between a model's driver and its simulator, recorded from the wire itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import cache

from drivers.errors import DeviceError
from drivers.interfaces import Link
from drivers.links.memory import NullModem
from drivers.registry import MONITORS, PUMPS
from drivers.values import PumpSetting
from simulators.build import make_bed, make_device
from simulators.options import Options
from simulators.pace import Pace
from tests.drivers.virtual import virtual

SEED = 7
READINGS = 12
WATCH_S = 60
LIMIT_ML = Decimal(10)


class Tapped:
    """A link that keeps what it carried, as a recorder on the line would: one way, or both in turn."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.name = link.name
        self.received = bytearray()
        self.sent: list[bytes] = []
        self.both = bytearray()

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        def take(data: bytes) -> None:
            self.received += data
            self.both += data
            on_bytes(data)

        await self._link.open(take, on_lost)

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.both += data
        self._link.write(data)

    async def close(self) -> None:
        await self._link.close()


@cache
def captured(model: str, *, both: bool = False) -> bytes:
    """A minute of a monitor, a dozen messages of a slow one, or a dozen readings of a running pump."""
    tap = Tapped(NullModem(model).a)

    async def record() -> None:
        cable = NullModem(model)
        tap._link = cable.a
        pace = Pace(make_bed([], Options(), SEED))
        device = make_device(model, cable.b, pace, Options(), SEED)
        await device.start()
        try:
            await (_watch(model, tap) if model in MONITORS else _run(model, tap))
        finally:
            await device.close()

    virtual(record)()
    return bytes(tap.both if both else tap.received)


async def _watch(model: str, tap: Tapped) -> None:
    monitor = MONITORS[model].build("", link=tap)
    seconds = max(WATCH_S, READINGS * float(monitor.capabilities.interval_s))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await monitor.run(lambda _: None, lambda _: None)


async def _run(model: str, tap: Tapped) -> None:
    pump = PUMPS[model].build("", link=tap)
    await pump.connect()
    if not pump.capabilities.read_only:
        await pump.program(PumpSetting(Decimal(60), LIMIT_ML))
        await pump.start()
    for _ in range(READINGS):
        await pump.read()
        await asyncio.sleep(float(pump.capabilities.poll_s))
    with suppress(DeviceError):
        await pump.stop()
    await pump.close()


def damaged(stream: bytes, rng: random.Random) -> bytes:
    """The stream with bits flipped, bytes lost or put in, or a piece cut out: what a bad line does."""
    bad = bytearray(stream)
    for _ in range(rng.randint(1, 12)):
        if not bad:
            break
        place = rng.randrange(len(bad))
        match rng.randrange(4):
            case 0:
                bad[place] ^= 1 << rng.randrange(8)
            case 1:
                del bad[place]
            case 2:
                bad.insert(place, rng.choice((0, 0x7E, 0x7D, rng.randrange(256))))
            case _:
                del bad[place : place + rng.randint(2, 200)]
    return bytes(bad)
