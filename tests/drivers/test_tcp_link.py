"""A device behind a terminal server: what is kept, refused, cut and held back on the way (F28)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

import pytest

from drivers.errors import LinkLost
from drivers.links import tcp
from drivers.links.tcp import TcpLink
from drivers.links.text import read_link
from tests.drivers.dianet_peer import settle
from tests.drivers.ear import LIMIT_S, Ear
from tests.drivers.terminal_server import deaf_port, terminal_server


def link_to(port: int) -> TcpLink:
    return TcpLink(read_link(f"tcp:127.0.0.1:{port}"))


async def test_both_ways_and_again() -> None:
    async with terminal_server() as server:
        link = link_to(server.port)
        for turn in range(1, 3):
            ear = Ear()
            await link.open(ear.on_bytes, ear.on_lost)
            link.write(b"from us \x00\xff\x0a")
            await asyncio.wait_for(server.said.wait(), LIMIT_S)
            assert server.writer is not None
            server.writer.write(b"to us \x11\x13\x00")
            await ear.until(lambda: ear.heard == b"to us \x11\x13\x00")  # noqa: B023 - awaited in this turn
            await link.close()
            await link.close()
            await asyncio.wait_for(server.gone.wait(), LIMIT_S)
            assert (server.clients, server.heard) == (turn, b"from us \x00\xff\x0a" * turn)
            server.said.clear()
            server.gone.clear()
            with pytest.raises(LinkLost, match="not open"):
                link.write(b"x")


async def test_the_socket_waits_for_nobody_f28() -> None:
    async with terminal_server() as server:
        link, ear = link_to(server.port), Ear()
        await link.open(ear.on_bytes, ear.on_lost)
        opened = link._socket
        assert opened is not None
        assert not opened.getblocking()
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert 0 < opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 2000
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, every, count = (
            opened.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + every * count <= 3
        await link.close()


@pytest.mark.parametrize("gap_s", [0.0, 0.03])
async def test_what_the_server_held_from_before_is_dropped_f28(gap_s: float) -> None:
    async with terminal_server() as server:
        server.held, server.gap_s = [b"stale reply", b" in", b" pieces"], gap_s
        link, ear = link_to(server.port), Ear()
        await link.open(ear.on_bytes, ear.on_lost)
        assert server.held == []
        assert server.writer is not None
        server.writer.write(b"fresh")
        await ear.until(lambda: bool(ear.heard))
        assert ear.heard == b"fresh"
        await link.close()


async def test_a_device_that_is_never_quiet_is_opened_all_the_same() -> None:
    async with terminal_server() as server:
        server.babbling = True
        link, ear = link_to(server.port), Ear()
        started_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(LIMIT_S):
            await link.open(ear.on_bytes, ear.on_lost)
        assert asyncio.get_running_loop().time() - started_s >= tcp.SETTLE_S * 0.9
        await ear.until(lambda: ear.heard.count(b"row") >= 3)
        server.babbling = False
        await link.close()


async def test_bytes_that_nobody_takes_are_void_and_the_link_is_lost_f28() -> None:
    async with terminal_server() as server:
        link, ear = link_to(server.port), Ear()
        await link.open(ear.on_bytes, ear.on_lost)
        assert server.writer is not None
        server.writer.transport.pause_reading()  # type: ignore[attr-defined]
        started_s = time.monotonic()
        with pytest.raises(LinkLost, match=r"the connection took \d+ of \d+ bytes"):
            link.write(b"START" * 10_000_000)
        assert time.monotonic() - started_s < 5
        await ear.wait()
        assert len(ear.lost) == 1
        with pytest.raises(LinkLost, match="not open"):
            link.write(b"x")


async def test_the_far_end_closing_is_told_once() -> None:
    async with terminal_server() as server:
        link, ear = link_to(server.port), Ear()
        await link.open(ear.on_bytes, ear.on_lost)
        assert server.writer is not None
        server.writer.close()
        await ear.wait()
        await settle()
        assert [str(error).partition(": ")[2] for error in ear.lost] == ["the far end closed the connection"]


async def test_a_reset_is_told_once_by_read_or_by_write() -> None:
    async with terminal_server() as server:
        link, ear = link_to(server.port), Ear()
        await link.open(ear.on_bytes, ear.on_lost)
        assert server.writer is not None
        server.writer.transport.abort()
        with contextlib.suppress(LinkLost):
            for _ in range(100):
                link.write(b"x")
                await settle()
        await ear.wait()
        await settle()
        assert len(ear.lost) == 1


async def test_a_server_that_turns_us_away_is_no_link() -> None:
    """Two daemons on one port: the second connection is closed at once, or reset."""
    async with terminal_server() as server:
        first = socket.create_connection(("127.0.0.1", server.port))
        while server.writer is None:  # noqa: ASYNC110 - until the server has seen the first
            await asyncio.sleep(0)
        link, ear = link_to(server.port), Ear()
        with pytest.raises(LinkLost, match=r"in use|refused"):
            await link.open(ear.on_bytes, ear.on_lost)
        assert server.writer is not None
        first.close()
        await asyncio.wait_for(server.gone.wait(), LIMIT_S)
        await link.open(ear.on_bytes, ear.on_lost)
        await link.close()


async def test_one_program_of_a_host_has_the_port() -> None:
    async with terminal_server() as server:
        first, second, ear = link_to(server.port), link_to(server.port), Ear()
        await first.open(ear.on_bytes, ear.on_lost)
        with pytest.raises(LinkLost, match="in use by another program of this host"):
            await second.open(ear.on_bytes, ear.on_lost)
        with pytest.raises(LinkLost, match="already open"):
            await first.open(ear.on_bytes, ear.on_lost)
        assert server.clients == 1
        await first.close()
        await asyncio.wait_for(server.gone.wait(), LIMIT_S)
        await second.open(ear.on_bytes, ear.on_lost)
        await second.close()


async def test_nobody_there() -> None:
    link, ear = link_to(1), Ear()
    for _ in range(2):
        with pytest.raises(LinkLost, match="cannot be opened"):
            await link.open(ear.on_bytes, ear.on_lost)


async def test_a_connect_that_nobody_answers_ends_and_the_loop_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F28: connecting is bounded in time and keeps nobody waiting, nor does giving it up."""
    monkeypatch.setattr(tcp, "CONNECT_S", 0.2)
    deaf = deaf_port()
    port = deaf.getsockname()[1]
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
    link, ear = link_to(port), Ear()
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    with pytest.raises(LinkLost, match=r"no connection within 0\.2 s"):
        await link.open(ear.on_bytes, ear.on_lost)
    assert turns > 100
    opening = asyncio.create_task(link.open(ear.on_bytes, ear.on_lost))
    await asyncio.sleep(0.05)
    opening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await opening
    assert (link._socket, link._claim) == (None, None)
    turning.cancel()
    for one in (*fillers, deaf):
        one.close()
