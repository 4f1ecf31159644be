"""Decoders of recordings and whole drivers of every model on the shelf; a new model is a target by itself."""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from drivers.errors import DeviceError
from drivers.interfaces import Link, Monitor, Pump
from drivers.links.memory import NullModem
from drivers.registry import MONITORS, PUMPS, models
from drivers.shelf import recording_of
from drivers.values import PumpReading, PumpSetting, Validity, VitalsSample
from simulators.build import make_bed, make_device
from simulators.options import Options
from simulators.pace import Pace
from tests.devices.fuzz import HELD_MAX, REASONS_MAX, sound
from tests.devices.weigh import held_bytes
from tests.drivers.capture import SEED, captured
from tests.drivers.virtual import virtual
from tests.fuzz.mutate import bytewise
from tests.fuzz.target import Target
from tests.matrix.carried import ROOT

SAMPLE_MAX = 3000
PIECE_MAX = 4000
TALK_S = 120
"""Virtual seconds in which a driver has ended whatever it was asked."""
WATCH_S = 30
SETTING = PumpSetting(Decimal(60), Decimal(10))


def targets() -> Iterator[Target]:
    """Two for each model."""
    for name, model in models().items():
        folder = model.shelf.folder
        frames = tuple(_modules(folder, "frames", "recording"))
        samples = partial(_recorded, name)
        yield Target(f"decode-{name}", frames, partial(decode, name), samples=samples, share=1)
        answers = partial(_answers, name)
        drivers = tuple(_modules(folder, "driver"))
        yield Target(f"drive-{name}", drivers, partial(drive, name), talk_damaged, answers, share=400)


def _modules(folder: str, *names: str) -> Iterator[str]:
    for name in names:
        found = Path(str(importlib.import_module(f"{folder}.{name}").__file__))
        yield str(found.relative_to(ROOT))


def _recorded(model: str) -> Sequence[bytes]:
    return (captured(model, both=True)[:SAMPLE_MAX],)


def decode(model: str, data: bytes) -> str:
    """Cut in two anywhere, after a whole beginning: sound readings, each frame once, bounded memory."""
    recording = recording_of(models()[model].shelf)
    cut = len(data) * (sum(data[:8]) % 7) // 7
    readings = [*recording.feed(data[:cut]), *recording.feed(data[cut:])]
    held = held_bytes(recording) if len(data) > SAMPLE_MAX else 0
    readings += recording.finish()
    wrong = [reading for reading in readings if not sound(reading)]
    assert wrong == [], f"unsound: {wrong[:3]}"
    assert held <= HELD_MAX, f"holds {held} bytes"
    tally = recording.tally()
    assert len(tally.accepted) + len(tally.rejected) <= REASONS_MAX, "reasons without end"
    return "heard" if tally.accepted else "rejected" if tally.rejected else "nothing"


Piece = tuple[bytes, bool]
"""What a device says at once, and whether more follows without being asked."""


class Answering:
    """The device's end of a cable: each thing it is told is answered with the next pieces of an input."""

    def __init__(self, said: Sequence[Piece], link: Link) -> None:
        self._said = iter(said)
        self._link = link
        self.asked = 0

    async def start(self) -> None:
        """Answer from now on."""
        await self._link.open(self._take, lambda _: None)

    def say(self) -> None:
        """The next pieces, asked for or not."""
        for data, more in self._said:
            if data:
                self._link.write(data)
            if not more:
                return

    def _take(self, _data: bytes) -> None:
        self.asked += 1
        self.say()


def pieces(data: bytes) -> list[Piece]:
    """The pieces of an input: a bit for more, 15 of length, and so many bytes, again and again."""
    found = []
    while data:
        head = int.from_bytes(data[:2], "big")
        size = head & 0x7FFF
        found.append((data[2 : 2 + size], bool(head >> 15)))
        data = data[2 + size :]
    return found


def joined(said: Sequence[Piece]) -> bytes:
    """Pieces as an input holds them."""
    return b"".join((len(data) | more << 15).to_bytes(2, "big") + data for data, more in said)


