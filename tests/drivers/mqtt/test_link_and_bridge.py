"""A link, a broker, a bridge and a device, all in one loop on virtual time (F28)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from drivers.errors import DeviceError, LinkLost
from drivers.links.memory import NullModem
from drivers.links.mqtt.bridge import Bridge
from drivers.links.mqtt.link import OPEN_S, MqttLink
from drivers.links.mqtt.stream import Seal
from tests.drivers.ear import Ear
from tests.drivers.mqtt.fake_broker import NAME, SHARED, FakeBroker, later_ms, now_ms, sessions
from tests.drivers.virtual import virtual


class Ward:
    """The broker, the bridge with the device's cable behind it, and a daemon's link."""

    def __init__(self, key: bytes = SHARED.key) -> None:
        self.broker = FakeBroker()
        self.cable = NullModem("device")
        self.device = Ear()
        self.said: list[str] = []
        self.bridge = Bridge(
            SHARED, self.cable.a, self.broker.connect, later_ms, sessions(2), self.said.append
        )
        self.link = self.another(key)
        self.host = Ear()

    def another(self, key: bytes = SHARED.key, first: int = 1) -> MqttLink:
        return MqttLink(Seal(key, SHARED.topic), self.broker.connect, now_ms, sessions(first))

    async def open(self) -> None:
        await self.link.open(self.host.on_bytes, self.host.on_lost)

    async def device_on(self) -> None:
        await self.cable.b.open(self.device.on_bytes, self.device.on_lost)


@contextlib.asynccontextmanager
async def ward(key: bytes = SHARED.key) -> AsyncIterator[Ward]:
    one = Ward(key)
    await one.device_on()
    running = asyncio.create_task(one.bridge.run())
    try:
        yield one
    finally:
        await one.link.close()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@virtual
async def test_bytes_both_ways_and_again_after_a_close() -> None:
    async with ward() as one:
        for turn in range(1, 4):
            await one.open()
            one.link.write(b"ask")
            await asyncio.sleep(0.1)
            assert one.device.heard == b"ask" * turn
            one.cable.b.write(b"\x00answer\xff")
            await asyncio.sleep(60)
            assert one.host.heard == b"\x00answer\xff" * turn
            await one.link.close()
            await one.link.close()
            with pytest.raises(LinkLost, match="not open"):
                one.link.write(b"x")
            await asyncio.sleep(0.1)
            await one.device_on()
        assert one.host.lost == []
        assert one.said == [
            "waiting for the daemon",
            *["the daemon has the device", "nobody has the device: the near end has closed it"] * 3,
        ]


@virtual
async def test_the_device_is_not_opened_for_nobody_and_closed_after() -> None:
    async with ward() as one:
        await asyncio.sleep(10)
        free = Ear()
        await one.cable.a.open(free.on_bytes, free.on_lost)
        with pytest.raises(LinkLost, match=r"the far end: memory:device: in use"):
            await one.open()
        await one.cable.a.close()
        await one.device_on()
        await one.open()
        with pytest.raises(LinkLost, match="in use"):
            await one.cable.a.open(free.on_bytes, free.on_lost)


@virtual
async def test_f28_a_dead_broker_ends_it_at_both_ends_and_the_device_hears_nothing_more() -> None:
    async with ward() as one:
        await one.open()
        one.broker.die()
        await asyncio.sleep(0)
        with pytest.raises(LinkLost, match="not open"):
            one.link.write(b"START")
        await asyncio.sleep(0.01)
        assert one.cable.a._session is None
        await asyncio.sleep(5)
        assert one.device.heard == b""
        assert [str(error) for error in one.host.lost] == [f"{NAME}: fake broker: gone"]
        assert one.cable.a._session is None
        with pytest.raises(LinkLost, match="connection refused"):
            await one.open()
        one.broker.up = True
        await asyncio.sleep(1)
        await one.device_on()
        await one.open()
        one.link.write(b"STOP")
        await asyncio.sleep(1)
        assert one.device.heard == b"STOP"


@virtual
async def test_f28_a_frozen_broker_delivers_nothing_old_when_it_goes_on() -> None:
    async with ward() as one:
        await one.open()
        one.broker.frozen = True
        one.link.write(b"START")
        await asyncio.sleep(3)
        assert len(one.host.lost) == 1
        assert "nothing from the far end" in str(one.host.lost[0])
        assert one.cable.a._session is None
        await one.device_on()
        one.broker.thaw()
        await asyncio.sleep(1)
        await one.open()
        one.link.write(b"STOP")
        await asyncio.sleep(1)
        assert one.device.heard == b"STOP"


@virtual
async def test_f28_a_short_freeze_keeps_the_session_and_voids_what_is_too_old() -> None:
    async with ward() as one:
        await one.open()
        one.broker.frozen = True
        one.link.write(b"START")
        await asyncio.sleep(1.4)
        one.broker.thaw()
        await asyncio.sleep(0.5)
        one.link.write(b"STOP")
        await asyncio.sleep(0.1)
        assert one.device.heard == b"STOP"
        assert one.host.lost == []


@virtual
async def test_f28_everything_the_broker_ever_heard_said_again_moves_nothing() -> None:
    async with ward() as one:
        await one.open()
        one.link.write(b"START")
        await asyncio.sleep(1)
        await one.link.close()
        await asyncio.sleep(1)
        await one.device_on()
        one.device.heard = b""
        for topic, payload in list(one.broker.heard):
            one.broker.deliver(topic, payload)
            await asyncio.sleep(0.01)
        await asyncio.sleep(5)
        assert one.device.heard == b""
        assert one.cable.a._session is None
        await one.open()
        for topic, payload in list(one.broker.heard):
            one.broker.deliver(topic, payload)
            one.broker.deliver(topic, payload, retained=True)
        await asyncio.sleep(5)
        assert one.device.heard == b""
        assert one.host.lost == []
        one.link.write(b"STOP")
        await asyncio.sleep(0.1)
        assert one.device.heard == b"STOP"
        assert "kept by the broker" in f"{one.bridge.books}"


@virtual
async def test_another_key_gets_no_answer_and_is_counted() -> None:
    async with ward(key=bytes(32)) as one:
        with pytest.raises(LinkLost, match=f"no answer within {OPEN_S:g} s"):
            await one.open()
        assert "not sealed with this link's key" in f"{one.bridge.books}"
        assert one.cable.a._session is None


@virtual
async def test_a_broker_that_accepts_and_says_nothing_is_given_up() -> None:
    async with ward() as one:
        one.broker.frozen = True
        with pytest.raises(LinkLost, match="no answer within"):
            await one.open()
        assert one.link._pipe is None


@virtual
async def test_the_device_is_unplugged_behind_the_bridge_and_plugged_in_again() -> None:
    async with ward() as one:
        await one.open()
        one.cable.unplug()
        await asyncio.sleep(0.1)
        assert [str(e) for e in one.host.lost] == [f"{NAME}: the far end: memory:device: unplugged"]
        with pytest.raises(LinkLost, match="unplugged"):
            await one.open()
        one.cable.plug_in()
        await one.device_on()
        await one.open()
        one.link.write(b"x")
        await asyncio.sleep(0.1)
        assert one.device.heard == b"x"


@virtual
async def test_two_daemons_of_one_host_and_of_two() -> None:
    async with ward() as one:
        await one.open()
        other, ear = one.another(first=9), Ear()
        with pytest.raises(LinkLost, match="in use by another program of this host"):
            await other.open(ear.on_bytes, ear.on_lost)
        held, one.link._claim = one.link._claim, None
        assert held is not None
        held.close()
        with pytest.raises(LinkLost, match="the far end: in use"):
            await other.open(ear.on_bytes, ear.on_lost)
        await asyncio.sleep(5)
        one.link.write(b"mine")
        await asyncio.sleep(0.1)
        assert one.device.heard == b"mine"


@virtual
async def test_a_daemon_that_was_killed_gets_the_device_again_when_the_silence_is_noticed() -> None:
    async with ward() as one:
        await one.open()
        dead = one.link
        pipe, dead._pipe, dead._end = dead._pipe, None, None
        assert pipe is not None
        pipe.stop()
        dead._shut()
        one.link = one.another(first=9)
        with pytest.raises(LinkLost, match="the far end: in use"):
            await one.open()
        await asyncio.sleep(2.5)
        await one.device_on()
        await one.open()


class SlowPort:
    """A device whose port takes a while to open: by then another daemon may be there."""

    def __init__(self, cable: NullModem) -> None:
        self.inner = cable.a
        self.name = cable.a.name
        self.write, self.close = cable.a.write, cable.a.close

        self.opened = 0

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        self.opened += 1
        await asyncio.sleep(1)
        await self.inner.open(on_bytes, on_lost)


@virtual
async def test_a_port_that_opens_too_late_is_not_given_to_the_next_daemon_half_open() -> None:
    async with ward() as one:
        one.bridge._device = port = SlowPort(one.cable)
        for wait_s in (0.3, 0.2):
            first = asyncio.create_task(one.open())
            await asyncio.sleep(wait_s)
            first.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await first
        second = asyncio.create_task(one.open())
        await asyncio.sleep(0.8)
        assert not second.done()
        await one.device_on()
        await second
        assert one.said.count("the daemon has the device") == 1
        assert port.opened == 2, "the port is not opened for a daemon that has gone"
        one.link.write(b"x")
        await asyncio.sleep(0.1)
        assert one.device.heard == b"x"


@virtual
async def test_a_bridge_that_is_stopped_says_so_and_gives_the_device_back() -> None:
    one = Ward()
    await one.device_on()
    running = asyncio.create_task(one.bridge.run())
    await one.open()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await asyncio.sleep(0.1)
    assert [str(e) for e in one.host.lost] == [f"{NAME}: the far end: the bridge was stopped"]
    assert one.cable.a._session is None


@virtual
async def test_a_broker_that_stays_away_is_one_line_and_no_flood() -> None:
    one = Ward()
    one.broker.up = False
    running = asyncio.create_task(one.bridge.run())
    await asyncio.sleep(3600)
    assert one.said == ["fake broker: connection refused"]
    assert one.broker.connections <= 7201
    one.broker.up = True
    await asyncio.sleep(5)
    assert one.said[1:] == ["waiting for the daemon"]
    running.cancel()


@virtual
async def test_giving_up_while_opening_leaves_nothing_behind() -> None:
    async with ward() as one:
        one.broker.frozen = True
        opening = asyncio.create_task(one.open())
        await asyncio.sleep(0.5)
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
        assert (one.link._pipe, one.link._claim, one.link._end) == (None, None, None)
        one.broker.thaw()
        await asyncio.sleep(1)
        await one.open()
