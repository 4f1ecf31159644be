"""The pump of docs/how-to/add-a-pump.md: the page quotes its files, and its driver works on its wire."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame, NoReply, OutOfRange, Refused, WrongDevice
from drivers.links.memory import NullModem
from drivers.values import Motion, PumpSetting
from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.bodies.pump_options import PumpOptions
from tests.docs.pages import ROOT
from tests.drivers.virtual import virtual

FOLDER = ROOT / "docs" / "how-to" / "example_pump"
PAGE = ROOT / "docs" / "how-to" / "add-a-pump.md"
D = Decimal


def load() -> Any:
    """The folder as a package of its own; nothing in the tree names it."""
    if "example_pump" not in sys.modules:
        package = ModuleType("example_pump")
        package.__path__ = [str(FOLDER)]
        sys.modules["example_pump"] = package
    from importlib import import_module  # noqa: PLC0415 - only now there is something to import

    return tuple(import_module(f"example_pump.{name}") for name in ("driver", "frames", "wire"))


driver, frames, wire = load()


@pytest.mark.parametrize("name", ["capabilities.py", "frames.py", "driver.py", "wire.py"])
def test_the_page_quotes_the_file_as_it_is(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert f"```python\n{text}```" in PAGE.read_text(encoding="utf-8")


class Bench:
    """Driver and wire on one cable; `bad` spoils what the pump answers."""

    def __init__(self, serial: str | None = None) -> None:
        self.cable = NullModem("example")
        self.body = PumpBody(Bag(Solution("A", D(1)), D(250), D(0)), PumpOptions(flow_error=D(0)))
        self.pump = driver.ExamplePump(self.cable.a, expected_serial=serial)
        self.answers = True
        self._wire = wire.ExampleWire(self.body)

    async def open(self) -> Any:
        await self.cable.b.open(self._hear, lambda _: None)
        return await self.pump.connect()

    def _hear(self, data: bytes) -> None:
        answer = self._wire.receive(data, 0)
        if self.answers and answer:
            self.cable.b.write(answer)


@virtual
async def test_it_is_told_apart_programmed_started_read_and_stopped() -> None:
    bench = Bench("4711")
    identity = await bench.open()
    assert (identity.model, identity.serial, identity.firmware) == ("E1", "4711", "1.0")
    assert (await bench.pump.read()).limit_left_ml is None
    setting = PumpSetting(D("12.5"), D("3.0"))
    await bench.pump.program(setting)
    assert await bench.pump.read_setting() == setting
    await bench.pump.start()
    for _ in range(600):
        bench.body.advance(D(1))
    reading = await bench.pump.read()
    assert reading.motion is Motion.INFUSING
    assert reading.counter_ml == D("2.0")
    with pytest.raises(Refused):
        await bench.pump.release()
    await bench.pump.stop()
    bench.body.advance(D(5))
    assert (await bench.pump.read()).motion is Motion.STOPPED
    await bench.pump.release()
    await bench.pump.close()


@virtual
async def test_another_serial_number_is_another_pump() -> None:
    with pytest.raises(WrongDevice):
        await Bench("4712").open()


WRONG = [("0", "1"), ("0.15", "1"), ("1", "0"), ("1", "1.05"), ("200.1", "1"), ("1", "1000")]


@pytest.mark.parametrize("setting", WRONG)
@virtual
async def test_f7_what_it_cannot_take_exactly_is_not_sent(setting: tuple[str, str]) -> None:
    """F7: and zero never."""
    bench = Bench()
    await bench.open()
    bench.answers = False
    rate, limit = setting
    for wrong in (PumpSetting(D(rate), D(limit)), PumpSetting(D(rate), None)):
        with pytest.raises(OutOfRange):
            await bench.pump.program(wrong)


@virtual
async def test_f10_stop_leaves_in_the_call_and_silence_is_an_error() -> None:
    """F10: before anything is awaited."""
    bench = Bench()
    await bench.open()
    bench.answers = False
    sent: list[bytes] = []
    bench.cable.a.write = sent.append  # type: ignore[method-assign,assignment]
    stopping = bench.pump.stop()
    assert sent == [frames.encode("HALT")]
    with pytest.raises(NoReply):
        await stopping


GOLDEN = {("ST",): b"#ST;CA\r", ("SET", "12.5", "3.0"): b"#SET 12.5 3.0;A6\r"}
"""Sums added up by hand: 23+53+54 = CA."""


def test_frames_of_the_document() -> None:
    for words, data in GOLDEN.items():
        assert frames.encode(*words) == data
        for cut in range(len(data) + 1):
            decoder = frames.Decoder()
            assert [*decoder.feed(data[:cut]), *decoder.feed(data[cut:])] == [words]


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_any_bytes_leave_the_next_frame_whole(chunks: list[bytes]) -> None:
    decoder = frames.Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
    decoder.feed(b"\r")
    assert decoder.feed(frames.encode("GO")) == [("GO",)]
    assert len(decoder._held) <= frames.LINE_MAX


@virtual
async def test_nonsense_with_a_good_sum_is_a_bad_frame() -> None:
    bench = Bench()
    await bench.open()
    for words in (("ST", "run", "x", "1", "1"), ("ST", "run"), ("ST", "run", "NaN", "1", "1")):
        bench.answers = False
        asking = asyncio.ensure_future(bench.pump.read())
        await asyncio.sleep(0.01)
        bench.cable.b.write(frames.encode(*words))
        with pytest.raises(BadFrame):
            await asking


@pytest.fixture(scope="module", autouse=True)
def gone() -> Iterator[None]:
    """The package is known to this file alone."""
    yield
    for name in [one for one in sys.modules if one.partition(".")[0] == "example_pump"]:
        del sys.modules[name]
