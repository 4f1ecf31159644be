"""A pump behind `infusiond bridge` and a real Mosquitto: three processes and a driver (F28)."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import DeviceError, LinkLost
from drivers.links.mqtt.broker import Broker, Connection
from drivers.links.mqtt.link import MqttLink
from drivers.links.mqtt.stream import Seal
from drivers.pumps.dianet_star.driver import DianetStar
from drivers.values import Motion, PumpSetting
from simulators.proof import ask
from tests.drivers.mqtt.fake_broker import sessions
from tests.mosquitto import Mosquitto
from tests.needs import needs

pytestmark = needs("mosquitto")

BIN = Path(sys.executable).parent
KEY = bytes(range(32))
LIMIT_S = 30.0
SETTING = PumpSetting(Decimal(60), Decimal(5))
_first = itertools.count(1)


class Bedside:
    """Simulator and bridge as processes; `link()` is a daemon's end of the wire."""

    def __init__(self, folder: Path) -> None:
        self.pump = folder / "pump"
        self.broker = Mosquitto(folder)
        self.broker.start()
        key = folder / "pump.key"
        key.write_text(KEY.hex() + "\n")
        key.chmod(0o600)
        self.topic = f"test-{self.broker.port}/bed-4/pump-1"
        self._processes: list[subprocess.Popen[str]] = []
        self.run("infusiond-sim", "device", "dianet-star", "--link", f"pty:{self.pump}")
        self.bridge = self.run(
            "infusiond",
            "bridge",
            *("--link", f"serial:{self.pump}", "--mqtt", f"127.0.0.1:{self.broker.port}"),
            *("--topic", self.topic, "--key-file", str(key)),
        )

    def run(self, *words: str) -> subprocess.Popen[str]:
        """Start one of our programs and read its first line."""
        process = subprocess.Popen([BIN / words[0], *words[1:]], stdout=subprocess.PIPE, text=True)
        self.topic = f"test-{self.broker.port}/bed-4/pump-1"
        self._processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline()
        return process

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self.broker.kill()

    def link(self) -> MqttLink:
        broker = functools.partial(Connection, Broker("127.0.0.1", self.broker.port))
        return MqttLink(
            Seal(KEY, self.topic), broker, lambda: time.monotonic_ns() // 1_000_000, sessions(next(_first))
        )

    def truth(self) -> dict[str, Any]:
        """What the pump's motor really does."""
        state = ask(f"{self.pump}.sim", {"do": "state"})
        pump: dict[str, Any] = state["pump"]
        return pump


@pytest.fixture
def bedside(tmp_path: Path) -> Iterator[Bedside]:
    one = Bedside(tmp_path)
    yield one
    one.close()


@contextlib.asynccontextmanager
async def driven(bedside: Bedside) -> AsyncIterator[DianetStar]:
    pump = await connected(bedside)
    yield pump
    await pump.close()


async def connected(bedside: Bedside) -> DianetStar:
    """A driver that has the pump, however long the old session takes to be over."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            pump = DianetStar(bedside.link())
            try:
                await pump.connect()
            except DeviceError:
                await pump.close()
                await asyncio.sleep(0.2)
            else:
                return pump


async def running(pump: DianetStar) -> None:
    await pump.program(SETTING)
    assert await pump.read_setting() == SETTING
    await pump.start()
    async with asyncio.timeout(LIMIT_S):
        while (await pump.read()).motion is not Motion.INFUSING:
            pass


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not await asyncio.to_thread(met):  # noqa: ASYNC110 - another process is looked at
            await asyncio.sleep(0.05)


async def lost(pump: DianetStar) -> str:
    """Poll as the daemon does until the link is gone."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                await pump.read()
            except LinkLost as error:
                return str(error)
            except DeviceError:
                continue
            await asyncio.sleep(0.3)


async def test_a_run_and_a_stop_over_a_real_broker(bedside: Bedside) -> None:
    async with driven(bedside) as pump:
        await running(pump)
        assert Decimal(bedside.truth()["flow_ml_h"]) > 0
        await pump.stop()
        await until(lambda: Decimal(bedside.truth()["flow_ml_h"]) == 0)


@pytest.mark.parametrize("how", ["freeze", "kill"])
async def test_f28_without_its_broker_the_pump_hears_nothing_and_its_watchdog_acts(
    bedside: Bedside, how: str
) -> None:
    """F28: and nothing that was on its way, a START above all, is delivered when the broker is back."""
    async with driven(bedside) as pump:
        await running(pump)
        getattr(bedside.broker, how)()
        starting = asyncio.create_task(pump.start())
        assert "mqtt:" in await lost(pump)
        with contextlib.suppress(DeviceError):
            await starting
    await until(lambda: Decimal(bedside.truth()["flow_ml_h"]) == 0)
    bedside.broker.thaw() if how == "freeze" else bedside.broker.start()
    async with driven(bedside) as pump:
        for _ in range(10):
            assert (await pump.read()).motion is not Motion.INFUSING
            assert Decimal(bedside.truth()["flow_ml_h"]) == 0
            await asyncio.sleep(0.1)


async def test_f28_a_broker_that_keeps_messages_for_new_subscribers_starts_nothing(bedside: Bedside) -> None:
    """F28: whatever somebody put there as a retained message is thrown away."""
    seen: list[tuple[bytes, bool]] = []
    ready = asyncio.Event()
    spy = Connection(
        Broker("127.0.0.1", bedside.broker.port),
        (f"{bedside.topic}/down",),
        on_ready=ready.set,
        on_message=lambda _, payload, retained: seen.append((payload, retained)),
        on_lost=lambda _: None,
    )
    await asyncio.wait_for(ready.wait(), LIMIT_S)
    async with driven(bedside) as pump:
        await running(pump)
        await pump.stop()
        await until(lambda: Decimal(bedside.truth()["flow_ml_h"]) == 0)
    spy.stop()
    await spy.stopped()
    assert len(seen) > 10
    assert not any(retained for _, retained in seen)
    import aiomqtt  # noqa: PLC0415 - a foreign client, here alone

    async with aiomqtt.Client("127.0.0.1", bedside.broker.port) as foreign:
        for payload, _ in seen:
            await foreign.publish(f"{bedside.topic}/down", payload, retain=True)
        async with driven(bedside) as pump:
            for payload, _ in seen:
                await foreign.publish(f"{bedside.topic}/down", payload)
            for _ in range(5):
                assert (await pump.read()).motion is not Motion.INFUSING
    assert Decimal(bedside.truth()["flow_ml_h"]) == 0


async def test_two_daemons_the_second_is_turned_away(bedside: Bedside) -> None:
    """(A) D7."""
    async with driven(bedside) as pump:
        await running(pump)
        other = bedside.link()
        with pytest.raises(LinkLost, match="in use"):
            await other.open(lambda _: None, lambda _: None)
        assert (await pump.read()).motion is Motion.INFUSING
