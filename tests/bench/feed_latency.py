"""How long a decided alarm takes to the ward by MQTT and HL7: a JSON object; exit 1 if a budget is broken."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiomqtt
import hl7

from daemon.engine import events as ev
from daemon.engine.alarm_view import AlarmView
from daemon.engine.alarms import CATALOGUE
from tests.bench.stop_latency import conclude, machine, summary
from tests.control.bench import Door
from tests.feeds.receiver import Receiver, receiver
from tests.mosquitto import Mosquitto
from tests.protocols.files import CONFIG
from tests.terminal import beds

ALARM = "stop_not_confirmed"
OTHERS = [name for name in CATALOGUE if name != ALARM]
BUDGET_P99_MS = {"mqtt": 50.0, "hl7": 100.0}
ACTIVE = (1, 50)
FLOOR = "bench"
"""Who sends the floor's messages, in MSH-4."""
WARM_UP = 5
REST_S = (0.02, 0.08)
"""Between two samples, at random: no beat of a feed falls into step with them."""
WAIT_S = 60.0
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

Times = dict[str, dict[str, list[float]]]


@dataclass
class Ward:
    """What reached the ward, each with the moment it did: alarms by feed, and what the floor sent."""

    broker: Mosquitto
    receiver: Receiver
    on: dict[str, dict[str, int]] = field(default_factory=lambda: {"mqtt": {}, "hl7": {}})
    floor: dict[str, int] = field(default_factory=dict)
    last: dict[str, bytes] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, message: hl7.Message) -> hl7.Message:
        """Stamp what the receiver got, and accept it."""
        now_ns = time.perf_counter_ns()
        rows = {str(one[3][0][0]): one for one in message.segments("OBX")}
        if str(message.segment("MSH")[4]) == FLOOR:
            self.floor["hl7"] = now_ns
        elif "68481" in rows:
            name, phase = str(rows["196616"][5][0][0]), str(rows["68481"][5])
            self._said("hl7", name, now_ns, over=phase == "end")
            self.last["hl7"] = str(message).encode()
        self.news.set()
        return message.create_ack("AA")

    async def subscribe(self, client: aiomqtt.Client) -> None:
        """Stamp what the broker hands out, for ever."""
        async for message in client.messages:
            now_ns, word = time.perf_counter_ns(), str(message.topic).rsplit("/", 2)
            data = bytes(message.payload)
            if word[-2:] == ["bench", "floor"]:
                self.floor["mqtt"] = now_ns
            elif word[-2] == "alarm":
                self._said("mqtt", word[-1], now_ns, over=not data)
                self.last["mqtt"] = data or self.last.get("mqtt", b"")
            self.news.set()

    async def until(self, done: Callable[[], object]) -> None:
        """Wait for something of this ward."""
        async with asyncio.timeout(WAIT_S):
            while not done():
                self.news.clear()
                await self.news.wait()

    def _said(self, feed: str, name: str, now_ns: int, *, over: bool) -> None:
        if over:
            self.on[feed].pop(name, None)
        else:
            self.on[feed].setdefault(name, now_ns)


async def _decide(door: Door, names: Sequence[str]) -> int:
    """These alarms are on from now: recorded, and told to those who follow, as the supervisor does it."""
    state, now = door.supervisor.state, door.clock.ms
    alarms = {name: state.alarms.get(name, AlarmView(now, "")) for name in names}
    events: list[ev.Event] = [ev.AlarmRaised(name, "") for name in alarms if name not in state.alarms]
    events += [ev.AlarmCleared(name) for name in state.alarms if name not in alarms]
    door.supervisor.state = replace(state, alarms=alarms)
    stamp_ns = time.perf_counter_ns()
    door.journal.append(events, now)
    door.server.followers.changed(door.supervisor.state)
    await asyncio.sleep(0)
    return stamp_ns


@asynccontextmanager
async def _ward(folder: Path) -> AsyncIterator[Ward]:
    broker = Mosquitto(folder)
    broker.start()
    try:
        async with receiver() as station, aiomqtt.Client("127.0.0.1", broker.port) as client:
            ward = Ward(broker, station)
            station.answers = ward.answer
            await client.subscribe("infusiond/#", qos=1)
            await client.subscribe("bench/floor", qos=1)
            listening = asyncio.create_task(ward.subscribe(client))
            yield ward
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
    finally:
        broker.kill()