def drive(model: str, data: bytes) -> str:
    """Whatever it is answered: nothing but DeviceError, nothing unsound, every act over in bounded time."""
    said: list[str] = []

    async def talk() -> None:
        cable = NullModem(model)
        device = Answering(pieces(data), cable.b)
        await device.start()
        if model in PUMPS:
            said.append(await _pump(PUMPS[model].build("", link=cable.a)))
        else:
            said.append(await _monitor(MONITORS[model].build("", link=cable.a), device, len(pieces(data))))

    virtual(talk)()
    return said[0]


async def _pump(pump: Pump) -> str:
    word = await _in_time(pump.connect())
    for _ in range(3):
        await _in_time(_read(pump))
    if not pump.capabilities.read_only:
        await _in_time(pump.program(SETTING))
        await _in_time(pump.start())
    await _in_time(_read(pump))
    await _in_time(pump.stop())
    await pump.close()
    return word


async def _in_time(act: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(TALK_S):
            await act
    except DeviceError as error:
        return type(error).__name__
    return "connected"


async def _read(pump: Pump) -> None:
    reading = await pump.read()
    setting = await pump.read_setting()
    assert isinstance(reading, PumpReading)
    for number in (
        reading.rate_ml_h,
        reading.counter_ml,
        reading.limit_left_ml,
        setting.rate_ml_h,
        setting.limit_ml,
    ):
        assert number is None or (number.is_finite() and number >= 0), f"{reading}, {setting}"


async def _monitor(monitor: Monitor, device: Answering, count: int) -> str:
    heard: list[VitalsSample] = []
    running = asyncio.create_task(_in_time(monitor.run(lambda _: None, heard.append)))
    for _ in range(count):
        await asyncio.sleep(0.5)
        if not running.done() and not device.asked:
            device.say()
    await asyncio.sleep(WATCH_S)
    running.cancel()
    await asyncio.wait([running])
    await monitor.close()
    if not running.cancelled() and (error := running.exception()) is not None:
        raise error
    for sample in heard:
        for one in sample.signals.values():
            fine = one.value is not None and one.value.is_finite()
            assert fine or one.validity is not Validity.VALID, f"{one}"
    return "heard" if heard else "nothing"


def talk_damaged(known: Sequence[bytes], rng: random.Random) -> bytes:
    """Some pieces damaged, lost, doubled, exchanged or late by one; now and then any bytes."""
    if rng.randrange(8) == 0:
        return bytewise(known, rng)
    said = pieces(rng.choice(known)) or [(b"", False)]
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(said))
        data, more = said[at]
        match rng.randrange(6):
            case 0:
                said.insert(at, said[at])
            case 1:
                said[at] = (b"", more)
            case 2:
                said[at] = rng.choice(said)
            case 3:
                said.insert(at, (b"", False))
            case _:
                said[at] = (bytewise([data or b"?"], rng)[:PIECE_MAX], more)
    return joined(said)


def _answers(model: str) -> Sequence[bytes]:
    """What the simulated device says to the driver, piece by piece."""
    said: list[Piece] = []

    async def record() -> None:
        cable = NullModem(model)
        pace = Pace(make_bed([], Options(), SEED))
        device = make_device(model, cable.b, pace, Options(), SEED)
        await device.start()
        link = _Tap(cable.a, said)
        if model in PUMPS:
            await _pump(PUMPS[model].build("", link=link))
        else:
            monitor = MONITORS[model].build("", link=link)
            running = asyncio.create_task(monitor.run(lambda _: None, lambda _: None))
            await asyncio.sleep(WATCH_S)
            running.cancel()
            await asyncio.wait([running])
        await device.close()

    virtual(record)()
    return (joined(said),)


class _Tap:
    """A link that keeps what arrives over it, and what of it comes between two questions."""

    def __init__(self, link: Link, said: list[Piece]) -> None:
        self._link = link
        self._said = said
        self._asked = False
        self.name = link.name
        self.close = link.close

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Open it; what arrives is kept first."""

        def take(data: bytes) -> None:
            if self._asked:
                before, _ = self._said[-1]
                self._said[-1] = (before, True)
            self._said.append((data, False))
            on_bytes(data)

        await self._link.open(take, on_lost)

    def write(self, data: bytes) -> None:
        """Ask: a new piece begins."""
        self._asked = True
        self._said.append((b"", False))
        self._link.write(data)
