"""Real sockets, and at the other end an HL7 implementation that is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import hl7
import hl7.mllp
import pytest

from drivers.errors import LinkLost
from drivers.links.factory import open_link
from drivers.monitors.hl7_oru.driver import Hl7Oru
from drivers.values import Signal, VitalsSample
from simulators.build import make_bed, make_link, make_wire
from simulators.options import Options
from simulators.pace import Pace
from simulators.serve import Served
from simulators.wires.hl7_oru import Dialect, Hl7Options
from simulators.wires.hl7_oru import Hl7Oru as Sender
from tests.drivers import hl7_lines as lines
from tests.drivers.ports import free_port

PATIENCE_S = 20
"""Only a test that fails waits so long."""


def text(*rows: str, control: str) -> str:
    return lines.message(*rows, control=control).strip(b"\x0b\x1c\r").decode()


@asynccontextmanager
async def receiver(port: int) -> AsyncIterator[asyncio.Queue[VitalsSample]]:
    samples: asyncio.Queue[VitalsSample] = asyncio.Queue()
    driver = Hl7Oru(open_link(f"listen:127.0.0.1:{port}", baud=9600, parity="N", rtscts=False))
    running = asyncio.create_task(driver.run(lambda _: None, samples.put_nowait))
    await asyncio.sleep(0)
    try:
        yield samples
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def call(port: int) -> tuple[Any, Any]:
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await hl7.mllp.open_hl7_connection("127.0.0.1", port)
        return reader, writer


async def say(reader: Any, writer: Any, said: str) -> hl7.Message:
    writer.writemessage(hl7.parse(said))
    async with asyncio.timeout(PATIENCE_S):
        await writer.drain()
        return await reader.readmessage()


async def hang_up(writer: Any) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def test_another_implementation_sends_and_understands_the_answers() -> None:
    port = free_port()
    async with receiver(port) as samples:
        reader, writer = await call(port)
        for control in ("1", "2"):
            answer = await say(reader, writer, text(*lines.EFFICIA, control=control))
            assert (str(answer["MSA.F1"]), str(answer["MSA.F2"])) == ("AA", control)
        assert samples.get_nowait().signals[Signal.SPO2].value == 98
        refused = await say(reader, writer, text(control="3").replace("ORU^R01", "ADT^A01"))
        assert (str(refused["MSA.F1"]), str(refused["MSA.F2"])) == ("AE", "3")
        await hang_up(writer)


async def test_a_sender_that_calls_for_every_message() -> None:
    """The port stays open between two calls; half a message of one call is none of the next."""
    port = free_port()
    async with receiver(port) as samples:
        for control in ("1", "2", "3"):
            reader, writer = await call(port)
            await say(reader, writer, text(lines.SPO2, control=control))
            writer.write(lines.message(lines.SPO2, control="half")[:60])
            await hang_up(writer)
        assert samples.qsize() == 3


async def test_the_newer_of_two_calls_is_heard() -> None:
    """A sender that was switched off leaves a call that nobody ended."""
    port = free_port()
    async with receiver(port) as samples:
        _, dead = await call(port)
        reader, writer = await call(port)
        await say(reader, writer, text(lines.SPO2, control="1"))
        assert samples.qsize() == 1
        await hang_up(writer)
        await hang_up(dead)


async def test_a_port_has_one_owner() -> None:
    port = free_port()
    async with receiver(port):
        other = open_link(f"listen:127.0.0.1:{port}", baud=9600, parity="N", rtscts=False)
        with pytest.raises(LinkLost, match="cannot be opened"):
            await other.open(lambda _: None, lambda _: None)
        link = open_link(f"listen:127.0.0.1:{free_port()}", baud=9600, parity="N", rtscts=False)
        with pytest.raises(LinkLost, match="nobody is connected"):
            link.write(b"x")


class Told(list[str]):
    """A list that says when something was put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def append(self, item: str) -> None:
        super().append(item)
        self.told.set()


@pytest.mark.parametrize("dialect", Dialect)
async def test_what_our_simulator_sends_another_implementation_reads(dialect: Dialect) -> None:
    """And its answers end the waiting for one: nothing is said twice."""
    heard: asyncio.Queue[hl7.Message] = asyncio.Queue()
    done = asyncio.Event()

    async def take(reader: Any, writer: Any) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await reader.readmessage()
                writer.writemessage(message.create_ack())
                await writer.drain()
                heard.put_nowait(message)
        await hang_up(writer)
        done.set()

    port = free_port()
    async with await hl7.mllp.start_hl7_server(take, "127.0.0.1", port) as server:
        options = Options(hl7=Hl7Options(hl7_dialect=dialect))
        wire = make_wire("hl7-oru", Pace(make_bed([], options, 1)), options)
        assert isinstance(wire, Sender)
        wire.acks = wire_acks = Told()
        served = Served(wire, make_link(f"dial:{port}"), Pace(make_bed([], options, 1)))
        await served.start()
        async with asyncio.timeout(PATIENCE_S):
            message = await heard.get()
            await wire_acks.told.wait()
            await served.close()
            await done.wait()
        server.close()
    assert str(message["MSH.F9.R1.C1"]) == "ORU"
    assert str(message["PID.F3.R1.C1"]) == "4711-0815"
    assert len(message.segments("OBX")) >= 6
    assert wire.acks == ["AA"]
