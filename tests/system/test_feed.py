"""The ward as shipped: daemon, feed, a real Mosquitto, a receiver of HL7, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.feeds.receiver import Receiver
from tests.mosquitto import Mosquitto
from tests.needs import needs
from tests.system.bed import READY_S, Bed, Running, alarms

pytestmark = needs("mosquitto")

LOST_S = 10.0
FEEDS = """
[feeds.mqtt]
host = "127.0.0.1"
port = {mqtt}
confirm = "none"

[feeds.hl7]
host = "127.0.0.1"
port = {hl7}
device_id = "0A1B2C3D4E5F6071"
"""


class Ward(threading.Thread):
    """Mosquitto's subscriber and an HL7 receiver in a loop of their own; `topics` is the newest by topic."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.receiver = Receiver()
        self.topics: dict[str, bytes] = {}
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.start()
        assert self._ready.wait(READY_S)

    def run(self) -> None:
        self._task = self._loop.create_task(self._live())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _live(self) -> None:
        await self.receiver.open()
        try:
            async with aiomqtt.Client("127.0.0.1", self._port) as client:
                await client.subscribe("infusiond/#", qos=1)
                self._ready.set()
                async for message in client.messages:
                    self.topics[str(message.topic).split("/", 5)[-1]] = bytes(message.payload)
        finally:
            await self.receiver.close()
            await asyncio.sleep(0)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(READY_S)

    def has(self, topic: str) -> Any:
        data = self.topics.get(topic, b"")
        return json.loads(data) if data else None


@contextmanager
def ward_of(bed: Bed, folder: Path) -> Iterator[Ward]:
    """A bed that names its feeds, the ward's services, and the feed's process."""
    broker = Mosquitto(folder)
    broker.start()
    ward = Ward(broker.port)
    with bed.file.open("a", encoding="utf-8") as file:
        file.write(FEEDS.format(mqtt=broker.port, hl7=ward.receiver.port))
    feed: Running | None = None
    try:
        bed.start_simulator()
        bed.start_daemon()
        feed = bed._start("feed", "infusiond", "feed", str(bed.file))
        bed.until(lambda: ward.has("state"), "the ward hears of the bed")
        yield ward
    finally:
        if feed is not None:
            feed.terminate()
            assert feed.wait(timeout=READY_S) == 0
        ward.close()
        broker.kill()


def within(done: Callable[[], object], seconds: float, what: str) -> None:
    begin = time.monotonic()
    while not done():
        assert time.monotonic() - begin < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def presence(bed: Bed, port: int) -> str:
    """What `infusiond station watch --json` says of the bed."""
    told = json.loads(bed.run("station", "watch", "--mqtt", f"127.0.0.1:{port}", "--json").stdout)
    return str(told["beds"][0]["presence"])


def test_a_hold_is_at_the_ward_by_both_feeds_and_the_station_sees_the_bed(tmp_path: Path) -> None:
    with Bed(tmp_path) as bed, ward_of(bed, tmp_path) as ward:
        bed.begin()
        bed.until(lambda: ward.has("state").get("mode") == "AUTOMATIC", "the ward sees it run")
        assert presence(bed, ward._port) == "live"
        bed.must("hold", reason="tried")
        bed.until(lambda: ward.has("alarm/held_operator"), "MQTT tells of the hold")
        bed.until(lambda: "held_operator start" in ward.receiver.phases(), "HL7 tells of the hold")
        bed.until(lambda: ward.receiver.kinds().count("R42") >= 2, "HL7 tells that delivery began and ended")
        named = [str(one.segment("PID")[3]) for one in ward.receiver.got if str(one.segment("PID")[3])]
        assert named
        assert all(name.startswith("SIM") or "^" in name for name in named)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a6_a_dead_or_hung_daemon_looks_dead_at_the_ward_within_ten_seconds(
    number: int, tmp_path: Path
) -> None:
    """(A) A6: the feed's process lives on, and that helps nobody to believe in the bed."""
    with Bed(tmp_path) as bed, ward_of(bed, tmp_path) as ward:
        bed.begin()
        bed.until(lambda: ward.has("heartbeat"), "the heart beats")
        assert bed.daemon is not None
        bed.daemon.send_signal(number)
        within(lambda: ward.has("alarm/daemon_silent"), LOST_S, "MQTT tells that the daemon is silent")
        assert ward.has("alarm/daemon_silent")["priority"] == "HIGH"
        within(lambda: "daemon_silent start" in ward.receiver.phases(), LOST_S, "HL7 tells it too")
        assert presence(bed, ward._port) in {"silent", "lost"}
        if number == signal.SIGSTOP:
            bed.daemon.send_signal(signal.SIGCONT)
            bed.until(lambda: ward.has("alarm/daemon_silent") is None, "the ward believes in it again")


def test_a_bed_whose_feed_does_not_come_up_says_so_at_the_bed(tmp_path: Path) -> None:
    """(A) A9: named in the bed file and silent."""
    with Bed(tmp_path) as bed:
        with bed.file.open("a", encoding="utf-8") as file:
            file.write(FEEDS.format(mqtt=1, hl7=1))
        bed.start_simulator()
        bed.start_daemon()
        bed.until_status(lambda seen: "feed_lost" in alarms(seen), "the bed tells", within_s=40)
