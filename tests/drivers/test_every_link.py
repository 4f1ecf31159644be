"""Every model of the registry over every link its device can use, against its own simulator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from drivers import registry
from drivers.errors import LinkLost
from drivers.interfaces import Link, Monitor, Pump
from drivers.links.factory import open_link
from drivers.links.memory import NullModem, plug
from drivers.links.mqtt.bridge import Bridge
from drivers.links.mqtt.link import MqttLink
from drivers.links.text import LinkKind
from drivers.monitors.mqtt_json.driver import MqttJson
from drivers.values import Authority, MonitorIdentity, Motion, PumpIdentity, Validity, VitalsSample
from simulators.build import MODELS, Device, make_bed, make_device
from simulators.dial import DialEnd
from simulators.options import choose
from simulators.pace import Pace
from simulators.pty import PtyEnd
from simulators.tcp import TcpEnd
from simulators.udp import UdpEnd
from tests.drivers.mqtt.fake_broker import SHARED, FakeBroker, now_ms, sessions
from tests.drivers.ports import free_port

LIMIT_S = 60.0
SPEED = Decimal(30)
"""Monitors that speak every ten seconds of their own time need not be waited for."""
PLACES = {"bcc": "#11"}
PUMPS = [(name, kind) for name, model in registry.PUMPS.items() for kind in sorted(model.links)]
MONITORS = [(name, kind) for name, model in registry.MONITORS.items() for kind in sorted(model.links)]


class Wired:
    """A simulator at one end; `text` and `link` are what a builder is given at the other."""

    def __init__(self, model: str, kind: LinkKind, folder: Path) -> None:
        self.kind = kind
        self._end: Link
        match kind:
            case LinkKind.SERIAL:
                self._end = PtyEnd(folder / "device")
            case LinkKind.TCP:
                self._end = TcpEnd(0)
            case LinkKind.UDP:
                self._end = UdpEnd(0)
            case LinkKind.LISTEN:
                self._end = DialEnd(free_port())
            case LinkKind.MEMORY:
                self._end = plug(f"every-link-{model}").b
            case LinkKind.MQTT:
                self._cable = NullModem("device")
                self._end = self._cable.b
        options = choose({})
        self.device: Device = make_device(model, self._end, Pace(make_bed([], options, 1), SPEED), options, 1)
        self.text = f"memory:every-link-{model}{PLACES.get(model, '')}"
        self.link: Link | None = None

    async def start(self) -> asyncio.Task[None] | None:
        """Serve the device; the task is the bridge's, where there is one."""
        await self.device.start()
        place = "#" + self.text.partition("#")[2] if "#" in self.text else ""
        if isinstance(self._end, PtyEnd):
            self.text = f"serial:{self._end.path}{place}"
        elif isinstance(self._end, TcpEnd | UdpEnd | DialEnd):
            self.text = f"{self.kind}:127.0.0.1:{self._end.port}{place}"
        elif self.kind is LinkKind.MQTT:
            broker = FakeBroker()
            self.text = f"mqtt:{SHARED.topic}{place}"
            self.link = MqttLink(SHARED, broker.connect, now_ms, sessions(1))
            bridge = Bridge(SHARED, self._cable.a, broker.connect, now_ms, sessions(2), lambda _: None)
            return asyncio.create_task(bridge.run())
        return None


@contextlib.asynccontextmanager
async def wired(model: str, kind: LinkKind, folder: Path) -> AsyncIterator[Wired]:
    one = Wired(model, kind, folder)
    bridge = await one.start()
    try:
        yield one
    finally:
        if bridge is not None:
            bridge.cancel()
            await asyncio.wait([bridge])
        await one.device.close()


def test_every_model_has_a_simulator_and_no_pump_is_reached_over_udp_f28() -> None:
    assert set(registry.models()) <= set(MODELS)
    for pump in registry.PUMPS.values():
        assert LinkKind.UDP not in pump.links
    for model in registry.models().values():
        assert LinkKind.MEMORY in model.links


async def connected(pump: Pump) -> PumpIdentity:
    """Again until the port is free, as the daemon does: the far end learns late that we had gone."""
    while True:
        try:
            return await pump.connect()
        except LinkLost:
            await pump.close()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("model", "kind"), PUMPS)
async def test_a_pump_is_connected_read_and_stopped(model: str, kind: LinkKind, tmp_path: Path) -> None:
    async with wired(model, kind, tmp_path) as one, asyncio.timeout(LIMIT_S):
        watched = registry.PUMPS[model].capabilities.read_only
        authority = Authority.MONITOR if watched else Authority.CONTROL
        pump = registry.build_pump(model, one.text, authority=authority, link=one.link)
        for _ in range(1 if watched else 2):
            assert (await connected(pump)).model
            assert (await pump.read()).motion is not Motion.INFUSING
            if not watched:
                await pump.stop()
                assert (await pump.read()).motion is not Motion.INFUSING
            await pump.close()


def monitor_of(model: str, one: Wired) -> Monitor:
    """As a bed builds it; one whose values are dated is given a clock."""
    monitor = registry.MONITORS[model].build(one.text, link=one.link)
    if isinstance(monitor, MqttJson):
        monitor._utc = lambda: datetime.now(UTC)
    return monitor


@pytest.mark.parametrize(("model", "kind"), MONITORS)
async def test_a_monitor_is_identified_and_heard(model: str, kind: LinkKind, tmp_path: Path) -> None:
    async with wired(model, kind, tmp_path) as one, asyncio.timeout(LIMIT_S):
        monitor = monitor_of(model, one)
        identities: list[MonitorIdentity] = []
        heard = asyncio.Event()

        def take(sample: VitalsSample) -> None:
            if any(m.validity is Validity.VALID for m in sample.signals.values()):
                heard.set()

        running = asyncio.create_task(monitor.run(identities.append, take))
        listening = asyncio.create_task(heard.wait())
        done, _ = await asyncio.wait([running, listening], return_when=asyncio.FIRST_COMPLETED)
        assert running not in done, running.exception()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await monitor.close()


def test_link_texts_are_those_the_factory_takes() -> None:
    for kind, text in ((LinkKind.TCP, "tcp:127.0.0.1:4001"), (LinkKind.UDP, "udp:127.0.0.1:4001")):
        assert open_link(text, baud=9600, parity="N", rtscts=False).name == text
        assert text.startswith(kind)
