"""Every device unplugged, away for long and back: one line when lost, one when back, nothing in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from daemon.engine import inputs as inp
from daemon.runtime.monitor_channel import MonitorChannel
from daemon.runtime.pump_channel import PumpChannel
from drivers.links.memory import NullModem
from drivers.registry import MONITORS, PUMPS
from drivers.values import Authority, Motion
from simulators.build import MODELS, make_bed, make_device
from simulators.options import Options
from simulators.pace import Pace
from tests.drivers.capture import Tapped
from tests.drivers.virtual import virtual

AWAY_S = 900
SETTLE_S = 90
"""The slowest monitor has spoken within this."""


class LoopClock:
    """The time of the virtual loop."""

    def now_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    wire_ms = now_ms


class Watched:
    """A channel of the daemon on a device that can be unplugged."""

    def __init__(self, model: str) -> None:
        self.cable = NullModem()
        self.tap = Tapped(self.cable.a)
        self.heard: list[Any] = []
        self.channel: PumpChannel | MonitorChannel
        if model in MONITORS:
            monitor = MONITORS[model].build("", link=self.tap)
            signals = monitor.capabilities.signals
            self.channel = MonitorChannel(model, monitor, signals, self.heard.append)
        else:
            can = PUMPS[model].capabilities
            authority = Authority.MONITOR if can.read_only else Authority.CONTROL
            pump = PUMPS[model].build("", authority=authority, link=self.tap)
            clock: Any = LoopClock()
            self.channel = PumpChannel(pump, clock, self.heard.append, lambda _: "")

    def readings(self) -> int:
        return sum(isinstance(one, inp.PumpRead | inp.MonitorRead) for one in self.heard)


@asynccontextmanager
async def watched(model: str, *, far_end: str = "") -> AsyncIterator[Watched]:
    bed = Watched(model)
    pace = Pace(make_bed([], Options(), 5))
    device = make_device(far_end or model, bed.cable.b, pace, Options(), 5)
    await device.start()
    running = asyncio.create_task(bed.channel.run())
    try:
        await asyncio.sleep(SETTLE_S)
        yield bed
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bed.channel.close()
        await device.close()


def said(logs: list[Any], kind: str) -> list[str]:
    told = [entry["event"] for entry in logs if entry["log_level"] != "debug"]
    return [event for event in told if event.startswith(kind)]


async def unplugged_for(bed: Watched, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    bed.cable.unplug()
    await asyncio.sleep(seconds)
    meanwhile()
    bed.cable.plug_in()
    await asyncio.sleep(SETTLE_S)


@pytest.mark.parametrize("model", MONITORS)
@virtual
async def test_f31_a_monitor_away_and_back(model: str) -> None:
    async with watched(model) as bed:
        with capture_logs() as logs:
            before = bed.readings()
            assert before
            await unplugged_for(bed, AWAY_S)
        assert bed.readings() > before
        silent = [one for one in bed.heard if isinstance(one, inp.MonitorSilent)]
        assert len(silent) == 1
        lines = [line for line in said(logs, "monitor.") if line != "monitor.identified"]
        assert lines == ["monitor.lost", "monitor.back"]
        assert bed.channel.counts.losses >= 1


@pytest.mark.parametrize("model", PUMPS)
@virtual
async def test_f17_a_pump_away_and_back_does_not_start_by_itself(model: str) -> None:
    async with watched(model) as bed:
        with capture_logs() as logs:
            before = bed.readings()
            assert before
            await unplugged_for(bed, AWAY_S)
        readings = [one.reading for one in bed.heard if isinstance(one, inp.PumpRead)]
        assert len(readings) > before
        assert {one.motion for one in readings} == {Motion.STOPPED}
        assert said(logs, "pump.") == ["pump.lost", "pump.back"]
        assert bed.channel.counts.losses >= 1
        assert bed.channel.counts.connects >= 2


@pytest.mark.parametrize("model", [*PUMPS, *MONITORS])
@virtual
async def test_f31_another_device_in_its_place_gives_no_reading(model: str) -> None:
    for far_end in MODELS:
        if far_end != model:
            with capture_logs() as logs:
                async with watched(model, far_end=far_end) as bed:
                    await asyncio.sleep(SETTLE_S)
                    assert bed.readings() == 0
            assert len(said(logs, "monitor.") + said(logs, "pump.")) <= 1