@asynccontextmanager
async def _fed(folder: Path, ward: Ward) -> AsyncIterator[Door]:
    """A served bed, and `infusiond feed` as shipped, in a process of its own."""
    door = Door(folder, beds.RUNNING)
    await door.open()
    text = (CONFIG / "bed.example.toml").read_text(encoding="utf-8")
    text = text.replace("../run/bed-4.sock", str(door.path)).replace(
        "../run/bed-4.journal", str(door.store.path)
    )
    file = folder / "bed.toml"
    file.write_text(text + FEEDS.format(mqtt=ward.broker.port, hl7=ward.receiver.port), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("infusiond")), "feed", str(file)]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    beating = asyncio.create_task(_beat(door))
    try:
        yield door
    finally:
        beating.cancel()
        process.terminate()
        await process.wait()
        await door.close()


async def _beat(door: Door) -> None:
    while True:
        door.server.followers.beat()
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _floors(ward: Ward) -> AsyncIterator[dict[str, Callable[[], Awaitable[int]]]]:
    """The least that can be done: the same bytes, by a bare client, to the same broker and receiver."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ward.receiver.port)
    async with aiomqtt.Client("127.0.0.1", ward.broker.port) as client:

        async def publish() -> int:
            stamp_ns = time.perf_counter_ns()
            await client.publish("bench/floor", ward.last["mqtt"], qos=1, retain=True)
            return stamp_ns

        async def send() -> int:
            data = ward.last["hl7"].split(b"|")
            data[3] = FLOOR.encode()
            stamp_ns = time.perf_counter_ns()
            writer.write(b"\x0b" + b"|".join(data) + b"\x1c\r")
            await reader.readuntil(b"\x1c\r")
            return stamp_ns

        yield {"mqtt": publish, "hl7": send}
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def measure(active: int, samples: int) -> Times:
    """Milliseconds of so many alarms with so many active, by feed: `decided`, and the `floor` in between."""
    found: Times = {feed: {"decided": [], "floor": []} for feed in BUDGET_P99_MS}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with _ward(folder) as ward, _fed(folder, ward) as door, _floors(ward) as floors:
            others = OTHERS[: active - 1]
            await _decide(door, others)
            await ward.until(lambda: all(len(on) == len(others) for on in ward.on.values()))
            for number in range(samples + WARM_UP):
                taken = await _sample(door, ward, others, floors)
                for feed, times in taken.items():
                    for kind, took_ms in times.items():
                        if number >= WARM_UP:
                            found[feed][kind].append(took_ms)
    return found


async def _sample(
    door: Door, ward: Ward, others: list[str], floors: dict[str, Callable[[], Awaitable[int]]]
) -> dict[str, dict[str, float]]:
    await asyncio.sleep(random.uniform(*REST_S))
    door.clock.ms += 1
    start_ns = await _decide(door, [*others, ALARM])
    await ward.until(lambda: all(ALARM in on for on in ward.on.values()))
    taken = {feed: {"decided": (on[ALARM] - start_ns) / 1e6} for feed, on in ward.on.items()}
    await _decide(door, others)
    await ward.until(lambda: not any(ALARM in on for on in ward.on.values()))
    for feed, send in floors.items():
        await asyncio.sleep(random.uniform(*REST_S))
        ward.floor.pop(feed, None)
        start_ns = await send()
        await ward.until(lambda feed=feed: feed in ward.floor)  # type: ignore[misc]
        taken[feed]["floor"] = (ward.floor[feed] - start_ns) / 1e6
    return taken


def report(measured: dict[int, Times]) -> dict[str, Any]:
    """The whole object; `broken` names every budget that does not hold."""
    rows = []
    for active, feeds in measured.items():
        for feed, times in feeds.items():
            row = summary(f"{feed}_{active}", times["decided"])
            floor = summary("floor", times["floor"])
            ratio = round(row["p50_ms"] / floor["p50_ms"], 2)
            budget = BUDGET_P99_MS[feed]
            over = ["p99_ms"] if row["p99_ms"] > budget else []
            rows.append(
                {**row, "budget": {"p99_ms": budget}, "over": over, "floor": floor, "ratio_p50": ratio}
            )
    broken = [f"{row['name']}.{key}" for row in rows for key in row["over"]]
    return {"rows": rows, "broken": broken, "ok": not broken, "machine": machine()}


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Measure, say the object; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.feed_latency", description=__doc__)
    parser.add_argument("--samples", type=int, default=200, help="alarms for each row (default 200)")
    parser.add_argument("--active", type=int, action="append", help="only with so many alarms active")
    parser.add_argument("--out", type=Path, help="write the object to this file as well")
    options = parser.parse_args(arguments)
    found = report(
        {active: asyncio.run(measure(active, options.samples)) for active in options.active or ACTIVE}
    )
    return conclude(found, options.out, say)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
