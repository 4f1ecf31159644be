"""The pump channel over TCP: unplugged, power-cycled, the wrong pump, two daemons, an old START (F28)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from daemon.clock import LoopClock
from daemon.engine import inputs as inp
from daemon.runtime.pump_channel import PumpChannel
from drivers.errors import Refused
from drivers.links.memory import NullModem
from drivers.links.tcp import TcpLink
from drivers.links.text import read_link
from drivers.pumps.dianet_star.driver import DianetStar
from drivers.values import Motion, PumpReading, PumpSetting
from simulators.build import Device, make_bed, make_device
from simulators.options import choose
from simulators.pace import Pace
from tests.drivers.terminal_server import TerminalServer, terminal_server

LIMIT_S = 20.0
SETTING = PumpSetting(Decimal(60), Decimal(5))


class Ward:
    """A simulated pump behind a terminal server, and as many daemons' channels as a test wants."""

    def __init__(self, server: TerminalServer, device: Device, cable: NullModem) -> None:
        self.server = server
        self.device = device
        self.cable = cable
        self.told: list[inp.Input] = []
        self.logged: list[str] = []

    def driver(self, serial: str | None = None) -> DianetStar:
        link = TcpLink(read_link(f"tcp:127.0.0.1:{self.server.port}"))
        return DianetStar(link, expected_serial=serial)

    def channel(self, told: list[inp.Input], serial: str | None = None) -> PumpChannel:
        clock = LoopClock(datetime(2026, 1, 1, tzinfo=UTC))
        return PumpChannel(self.driver(serial), clock, told.append, lambda _: "")

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not met():  # noqa: ASYNC110 - several ends are looked at
                await asyncio.sleep(0.02)

    def readings(self, told: list[inp.Input] | None = None) -> list[PumpReading]:
        return [one.reading for one in (self.told if told is None else told) if isinstance(one, inp.PumpRead)]

    def kinds(self, kind: type[inp.Input]) -> list[inp.Input]:
        return [one for one in self.told if isinstance(one, kind)]

    @property
    def motion(self) -> Motion:
        motion: Motion = self.device.requests._pump.motion
        return motion


@contextlib.asynccontextmanager
async def ward() -> AsyncIterator[Ward]:
    cable = NullModem("device")
    options = choose({})
    device = make_device("dianet-star", cable.b, Pace(make_bed([], options, 1)), options, 1)
    await device.start()
    async with terminal_server(cable.a) as server:
        yield Ward(server, device, cable)
    await device.close()


@contextlib.asynccontextmanager
async def running(channel: PumpChannel) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await channel.close()


async def stopped(pump: DianetStar) -> None:
    """STOP through the refusals of a pump that a hand has just used."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                await pump.stop()
            except Refused:
                await asyncio.sleep(0.3)
            else:
                return


def lines(logs: list[dict[str, object]]) -> list[object]:
    return [one["event"] for one in logs if one["event"] in ("pump.lost", "pump.back")]


async def test_f28_an_old_answer_and_an_old_start_kept_by_the_server_are_seen_for_what_they_are() -> None:
    """F28: the answer is not read as one, and the motor that an old START moves is found running."""
    async with ward() as one:
        pump = one.driver()
        await pump.connect()
        await pump.program(SETTING)
        await pump.start()
        await one.until(lambda: one.motion is Motion.INFUSING)
        one.server.cut = True
        asking = asyncio.create_task(pump.read())
        await one.until(lambda: bool(one.server.held_for_device))
        one.server.give()
        await one.until(lambda: bool(one.server.held))
        starting = asyncio.create_task(pump.start())
        await asyncio.sleep(0.5)
        for task in (asking, starting):
            task.cancel()
        one.server.hang_up()
        await pump.close()
        await one.device.answer({"do": "press", "key": "stop"})
        assert one.server.held
        await one.until(lambda: one.server.writer is None)
        one.server.cut = False
        await pump.connect()
        assert one.server.held == []
        reading = await pump.read()
        assert (reading.motion is Motion.INFUSING) is (one.motion is Motion.INFUSING)
        await stopped(pump)
        assert (await pump.read()).motion is not Motion.INFUSING
        assert one.motion is not Motion.INFUSING
        await pump.close()


@pytest.mark.parametrize("how", ["unplugged", "server off"])
async def test_lost_and_back_is_one_line_each_and_starts_nothing(how: str) -> None:
    async with ward() as one:
        channel = one.channel(one.told)
        with capture_logs() as logs:
            async with running(channel):
                await one.until(lambda: len(one.readings()) >= 2)
                if how == "unplugged":
                    one.cable.unplug()
                    await one.until(lambda: bool(one.kinds(inp.PumpSilent)))
                    await asyncio.sleep(2)
                    one.cable.plug_in()
                    assert one.server.device is not None
                    await one.server.device.open(one.server.from_device, lambda _: None)
                else:
                    for _ in range(8):
                        one.server.hang_up()
                        await asyncio.sleep(0.1)
                    await one.until(lambda: bool(one.kinds(inp.PumpSilent)))
                before = len(one.readings())
                await one.until(lambda: len(one.readings()) >= before + 2)
        assert lines(logs) == ["pump.lost", "pump.back"]  # type: ignore[arg-type]
        assert len(one.kinds(inp.PumpSilent)) == 1
        assert len(one.kinds(inp.PumpIdentified)) == 2
        assert one.motion is Motion.STOPPED


async def test_a_power_cycle_of_a_running_pump_is_not_followed_by_a_start() -> None:
    async with ward() as one:
        channel = one.channel(one.told)
        async with running(channel):
            await one.until(lambda: bool(one.readings()))
            await one.device.answer({"do": "press", "key": "rate", "value": "60"})
            await one.device.answer({"do": "press", "key": "limit", "value": "5"})
            await one.device.answer({"do": "press", "key": "start"})
            await one.until(lambda: one.readings()[-1].motion is Motion.INFUSING)
            await one.device.answer({"do": "fault", "name": "power", "on": True})
            await one.until(lambda: bool(one.kinds(inp.PumpSilent)))
            await one.device.answer({"do": "fault", "name": "power", "on": False})
            before = len(one.readings())
            await one.until(lambda: len(one.readings()) >= before + 3)
            assert all(reading.motion is not Motion.INFUSING for reading in one.readings()[before:])
            assert one.motion is Motion.STOPPED


async def test_the_wrong_pump_is_asked_for_its_name_and_for_nothing_else() -> None:
    async with ward() as one:
        channel = one.channel(one.told, serial="99999999")
        with capture_logs() as logs:
            async with running(channel):
                await asyncio.sleep(1.5)
        assert lines(logs) == ["pump.lost"]  # type: ignore[arg-type]
        assert one.readings() == []
        assert one.kinds(inp.PumpIdentified) == []
        ident = bytes.fromhex("7E00011D0E7E")
        assert one.server.heard
        assert one.server.heard.replace(ident, b"") == b""


async def test_two_daemons_the_second_gets_no_word_and_the_first_does_not_notice() -> None:
    async with ward() as one:
        first, told = one.channel(one.told), list[inp.Input]()
        async with running(first):
            await one.until(lambda: len(one.readings()) >= 2)
            second = one.channel(told)
            with capture_logs() as logs:
                async with running(second):
                    await asyncio.sleep(1.5)
            before = len(one.readings())
            await one.until(lambda: len(one.readings()) >= before + 2)
        assert lines(logs) == ["pump.lost"]  # type: ignore[arg-type]
        assert one.readings(told) == []
        assert one.kinds(inp.PumpSilent) == []
        assert one.server.clients == 1
