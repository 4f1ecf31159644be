"""HL7 receivers that split, delay, reset and talk nonsense: every alert arrives, and once (H4)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.feeds.hl7 import feed as feeds
from daemon.feeds.hl7 import sending
from tests.control.bench import Door
from tests.feeds.test_hl7_feed import feed
from tests.journal.files import until

Answer = Callable[[asyncio.StreamWriter, bytes, int], Awaitable[None]]


@asynccontextmanager
async def raw(answer: Answer) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A receiver in raw bytes: `answer` is given the writer, the control id, and how many came before."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                message = await reader.readuntil(b"\x1c\r")
                got.append(message)
                await answer(writer, _control_id(message), len(got) - 1)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], got
    finally:
        server.close()


def _control_id(message: bytes) -> bytes:
    return message.split(b"|")[9]


def ack(control_id: bytes, code: bytes = b"AA") -> bytes:
    return b"\x0bMSH|^~\\&#|R|W|||20260101||ACK|9|P|2.7\rMSA|" + code + b"|" + control_id + b"\r\x1c\r"


async def in_bytes(writer: asyncio.StreamWriter, control_id: bytes, _count: int) -> None:
    for byte in ack(control_id):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0)


async def late(writer: asyncio.StreamWriter, control_id: bytes, count: int) -> None:
    await asyncio.sleep(0.3 if count == 0 else 0)
    writer.write(ack(control_id))


async def resets_twice(writer: asyncio.StreamWriter, control_id: bytes, count: int) -> None:
    if count < 2:
        writer.transport.abort()
    else:
        writer.write(ack(control_id))


async def babbles(writer: asyncio.StreamWriter, control_id: bytes, _count: int) -> None:
    noise = b"HTTP/1.1 400 Bad Request\r\n\r\n\x0bgarbage\x1c\r" + ack(b"of-another") + b"\x1c\r\x0b\x0b"
    writer.write(noise + ack(control_id))


@pytest.mark.parametrize("answer", [in_bytes, late, resets_twice, babbles])
async def test_h4_whatever_the_receiver_does_the_alert_arrives_and_ends(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) H4."""
    monkeypatch.setattr(feeds, "AGAIN_S", 0.01)
    monkeypatch.setattr(sending, "ANSWER_S", 5.0)
    door = Door(tmp_path)
    await door.open()
    door.supervisor.submit(inp.FeedsLost("mqtt: gone"))
    async with raw(answer) as (port, got), feed(door, port) as one:
        await until(lambda: any(b"|start|" in message for message in got))
        door.supervisor.submit(inp.FeedsBack())
        await until(lambda: any(b"|end|" in message for message in got))
        await until(lambda: one.why() == "")
    alerts = [message for message in got if b"R40" in message]
    chains = [(_control_id(one), re.findall(rb"feed_lost-\d+\.\d", one)[0]) for one in alerts]
    assert len({event for _, event in chains}) == len(set(chains)), "one event, one control id"
    await door.close()


async def test_h4_stop_waits_for_no_receiver(tmp_path: Path) -> None:
    """(A) H4: A receiver that takes the connection and never reads: the daemon's STOP is out at once."""

    async def deaf(_writer: asyncio.StreamWriter, _control_id: bytes, _count: int) -> None:
        await asyncio.sleep(3600)

    door = Door(tmp_path)
    await door.open()
    async with raw(deaf) as (port, got), feed(door, port):
        await until(lambda: bool(got))
        door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
        assert door.pump.stops == 1
    await door.close()
