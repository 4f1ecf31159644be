"""The cable in memory, the serial port on a pseudo-terminal, and link texts."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers.errors import LinkLost
from drivers.links.factory import open_link
from drivers.links.memory import NullModem, plug
from drivers.links.serial import SerialLink
from tests.drivers.dianet_peer import settle
from tests.drivers.ear import Ear


async def test_memory_bytes_arrive_in_the_loop_and_in_order() -> None:
    cable, near, far = NullModem(), Ear(), Ear()
    await cable.a.open(near.on_bytes, near.on_lost)
    cable.a.write(b"nobody hears this")
    await cable.b.open(far.on_bytes, far.on_lost)
    cable.a.write(b"one ")
    cable.a.write(b"two")
    assert far.heard == b""
    await settle()
    assert far.heard == b"one two"
    cable.b.write(b"back")
    await settle()
    assert near.heard == b"back"


async def test_memory_closing_one_end_is_told_at_the_other_and_voids_what_was_on_the_way() -> None:
    cable, near, far = NullModem(), Ear(), Ear()
    await cable.a.open(near.on_bytes, near.on_lost)
    await cable.b.open(far.on_bytes, far.on_lost)
    cable.a.write(b"START")
    await cable.a.close()
    await cable.a.close()
    await settle()
    assert far.heard == b""
    assert len(far.lost) == 1
    assert near.lost == []
    with pytest.raises(LinkLost):
        cable.a.write(b"x")


async def test_memory_bytes_of_the_last_connection_do_not_reach_the_next_f28() -> None:
    cable, near, far = NullModem(), Ear(), Ear()
    await cable.a.open(near.on_bytes, near.on_lost)
    await cable.b.open(far.on_bytes, far.on_lost)
    cable.a.write(b"START")
    await cable.a.close()
    await cable.a.open(near.on_bytes, near.on_lost)
    await cable.b.open(far.on_bytes, far.on_lost)
    cable.a.write(b"STOP")
    await settle()
    assert far.heard == b"STOP"


async def test_memory_unplugged_both_ends_are_lost_until_plugged_in() -> None:
    cable, near, far = NullModem(), Ear(), Ear()
    await cable.a.open(near.on_bytes, near.on_lost)
    await cable.b.open(far.on_bytes, far.on_lost)
    cable.unplug()
    await settle()
    assert (len(near.lost), len(far.lost)) == (1, 1)
    with pytest.raises(LinkLost, match="unplugged"):
        await cable.a.open(near.on_bytes, near.on_lost)
    cable.plug_in()
    await cable.a.open(near.on_bytes, near.on_lost)
    with pytest.raises(LinkLost, match="in use"):
        await cable.a.open(near.on_bytes, near.on_lost)


def test_link_texts() -> None:
    settings = {"baud": 9600, "parity": "N", "rtscts": False}
    assert open_link("memory:bed1", **settings) is plug("bed1").a  # type: ignore[arg-type]
    link = open_link("serial:/dev/ttyUSB0", **settings)  # type: ignore[arg-type]
    assert isinstance(link, SerialLink)
    assert link.name == "serial:/dev/ttyUSB0"
    for text in ("usb:0", "serial:", "memory:", "", "/dev/ttyUSB0"):
        with pytest.raises(ValueError, match="expected serial:PATH"):
            open_link(text, **settings)  # type: ignore[arg-type]


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: our file descriptor of the device side, and the path of the port."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    os.set_blocking(master, False)
    yield master, path
    try:
        os.close(master)
    except OSError:
        assert not Path(path).exists()


def port(path: str) -> SerialLink:
    return SerialLink(path, baud=19200, parity="E", rtscts=True)


async def test_serial_both_ways_and_reopened_though_parity_was_asked(terminal: tuple[int, str]) -> None:
    master, path = terminal
    link = port(path)
    for _ in range(3):
        ear = Ear()
        await link.open(ear.on_bytes, ear.on_lost)
        os.write(master, b"to us \x00\xff\x11\x13")
        await ear.wait()
        assert ear.heard == b"to us \x00\xff\x11\x13"
        link.write(b"from us \x00\xff\x0a")
        assert os.read(master, 100) == b"from us \x00\xff\x0a"
        await link.close()
        await link.close()


async def test_serial_a_symlink_to_a_terminal_is_one(terminal: tuple[int, str], tmp_path: Path) -> None:
    _, path = terminal
    name = tmp_path / "pump"
    name.symlink_to(path)
    link, ear = port(str(name)), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    assert link._port is not None
    assert (link._port.parity, link._port.rtscts, link._port.exclusive) == ("N", False, True)
    await link.close()


async def test_serial_what_was_buffered_before_is_dropped_f28(
    terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pseudo-terminal has no transmitter to hold bytes back: that output is dropped is seen by the call."""
    master, path = terminal
    dropped = []
    monkeypatch.setattr(serial.Serial, "reset_output_buffer", lambda _: dropped.append("output"))
    link, ear = port(path), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    await link.close()
    assert dropped == ["output"] * 2
    os.write(master, b"stale reply")
    await link.open(ear.on_bytes, ear.on_lost)
    assert dropped == ["output"] * 3
    os.write(master, b"fresh")
    await ear.wait()
    assert ear.heard == b"fresh"
    await link.close()


async def test_serial_a_second_opener_is_refused(terminal: tuple[int, str]) -> None:
    """(A) D7."""
    _, path = terminal
    first, second, ear = port(path), port(path), Ear()
    await first.open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="lock"):
        await second.open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="already open"):
        await first.open(ear.on_bytes, ear.on_lost)
    await first.close()
    await second.open(ear.on_bytes, ear.on_lost)
    await second.close()


async def test_serial_unplugged_is_told_once(terminal: tuple[int, str]) -> None:
    master, path = terminal
    link, ear = port(path), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    os.close(master)
    await ear.wait()
    await settle()
    assert len(ear.lost) == 1
    assert isinstance(ear.lost[0], LinkLost)
    with pytest.raises(LinkLost, match="not open"):
        link.write(b"x")


async def test_serial_a_write_to_an_unplugged_port_is_lost(terminal: tuple[int, str]) -> None:
    master, path = terminal
    link, ear = port(path), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    os.close(master)
    with pytest.raises(LinkLost, match="write failed"):
        link.write(b"x")
    await ear.wait()
    assert len(ear.lost) == 1


async def test_serial_a_port_that_takes_only_a_part_is_lost(terminal: tuple[int, str]) -> None:
    _, path = terminal
    link, ear = port(path), Ear()
    await link.open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="of 100000 bytes"):
        link.write(b"x" * 100_000)
    await ear.wait()
    assert len(ear.lost) == 1


async def test_serial_a_port_that_is_not_there() -> None:
    ear = Ear()
    with pytest.raises(LinkLost, match="/dev/no-such-port"):
        await port("/dev/no-such-port").open(ear.on_bytes, ear.on_lost)
    with pytest.raises(LinkLost, match="cannot be opened"):
        await port("/dev/null").open(ear.on_bytes, ear.on_lost)
