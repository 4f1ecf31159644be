"""A long outage, small queues, a broker whose disk is full, clocks that jump: the record arrives whole."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest

from daemon.engine import inputs as inp
from daemon.feeds.mqtt import feed as feeds
from daemon.feeds.mqtt.client import Broker
from daemon.station.ward import Ward
from tests.control.bench import Door
from tests.feeds.test_mqtt_feed import PLACE, Heard, made, running
from tests.journal.files import chained, facts, until, written
from tests.mosquitto import Mosquitto
from tests.needs import needs

pytestmark = needs("mosquitto")

RECORDS = 4_000
"""More than a broker's queue holds by itself; a quiet day of one bed is about twice as many."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "AGAIN_S", 0.05)
    monkeypatch.setattr(feeds, "HEARTBEAT_S", 0.05)


def started(folder: Path, lines: Sequence[str] = ()) -> Iterator[Mosquitto]:
    one = Mosquitto(folder, lines)
    one.start()
    yield one
    one.kill()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that queues almost nothing."""
    yield from started(tmp_path, ["max_queued_messages 1", "max_inflight_messages 1"])


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker whose queues are as wide as in the configuration that ships."""
    yield from started(tmp_path, ["max_queued_messages 100000"])


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that can keep nothing on its disk."""
    lines = ["autosave_interval 1", "autosave_on_changes true", "persistence_location /proc/self/"]
    yield from started(tmp_path, ["persistence true", *lines])


async def test_p15_a8_a_day_of_records_is_told_whole_and_in_order(wide: Mosquitto, tmp_path: Path) -> None:
    """(A) A8, P15: the journal is the queue."""
    journal = written(tmp_path / "day.journal", chained(facts(RECORDS)))
    heard, clock = Heard(wide.port), Door(tmp_path).clock
    one = feeds.MqttFeed(
        PLACE, Broker("127.0.0.1", wide.port), tmp_path / "none", journal, clock, confirm=False
    )
    async with running(heard.run(), one.run()):
        count = 0
        while count < RECORDS:
            wanted = min(count + 100, RECORDS)
            await until(lambda wanted=wanted: heard.count("event") >= wanted)  # type: ignore[misc]
            count = wanted
    assert [event["seq"] for event in heard.of("event")] == list(range(1, RECORDS + 1))
    assert journal.with_name("day.journal.mqtt").read_text().split()[0] == str(RECORDS)


async def test_a8_what_a_full_queue_drops_is_seen_as_a_gap(small: Mosquitto, tmp_path: Path) -> None:
    """(A) A8: the broker answers us and drops it on its way to a slow station; that one knows."""
    journal = written(tmp_path / "day.journal", chained(facts(RECORDS)))
    ward, heard, clock = Ward(), Heard(small.port), Door(tmp_path).clock
    where = Broker("127.0.0.1", small.port)
    one = feeds.MqttFeed(PLACE, where, tmp_path / "none", journal, clock, confirm=False)
    async with running(heard.run(), one.run()):
        place = journal.with_name("day.journal.mqtt")
        await until(lambda: place.exists() and place.read_text().split()[0] == str(RECORDS))
    got = [data for word, data, _ in heard.all if word == "event"]
    ward.hear(PLACE.topic("event"), b'{"seq": 0}', 0)
    for data in got:
        ward.hear(PLACE.topic("event"), data, 0)
    assert len(got) + ward.rows(0)[0].missed == json.loads(got[-1])["seq"]


async def test_a10_an_alarm_waits_for_no_back_fill(small: Mosquitto, tmp_path: Path) -> None:
    """(A) A10: it is told before the records that were missed."""
    journal = written(tmp_path / "day.journal", chained(facts(RECORDS)))
    heard, clock = Heard(small.port), Door(tmp_path).clock
    one = feeds.MqttFeed(
        PLACE, Broker("127.0.0.1", small.port), tmp_path / "none", journal, clock, confirm=False
    )
    async with running(heard.run(), one.run()):
        await until(lambda: heard.count("alarm/daemon_silent") > 0)
        words = [word for word, _, _ in heard.all]
        assert words[: words.index("alarm/daemon_silent")].count("event") < RECORDS / 2


async def test_a_broker_whose_disk_is_full_still_tells_the_ward(full: Mosquitto, tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.open()
    heard = Heard(full.port)
    async with running(heard.run(), made(door, full.port).run()):
        for number in range(5):
            door.supervisor.submit(inp.FeedsLost(f"n {number}"))
            await until(lambda: any(heard.of("alarm/feed_lost")[-1:]))
            door.supervisor.submit(inp.FeedsBack())
            await until(lambda: heard.of("alarm/feed_lost")[-1] is None)
    await door.close()


async def test_r5_a_clock_that_jumps_changes_times_and_nothing_else(tmp_path: Path) -> None:
    """(A) R5: what is live is counted by monotonic time."""
    door = Door(tmp_path)
    await door.open()
    broker = Mosquitto(tmp_path)
    broker.start()
    heard, one = Heard(broker.port), made(door, broker.port)
    async with running(heard.run(), one.run()):
        await until(lambda: bool(heard.of("state")))
        for days in (3650, -3650, 0):
            door.clock.at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
            count = len(heard.of("heartbeat"))
            door.server.followers.beat()
            await until(lambda count=count: len(heard.of("heartbeat")) > count)  # type: ignore[misc]
            assert heard.of("heartbeat")[-1]["at"].startswith(str(door.clock.at.year))
            assert one.why() == ""
    broker.kill()
    await door.close()


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Another host in a network namespace, by a cable that can be cut: its address, and our end's name."""
    name = f"ward{os.getpid()}"
    ours, theirs = f"a{os.getpid()}", f"b{os.getpid()}"
    try:
        ip("netns", "add", name)
    except (subprocess.CalledProcessError, OSError):
        pytest.skip("no network namespaces are to be had here")
    try:
        ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        ip("addr", "add", "10.254.77.1/30", "dev", ours)
        ip("link", "set", ours, "up")
        ip("-n", name, "addr", "add", "10.254.77.2/30", "dev", theirs)
        ip("-n", name, "link", "set", theirs, "up")
        yield name, ours
    finally:
        subprocess.run(["ip", "link", "del", ours], check=False, capture_output=True)
        ip("netns", "del", name)


@needs("ip")
async def test_a6_a_cable_that_is_cut_is_noticed_at_both_ends_and_healed(
    far: tuple[str, str], tmp_path: Path
) -> None:
    """(A) A6: no reset, no refusal, nothing: the bed is told, and the truth comes back."""
    namespace, ours = far
    config = tmp_path / "far.conf"
    config.write_text("listener 1883 10.254.77.2\nallow_anonymous true\nuser root\n")
    command = ["ip", "netns", "exec", namespace, "mosquitto", "-c", str(config)]
    broker = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    door = Door(tmp_path)
    await door.open()
    where = Broker("10.254.77.2", 1883)
    one = feeds.MqttFeed(PLACE, where, door.path, door.store.path, door.clock, confirm=False)
    async with running(one.run()):
        await until(lambda: one.why() == "")
        ip("link", "set", ours, "down")
        door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
        assert door.pump.stops == 1
        await until(lambda: bool(one.why()))
        ip("link", "set", ours, "up")
        await until(lambda: one.why() == "")
        async with aiomqtt.Client("10.254.77.2", 1883) as client:
            await client.subscribe(PLACE.topic("alarm", "held_operator"), qos=1)
            message = await anext(aiter(client.messages))
        assert json.loads(bytes(message.payload))["id"] == "held_operator"
    broker.kill()
    await broker.wait()
    await door.close()
