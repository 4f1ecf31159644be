"""A monitor over UDP: one datagram, one call; strangers unheard; a refusal is a lost link."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from drivers.errors import LinkLost
from drivers.links.text import read_link
from drivers.links.udp import DATAGRAM_MAX, TURN_MAX, UdpLink
from tests.drivers.dianet_peer import settle
from tests.drivers.ear import Ear


@pytest.fixture
def device() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(5)
        yield end


def link_to(device: socket.socket) -> UdpLink:
    return UdpLink(read_link(f"udp:127.0.0.1:{device.getsockname()[1]}"))


async def test_one_datagram_is_one_call(device: socket.socket) -> None:
    link, ear = link_to(device), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    link.write(b"associate")
    data, host = device.recvfrom(DATAGRAM_MAX)
    assert data == b"associate"
    largest = bytes(range(256)) * 200
    sent = [b"one", b"", b"\x00two\xff", largest, *(b"%d" % n for n in range(TURN_MAX + 5))]
    for one in sent:
        device.sendto(one, host)
    await ear.until(lambda: len(ear.pieces) == len(sent) - 1)
    assert ear.pieces == [one for one in sent if one]
    await link.close()
    await link.close()
    with pytest.raises(LinkLost, match="not open"):
        link.write(b"x")


async def test_a_stranger_is_not_heard(device: socket.socket) -> None:
    link, ear = link_to(device), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    link.write(b"x")
    _, host = device.recvfrom(100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"false", host)
    device.sendto(b"true", host)
    await ear.until(lambda: bool(ear.pieces))
    assert ear.pieces == [b"true"]
    await link.close()


async def test_what_was_sent_to_the_last_connection_does_not_reach_the_next_f28(
    device: socket.socket,
) -> None:
    link, ear = link_to(device), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    link.write(b"x")
    _, before = device.recvfrom(100)
    await link.close()
    await link.open(ear.on_bytes, ear.on_lost)
    device.sendto(b"late", before)
    link.write(b"y")
    _, now = device.recvfrom(100)
    device.sendto(b"fresh", now)
    await ear.until(lambda: bool(ear.pieces))
    assert ear.pieces == [b"fresh"]
    await link.close()


async def test_nobody_at_that_port_is_a_lost_link_told_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        link = link_to(gone)
    ear = Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    link.write(b"x")
    await ear.wait()
    await settle()
    assert len(ear.lost) == 1
    assert "refused" in str(ear.lost[0])
    with pytest.raises(LinkLost, match="not open"):
        link.write(b"x")
    await link.open(ear.on_bytes, ear.on_lost)
    await link.close()


async def test_a_datagram_that_is_too_large_is_told_to_the_caller_and_once_to_the_owner(
    device: socket.socket,
) -> None:
    link, ear = link_to(device), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="write failed"):
        link.write(b"x" * 70_000)
    await ear.wait()
    assert len(ear.lost) == 1


async def test_one_program_of_a_host_has_the_port(device: socket.socket) -> None:
    first, second, ear = link_to(device), link_to(device), Ear()
    await first.open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="in use by another program of this host"):
        await second.open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="already open"):
        await first.open(ear.on_bytes, ear.on_lost)
    await first.close()
    await second.open(ear.on_bytes, ear.on_lost)
    await second.close()


async def test_an_address_of_no_route_is_a_lost_link(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    link, ear = UdpLink(read_link("udp:10.0.0.5:24105")), Ear()
    for _ in range(2):
        with pytest.raises(LinkLost, match="cannot be opened"):
            await link.open(ear.on_bytes, ear.on_lost)
    await asyncio.sleep(0)
