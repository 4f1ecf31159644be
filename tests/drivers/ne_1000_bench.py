"""An NE-1000 driver on a simulated pump, over a memory link with every fault, on virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal

from drivers.errors import DeviceError, NoReply
from drivers.interfaces import Link
from drivers.links.memory import NullModem
from drivers.pumps.ne_1000.driver import Ne1000
from drivers.values import Authority, Motion, PumpAlarm, PumpReading, PumpSetting
from simulators.bodies.pump import PumpBody
from simulators.build import BagLabel, Device, make_bed, make_device
from simulators.options import choose
from simulators.pace import Pace
from simulators.wires.ne_1000 import Ne1000 as Wire

D = Decimal
_cables = itertools.count(1)


@dataclass
class Tap:
    """A link that keeps what went out, as text without frames, and may be deaf."""

    link: Link
    sent: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Of the link within."""
        return self.link.name

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Open the link within."""
        await self.link.open(on_bytes, on_lost)

    def write(self, data: bytes) -> None:
        """Note the command, and pass it."""
        packet = data[:1] == b"\x02"
        self.sent.append((data[2:-3] if packet else data[:-1]).decode() + ("" if packet else " basic"))
        self.link.write(data)

    async def close(self) -> None:
        """Close the link within."""
        await self.link.close()


@dataclass
class Bench:
    """Driver, pump and what lies between."""

    driver: Ne1000
    device: Device
    wire: Wire
    body: PumpBody
    tap: Tap

    async def fault(self, name: str, *, on: bool = True, arg: str | None = None) -> None:
        """A fault of the link or the pump."""
        said = await self.device.answer({"do": "fault", "name": name, "on": on, "arg": arg})
        assert said == {"ok": True}, said

    async def press(self, key: str, value: str = "0") -> bool:
        """A hand at the pump."""
        return bool((await self.device.answer({"do": "press", "key": key, "value": value}))["ok"])

    async def flowed_ml(self) -> Decimal:
        """What has left the pump by now."""
        await self.device.answer({"do": "state"})
        return self.body.infused_ml

    async def passes(self, seconds: int) -> PumpReading:
        """So long it is read once a second; the last reading, with every alarm on the way."""
        alarms: frozenset[PumpAlarm] = frozenset()
        for _ in range(seconds):
            await asyncio.sleep(1)
            with suppress(NoReply):
                reading = await self.driver.read()
                alarms |= reading.alarms
        return replace(reading, alarms=alarms)

    async def stands(self) -> bool:
        """Whether it stands by now."""
        await self.device.answer({"do": "state"})
        return self.body.motion is Motion.STOPPED


@asynccontextmanager
async def bench(
    authority: Authority = Authority.CONTROL, *, seed: int = 1, connect: bool = True, **options: str
) -> AsyncIterator[Bench]:
    """Connected, unless it is not to be."""
    chosen = choose({"flow_error": "0", **options})
    bed = make_bed([BagLabel("A", D(1), D(60))], chosen, seed)
    pace = Pace(bed, D(1))
    cable = NullModem(f"ne-{next(_cables)}")
    device = make_device("ne-1000", cable.b, pace, chosen, seed)
    await device.start()
    tap = Tap(cable.a)
    wire = device.served.wire
    assert isinstance(wire, Wire)
    driver = Ne1000(tap, authority=authority)
    try:
        if connect:
            await driver.connect()
        yield Bench(driver, device, wire, bed.lanes[0].pump, tap)
    finally:
        await driver.close()
        await device.close()


def setting(rate: str, limit: str | None) -> PumpSetting:
    """Rate mL/h and limit mL."""
    return PumpSetting(D(rate), None if limit is None else D(limit))


async def running(made: Bench, rate: str = "60", limit: str = "1.5") -> None:
    """Programmed and started."""
    await made.driver.program(setting(rate, limit))
    await made.driver.start()
