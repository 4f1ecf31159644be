"""The ward of the campaign: its broker does what a broker does, and the judged picture can be wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path

import aiomqtt
import pytest

from daemon.station.ward import Presence
from simulators.campaign.beds import world_of
from simulators.campaign.liar import lying
from simulators.campaign.memory_broker import MemoryBroker, MemoryClient, Message
from simulators.campaign.scene import pump_of
from simulators.campaign.ward import WardSide
from simulators.campaign.world import World
from simulators.faults import Lag


def test_a_broker_keeps_what_is_retained_and_tells_the_last_will() -> None:
    """Who comes later hears what is retained; a line that is cut is an error and tells the will."""

    async def story() -> None:
        broker = MemoryBroker()
        will = aiomqtt.Will("bed/state", b"lost", 1, retain=True)
        async with MemoryClient(broker, will) as feed:
            await feed.put("bed/state", b"here", retain=True)
            await feed.put("bed/figures", b"1")
            async with MemoryClient(broker, None) as station:
                await station.hear("bed/#")
                heard = aiter(station.messages)
                assert await anext(heard) == Message("bed/state", b"here", retain=True)
                feed.cut()
                assert await anext(heard) == Message("bed/state", b"lost", retain=False)
                with pytest.raises(aiomqtt.MqttError):
                    await feed.put("bed/state", b"late")
        broker.fail()
        with pytest.raises(aiomqtt.MqttError):
            await MemoryClient(broker, None).__aenter__()

    asyncio.run(story())


def beside(folder: Path, story: Callable[[World, WardSide], Coroutine[None, None, None]]) -> None:
    async def watched(world: World) -> None:
        ward = WardSide(world)
        for which in ("feed", "station"):
            ward.start(which)
        await asyncio.sleep(5)
        try:
            await story(world, ward)
        finally:
            await ward.close()

    world_of(folder, "ward").run(watched)


def test_a6_the_picture_is_the_bedsides_and_a_dead_daemon_is_shown(tmp_path: Path) -> None:
    """A6, A7: live and equal; killed, the station says so within ten seconds; back, it is equal again."""

    async def story(world: World, ward: WardSide) -> None:
        assert ward.differs() == ""
        await world.kill_daemon()
        await asyncio.sleep(10)
        row = ward.row()
        assert row is not None
        assert row.presence is not Presence.LIVE
        assert not ward.hides_death(12)
        await world.start_daemon()
        await asyncio.sleep(5)
        assert ward.differs() == ""

    beside(tmp_path, story)


def test_a_picture_that_is_behind_is_told(tmp_path: Path) -> None:
    """The proof can fail: a station that hears nothing shows what was, and that differs."""

    async def story(world: World, ward: WardSide) -> None:
        await ward.stop("station")
        ward.start("station")
        assert "not there" in ward.differs()
        assert world.alive

    beside(tmp_path, story)


def test_a_pump_that_lies_does_so_only_meanwhile(tmp_path: Path) -> None:
    """A STOP it ignores; afterwards it obeys."""

    async def story(world: World) -> None:
        pump = pump_of(world)
        pump.set_rate(Decimal(60))
        pump.set_limit(Decimal(5))
        with lying(pump) as liar:
            liar.ignores = frozenset({"stop"})
            liar.start()
            liar.stop()
            assert liar.motion.value == "infusing"
        liar.stop()
        assert liar.motion.value == "stopped"

    world_of(tmp_path, "liar").run(story)


def test_f18_a_reply_that_lags_is_the_one_before() -> None:
    """F18: each reply waits for the next; switched off, the one that waits is forgotten."""
    sent: list[bytes] = []

    class Wire:
        name = "wire"

        def write(self, data: bytes) -> None:
            sent.append(data)

    lag = Lag(Wire(), random.Random(1))  # type: ignore[arg-type]
    asyncio.run(lag.switch(True))
    for reply in (b"1", b"2", b"3"):
        lag.write(reply)
    asyncio.run(lag.switch(False))
    lag.write(b"4")
    assert sent == [b"1", b"2", b"4"]
