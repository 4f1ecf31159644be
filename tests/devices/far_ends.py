"""What may be at the other end of a link that is probed: every simulated device, and worse."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from drivers.links.memory import MemoryEnd, NullModem
from drivers.values import Motion
from simulators.bodies.pump import PumpBody
from simulators.build import MODELS, make_bed, make_device
from simulators.options import Options
from simulators.pace import Pace

RATE_ML_H = Decimal(40)
LIMIT_ML = Decimal(100)
NOISE_S = 0.2


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything of a pump that a probe could have touched."""

    motion: Motion
    rate_ml_h: Decimal
    limit_set_ml: Decimal
    latched: tuple[str, ...]
    hand: tuple[str, ...]


def settings_of(pump: PumpBody) -> Settings:
    return Settings(
        pump.motion,
        pump.rate_ml_h,
        pump.limit_set_ml,
        tuple(sorted(pump.latched)),
        tuple(sorted(pump.hand)),
    )


@asynccontextmanager
async def device(model: str, cable: NullModem, *, running: bool = False) -> AsyncIterator[PumpBody]:
    """A simulated device; its bed's pump stands, or was started by hand."""
    pace = Pace(make_bed([], Options(), 3))
    pump = pace.bed.lanes[0].pump
    pump.set_rate(RATE_ML_H)
    pump.set_limit(LIMIT_ML)
    if running:
        assert pump.start()
    made = make_device(model, cable.b, pace, Options(), 3)
    await made.start()
    try:
        yield pump
    finally:
        await made.close()


Answer = Callable[[bytes], bytes]


@asynccontextmanager
async def stranger(
    cable: NullModem, answer: Answer, *, noise: random.Random | None = None
) -> AsyncIterator[None]:
    """No device we know: it answers as told, and with `noise` speaks at random as well."""
    end: MemoryEnd = cable.b

    def on_bytes(data: bytes) -> None:
        if reply := answer(data):
            end.write(reply)

    async def babble(rng: random.Random) -> None:
        while True:
            await asyncio.sleep(NOISE_S)
            end.write(rng.randbytes(rng.randrange(1, 200)))

    await end.open(on_bytes, lambda _: None)
    task = asyncio.create_task(babble(noise)) if noise is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
        await end.close()


STRANGERS: dict[str, tuple[Answer, bool]] = {
    "silence": (lambda _: b"", False),
    "an echo": (lambda data: data, False),
    "noise": (lambda _: b"", True),
    "a modem": (lambda _: b"\r\nERROR\r\n", False),
}
__all__ = ["MODELS", "STRANGERS", "device", "settings_of", "stranger"]
