"""Wires on memory links, with and without faults, on virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import DeviceError, LinkLost
from drivers.links.memory import NullModem
from simulators.build import BagLabel, Device, make_bed, make_device
from simulators.faults import with_faults
from simulators.options import BadOption, choose
from simulators.pace import Pace
from simulators.scenario import BadScenario, load, play

D = Decimal
IDENT = bytes.fromhex("7E 00 01 1D 0E 7E")
STEUER = bytes.fromhex("7E 00 10 F0 13 CF C6 01 41 FF FF FF FF 4E A4 7E")
SET_12_5 = bytes.fromhex("7E 41 12 00 00 04 E2 00 00 00 64" + "FF" * 31 + "17 4E 7E")
START = bytes.fromhex("7E 41 11 00 01 B8 2C 7E")
STATUS = bytes.fromhex("7E 41 02 5C 0D 7E")
DISPL_10 = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000010a000e0000000000497e"
)
Run = Callable[[Awaitable[Any]], Any]
EXACT = {"flow_error": "0", "ramp_s": "0", "stop_s": "0", "device_type": "1019"}


class Host:
    """The other end: collects what arrives, with its time."""

    def __init__(self, cable: NullModem) -> None:
        self.end = cable.a
        self.heard: list[tuple[float, bytes]] = []
        self.lost: list[DeviceError] = []

    async def open(self) -> None:
        await self.end.open(self._take, self.lost.append)

    def _take(self, data: bytes) -> None:
        self.heard.append((asyncio.get_running_loop().time(), data))

    async def ask(self, data: bytes, wait_s: float = 0.01) -> bytes:
        self.heard.clear()
        self.end.write(data)
        await asyncio.sleep(wait_s)
        return b"".join(data for _, data in self.heard)


async def bench(model: str = "dianet-star", speed: str = "1", **options: str) -> tuple[Host, Device, Pace]:
    chosen = choose({**EXACT, **options})
    pace = Pace(make_bed([BagLabel("A", D(1), D(250)), BagLabel("B", D(10), D(250))], chosen, 1), D(speed))
    cable = NullModem()
    device = make_device(model, cable.b, pace, chosen, 1)
    await device.start()
    host = Host(cable)
    await host.open()
    return host, device, pace


async def running(**options: str) -> tuple[Host, Device, Pace]:
    host, device, pace = await bench(**options)
    for request in (STEUER, SET_12_5, START):
        assert await host.ask(request)
    return host, device, pace


async def fault(device: Device, name: str, arg: float | None = None, *, on: bool = True) -> None:
    assert await device.answer({"do": "fault", "name": name, "on": on, "arg": arg}) == {"ok": True}


def test_answers_over_memory(virtual: Run) -> None:
    async def run() -> None:
        host, device, _ = await bench()
        assert len(await host.ask(IDENT)) == 27
        await device.close()

    virtual(run())


def test_f17_watchdog_stays_in_link_time_while_the_body_is_fast(virtual: Run) -> None:
    async def run() -> None:
        host, _, pace = await running(speed="60")
        pump = pace.bed.lanes[0].pump
        for _ in range(10):
            await host.ask(STATUS, 0.3)
        await asyncio.sleep(0.7)
        assert pump.motion.value == "infusing"
        before_ml = pump.infused_ml
        await asyncio.sleep(2)
        assert pump.motion.value == "stopped"
        assert pump.infused_ml - before_ml <= D("12.5") * 60 * D("1.3") / 3600

    virtual(run())


def test_a_monitor_speaks_every_ten_body_seconds(virtual: Run) -> None:
    async def run() -> None:
        host, _, _ = await bench("s5-dri", speed="20")
        host.end.write(DISPL_10)
        await asyncio.sleep(60)
        gaps = [
            after - before for (before, _), (after, _) in zip(host.heard[1:], host.heard[2:], strict=False)
        ]
        assert len(host.heard) in {120, 121}
        assert gaps == pytest.approx([0.5] * len(gaps), abs=0.002)

    virtual(run())


def test_the_host_may_close_and_open_again(virtual: Run) -> None:
    async def run() -> None:
        host, _, _ = await bench()
        for _ in range(3):
            assert await host.ask(IDENT)
            await host.end.close()
            await asyncio.sleep(0.2)
            await host.open()

    virtual(run())


def test_loss_of_a_number_of_replies(virtual: Run) -> None:
    async def run() -> None:
        host, device, _ = await bench()
        await fault(device, "loss", 2)
        assert [bool(await host.ask(IDENT)) for _ in range(4)] == [False, False, True, True]

    virtual(run())


def test_loss_by_share_is_seeded(virtual: Run) -> None:
    async def run() -> list[bool]:
        host, device, _ = await bench()
        await fault(device, "loss", 0.3)
        got = [bool(await host.ask(IDENT)) for _ in range(100)]
        await device.close()
        return got

    first, second = virtual(run()), virtual(run())
    assert first == second
    assert 30 < sum(first) < 70


def test_corrupt_split_duplicate_delay(virtual: Run) -> None:
    async def run() -> None:
        host, device, _ = await bench()
        good = await host.ask(IDENT)
        await fault(device, "corrupt", 1)
        assert await host.ask(IDENT) != good
        await fault(device, "corrupt", on=False)
        await fault(device, "split")
        assert await host.ask(IDENT) == good
        assert {len(data) for _, data in host.heard} == {1}
        await fault(device, "split", on=False)
        await fault(device, "duplicate", 1)
        assert await host.ask(IDENT) == good * 4
        await fault(device, "duplicate", on=False)
        await fault(device, "delay", 0.25)
        assert await host.ask(IDENT, 0.49) == b""
        await asyncio.sleep(0.02)
        assert [data for _, data in host.heard] == [good]

    virtual(run())


def test_f28_freeze_delivers_the_old_start_on_thaw(virtual: Run) -> None:
    async def run() -> None:
        host, device, pace = await bench(link_loss="continue")
        for request in (STEUER, SET_12_5):
            await host.ask(request)
        await fault(device, "freeze")
        assert await host.ask(START, 1.0) == b""
        assert pace.bed.lanes[0].pump.motion.value == "stopped"
        await fault(device, "freeze", on=False)
        assert pace.bed.lanes[0].pump.motion.value == "infusing"

    virtual(run())


def test_unplug_and_replug(virtual: Run) -> None:
    async def run() -> None:
        host, device, pace = await running()
        await fault(device, "unplug")
        await asyncio.sleep(2)
        assert isinstance(host.lost[0], LinkLost)
        assert pace.bed.lanes[0].pump.motion.value == "stopped"
        await fault(device, "unplug", on=False)
        await host.open()
        assert await host.ask(IDENT)

    virtual(run())


def test_f18_bytes_take_their_time_at_9600_baud(virtual: Run) -> None:
    async def run() -> None:
        host, device, _ = await bench()
        await fault(device, "baud")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        reply = await host.ask(IDENT, 1.0)
        assert host.heard[-1][0] - began_s == pytest.approx((len(IDENT) + len(reply)) / 960)

    virtual(run())


def test_faults_that_are_off_change_nothing(virtual: Run) -> None:
    async def run() -> None:
        cable = NullModem()
        link, switches = with_faults(cable.b, random.Random(0))
        got: list[bytes] = []
        await link.open(got.append, lambda _: None)
        host = Host(cable)
        await host.open()
        host.end.write(b"ping")
        link.write(b"pong")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (got, [data for _, data in host.heard], link.name) == ([b"ping"], [b"pong"], cable.b.name)
        assert not any(switch.on for switch in switches.values())

    virtual(run())


def test_a_scenario_plays_in_body_time(virtual: Run, tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(
        '[[event]]\nat_min = 30.5\ndo = "press"\nkey = "stop"\n\n'
        '[[event]]\nat_min = 10\ndo = "press"\nkey = "rate"\nvalue = 60\n\n'
        '[[event]]\nat_min = 10\ndo = "press"\nkey = "start"\n'
    )

    async def run() -> None:
        _, device, pace = await bench(speed="30")
        await play(load(file), pace, device.answer)
        assert float(pace.bed.elapsed_s) == pytest.approx(30.5 * 60, abs=0.01)
        assert float(pace.bed.left.volume_ml["A"]) == pytest.approx(20.5, abs=0.02)

    virtual(run())


@pytest.mark.parametrize(
    "text", ["x = 1", "[[event]]\ndo = 'treat'", "[[event]]\nat_min = -1\ndo = 'treat'", "["]
)
def test_a_bad_scenario_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(BadScenario, match=r"bad\.toml"):
        load(file)


def test_requests_do_what_they_say(virtual: Run) -> None:
    async def run() -> None:
        _, device, pace = await bench()
        pump = pace.bed.lanes[0].pump
        proof = await device.answer({"do": "prove"})
        assert proof == {
            "simulator": "infusiond-sim",
            "model": "dianet-star",
            "speed": 1,
            "device": "memory:null-modem#b",
        }
        assert await device.answer({"do": "hang", "solution": "B"}) == {"ok": True, "content_ml": "250"}
        assert pump.bag.solution.concentration == 10
        await device.answer({"do": "hang", "solution": "C", "volume_ml": 50, "concentration": "0.5"})
        assert (pump.bag.solution.concentration, pump.bag.content_ml) == (D("0.5"), D(50))
        await device.answer({"do": "press", "key": "rate", "value": "36"})
        assert await device.answer({"do": "press", "key": "start"}) == {"ok": True}
        await asyncio.sleep(100)
        state = await device.answer({"do": "state"})
        assert float(state["left_pump"]["C"]["volume_ml"]) == pytest.approx(1)
        assert float(state["dose_reached_patient"]) == pytest.approx(0.5)
        assert state["pump"]["motion"] == "infusing"
        await fault(device, "occlusion")
        await asyncio.sleep(200)
        assert (await device.answer({"do": "state"}))["pump"]["alarms"] == ["occlusion"]
        await device.answer({"do": "react", "grade": 3})
        await asyncio.sleep(200)
        assert (await device.answer({"do": "state"}))["vitals"]["sys"] < 80
        assert await device.answer({"do": "treat"}) == {"ok": True}

    virtual(run())


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"do": "dance"},
        {"do": "hang"},
        {"do": "hang", "solution": "Z"},
        {"do": "press", "key": "eject"},
        {"do": "press", "key": "rate", "value": "NaN"},
        {"do": "fault", "name": "gremlins"},
        {"do": "fault", "name": "air", "on": "maybe"},
        {"do": "react", "grade": 9},
    ],
)
def test_senseless_requests_are_answered_with_an_error(virtual: Run, request_: dict[str, Any]) -> None:
    async def run() -> None:
        _, device, _ = await bench()
        assert set(await device.answer(request_)) == {"error"}

    virtual(run())


def test_options_by_name() -> None:
    chosen = choose(
        {"link_loss": "continue", "overfill": "-0.1", "cuff_on_spo2_arm": "on", "nibp_interval_s": "120"}
    )
    assert chosen.pump.link_loss.value == "continue"
    assert chosen.bed.overfill == D("-0.1")
    assert chosen.s5.cuff_on_spo2_arm
    assert chosen.patient.nibp_interval_s == 120


@pytest.mark.parametrize(
    ("name", "value"), [("colour", "red"), ("link_loss", "explode"), ("ramp_s", "NaN"), ("co2_module", "2")]
)
def test_wrong_options_are_named(name: str, value: str) -> None:
    with pytest.raises(BadOption, match=name):
        choose({name: value})


def test_six_hours_of_polling_are_cheap(virtual: Run) -> None:
    async def run() -> None:
        host, _, pace = await running(vtbd_max_ml="9999")
        for _ in range(6 * 3600 * 3 // 60):
            await host.ask(STATUS, 20 / 3)
        assert pace.bed.elapsed_s > 7000

    virtual(run())
