"""Vital signs as JSON through a real Mosquitto: the simulated publisher, the link, the driver, a bed."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import aiomqtt
import pytest

from daemon.runtime.simulated import prove
from drivers import registry
from drivers.errors import DeviceError, LinkLost
from drivers.links.mqtt.broker import Broker, Connection
from drivers.links.mqtt.topics import TopicLink
from drivers.monitors.mqtt_json.frames import line_of
from drivers.published import Place
from drivers.values import Signal, Validity, VitalsSample
from tests.mosquitto import Mosquitto
from tests.needs import needs

pytestmark = needs("mosquitto")

BIN = Path(sys.executable).parent
LIMIT_S = 30.0
PLACES = {
    Signal.HR: Place("hr"),
    Signal.SPO2: Place("spo2", valid="quality", good=("good",)),
    Signal.ETCO2: Place("etco2"),
}
SIGNALS = frozenset(PLACES)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path)
    one.start()
    yield one
    one.kill()


@contextlib.contextmanager
def publisher(broker: Mosquitto, topic: str, *options: str) -> Iterator[None]:
    words = ["device", "mqtt-json", "--link", f"mqtt:{broker.port}/{topic}", "--speed", "20"]
    for option in options:
        words += ["--option", option]
    process = subprocess.Popen([BIN / "infusiond-sim", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"mqtt:{broker.port}/{topic}\n"
    yield
    process.kill()
    process.wait()
    process.stdout.close()


class Heard:
    """What the driver of a bed tells."""

    def __init__(self) -> None:
        self.samples: list[VitalsSample] = []
        self.event = asyncio.Event()
        self.lost: DeviceError | None = None

    def sample(self, sample: VitalsSample) -> None:
        self.samples.append(sample)
        self.event.set()

    async def first(self, signal: Signal, *, measured: bool) -> Decimal | None:
        async with asyncio.timeout(LIMIT_S):
            while True:
                for sample in self.samples:
                    one = sample.signals.get(signal)
                    if one is not None and one.measured is measured:
                        return one.value
                self.event.clear()
                await self.event.wait()


@contextlib.asynccontextmanager
async def listening(broker: Mosquitto, topic: str) -> AsyncIterator[Heard]:
    build = registry.MONITORS["mqtt-json"].published
    assert build is not None
    connect = functools.partial(Connection, Broker("127.0.0.1", broker.port))
    monitor = build(
        f"mqtt:{topic}", places=PLACES, signals=SIGNALS, utc=lambda: datetime.now(UTC), connect=connect
    )
    heard = Heard()

    async def run() -> None:
        try:
            await monitor.run(lambda _: None, heard.sample)
        except DeviceError as error:
            heard.lost = error
            heard.event.set()

    running = asyncio.create_task(run())
    yield heard
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await monitor.close()


async def test_values_are_heard_converted_and_a_simulator_proves_itself_f36(broker: Mosquitto) -> None:
    topic = f"test-{broker.port}/bed-1"
    with publisher(broker, topic, "json_kpa=on", "json_time=ms"):
        proof = prove(f"mqtt:{topic}", "127.0.0.1", heard=True)
        assert proof is not None
        assert (proof.model, proof.speed) == ("mqtt-json", 20)
        assert prove(f"mqtt:{topic}", "127.0.0.1") is None
        async with listening(broker, topic) as heard:
            for signal, low, high in ((Signal.HR, 40, 140), (Signal.SPO2, 90, 100), (Signal.ETCO2, 25, 50)):
                value = await heard.first(signal, measured=True)
                assert value is not None
                assert low < value <= high


async def test_undated_and_kept_values_are_told_and_never_measured(broker: Mosquitto) -> None:
    topic = f"test-{broker.port}/bed-2"
    with publisher(broker, topic, "json_time=none"):
        async with listening(broker, topic) as heard:
            assert await heard.first(Signal.HR, measured=False) is not None
            await asyncio.sleep(1)
            assert not any(one.measured for s in heard.samples for one in s.signals.values())
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        said = f'{{"value": 70, "unit": "bpm", "time": "{datetime.now(UTC).isoformat()}"}}'
        await client.publish(f"{topic}/hr", said, retain=True)
    async with listening(broker, topic) as heard:
        assert await heard.first(Signal.HR, measured=False) == 70
        (one,) = (sample.signals[Signal.HR] for sample in heard.samples)
        assert one.validity is Validity.QUESTIONABLE


async def test_a_broker_that_dies_is_a_lost_link_and_one_that_is_away_too(broker: Mosquitto) -> None:
    async with listening(broker, "a/b") as heard:
        await asyncio.sleep(0.5)
        broker.kill()
        async with asyncio.timeout(LIMIT_S):
            while heard.lost is None:
                heard.event.clear()
                await heard.event.wait()
        assert isinstance(heard.lost, LinkLost)
    connect = functools.partial(Connection, Broker("127.0.0.1", broker.port))
    link = TopicLink("a/b", ("hr",), connect, line_of)
    with pytest.raises(LinkLost, match="mqtt:a/b"):
        await link.open(lambda _: None, lambda _: None)
    with pytest.raises(LinkLost, match="only listens"):
        link.write(b"x")
