"""The BCC driver over the simulated rack: every fault of the wire, every open point both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest

from daemon.engine import advising
from drivers.errors import DeviceError, NoReply, Refused, WrongDevice
from drivers.links.memory import NullModem
from drivers.pumps.bcc.capabilities import CAPABILITIES
from drivers.pumps.bcc.driver import CYCLE_LIMIT_S, Bcc
from drivers.values import Motion, PumpAlarm, PumpReading, PumpSetting
from simulators.bodies.pump import PumpBody
from simulators.build import BagLabel, Device, make_bed, make_device
from simulators.options import choose
from simulators.pace import Pace
from tests.drivers.virtual import virtual

D = Decimal
TRIES = 40


@dataclass
class Bench:
    """A connected driver, its rack and the body behind it."""

    driver: Bcc
    device: Device
    pump: PumpBody

    async def press(self, key: str, value: str = "0") -> None:
        assert await self.device.answer({"do": "press", "key": key, "value": value}) == {"ok": True}

    async def fault(self, name: str, arg: float | None = None, *, on: bool = True) -> None:
        reply = await self.device.answer({"do": "fault", "name": name, "on": on, "arg": arg})
        assert reply == {"ok": True}

    async def read(self) -> PumpReading:
        """A reading, however often it takes and whatever has to be connected anew."""
        for _ in range(TRIES):
            try:
                return await self.driver.read()
            except NoReply:
                continue
            except DeviceError:
                await self._connect()
        raise AssertionError(f"no reading in {TRIES} tries")

    async def _connect(self) -> None:
        try:
            await self.driver.connect()
        except DeviceError:
            await asyncio.sleep(0.2)


def now_s() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def bench(slot: str = "11", /, **options: str) -> AsyncIterator[Bench]:
    chosen = choose({"flow_error": "0", "ramp_s": "0", "stop_s": "0", **options})
    pace = Pace(make_bed([BagLabel("A", D(1), D(250))], chosen, 1))
    cable = NullModem("rack")
    device = make_device("bcc", cable.b, pace, chosen, 1)
    await device.start()
    await device.answer({"do": "fault", "name": "baud", "arg": 960})
    driver = Bcc(cable.a, slot=slot, expected_serial="123456")
    await driver.connect()
    try:
        yield Bench(driver, device, pace.bed.lanes[0].pump)
    finally:
        await driver.close()
        await device.close()


async def run(on: Bench) -> None:
    for key, value in (("rate", "12.5"), ("limit", "10"), ("start", "0")):
        await on.press(key, value)
    await asyncio.sleep(1.5)


CHOICES: list[dict[str, str]] = [
    {},
    {"bcc_stuffing": "on"},
    {"bcc_stuffing": "on", "bcc_bed": "DEed/eEdD", "bcc_wrong_bed": "silence"},
    {"bcc_alarms": "words"},
    {"bcc_padded": "on"},
    {"bcc_block_bytes": "100"},
    {"bcc_block_bytes": "97", "bcc_cut": "bytes", "bcc_stuffing": "on"},
    {"bcc_block_bytes": "2000"},
    {"bcc_synchronised": "on"},
    {"bcc_volume_lag_s": "0"},
    {"bcc_standing_rate": "zero", "bcc_no_limit": "zero"},
    {"bcc_neighbours": "20", "bcc_cut": "bytes"},
    {"bcc_hasty": "answered", "bcc_delay_s": "0.5"},
    {"bcc_model": "I0002", "bcc_version": "V3.36"},
    {"bcc_cyclic_s": "5"},
    {"bcc_cyclic_s": "1", "bcc_alarms": "words"},
]


@pytest.mark.parametrize("options", CHOICES, ids=lambda one: " ".join(f"{k}={v}" for k, v in one.items()))
@virtual
async def test_every_open_point_both_ways(options: dict[str, str]) -> None:
    async with bench(**options) as on:
        standing = await on.read()
        assert (standing.motion, standing.limit_left_ml) == (Motion.STOPPED, None)
        await on.press("rate", "12.5")
        await on.press("limit", "10")
        await asyncio.sleep(1.5)
        await on.read()
        assert await on.driver.read_setting() == PumpSetting(D("12.50"), D("10.0"))
        await on.press("start")
        await asyncio.sleep(300)
        reading = await on.read()
        assert (reading.motion, reading.rate_ml_h) == (Motion.INFUSING, D("12.50"))
        assert abs(reading.counter_ml - on.pump.infused_ml) <= D("0.1")
        assert reading.limit_left_ml is not None
        assert abs(reading.limit_left_ml + reading.counter_ml - 10) <= D("0.2")
        await on.press("stop")
        await asyncio.sleep(1.5)
        assert (await on.read()).motion is Motion.STOPPED


@pytest.mark.parametrize(
    ("address", "slot"), [("letter", "1A"), ("digits", "1A"), ("digits", "3O"), ("letter", "29")]
)
@virtual
async def test_every_slot_however_the_rack_writes_it(address: str, slot: str) -> None:
    async with bench(slot, bcc_slot=slot, bcc_address=address, bcc_neighbours="1") as on:
        assert (await on.read()).motion is Motion.STOPPED


@pytest.mark.parametrize("style", ["single", "words"])
@pytest.mark.parametrize("stuffing", ["on", "off"])
@pytest.mark.parametrize("block", ["100", "250", "500", "2000"])
@virtual
async def test_two_cycles_at_9600_baud_are_within_what_is_declared_f27(
    style: str, stuffing: str, block: str
) -> None:
    async with bench(bcc_alarms=style, bcc_stuffing=stuffing, bcc_block_bytes=block) as on:
        await run(on)
        began_s = now_s()
        for _ in range(4):
            await on.driver.read()
            await on.driver.read_setting()
        assert (now_s() - began_s) / 4 <= CAPABILITIES.cycle_s
    assert advising.refusal(CAPABILITIES) == ""
    assert 2 * (CYCLE_LIMIT_S + 0.5) <= advising.TWO_CYCLES_MAX_S


@pytest.mark.parametrize(
    ("name", "arg", "readings"),
    [
        ("loss", 0.1, 1),
        ("loss", 1, 7),
        ("corrupt", 0.2, 1),
        ("duplicate", 0.1, 1),
        ("split", None, 8),
        ("delay", 0.4, 8),
        ("delay", 2.0, 0),
        ("baud", 300, 8),
        ("baud", 11520, 8),
        ("baud", 120, 0),
    ],
)
@pytest.mark.parametrize("style", ["single", "words"])
@virtual
async def test_no_fault_of_the_wire_makes_a_wrong_reading_and_none_lasts(
    name: str, arg: float | None, readings: int, style: str
) -> None:
    """A new rate before each question: what is read is never the one before it."""
    async with bench(bcc_alarms=style, bcc_block_bytes="250", bcc_volume_lag_s="0") as on:
        await run(on)
        await on.fault(name, arg)
        good = 0
        for rate in range(1, 9):
            await on.press("rate", str(rate))
            began_s = now_s()
            try:
                reading = await on.driver.read()
            except DeviceError:
                assert now_s() - began_s <= CYCLE_LIMIT_S + 0.1
                continue
            assert (reading.motion, reading.rate_ml_h) == (Motion.INFUSING, D(rate))
            assert abs(reading.counter_ml - on.pump.infused_ml) <= D("0.2")
            good += 1
        assert good >= readings
        await on.fault(name, on=False)
        await on.press("rate", "20")
        assert (await on.read()).rate_ml_h == D(20)


@pytest.mark.parametrize("seconds", [0.3, 2.0, 20.0])
@virtual
async def test_what_a_frozen_wire_held_is_not_taken_for_new_f28(seconds: float) -> None:
    async with bench(bcc_volume_lag_s="0") as on:
        await run(on)
        for at_s in (0.0, 0.6, 1.2, 1.7):
            await on.press("rate", "10")
            await on.read()
            asking = asyncio.create_task(on.read())
            await asyncio.sleep(at_s)
            await on.fault("freeze")
            await asyncio.sleep(seconds)
            await on.press("rate", "30")
            later = asyncio.create_task(on.read())
            await asyncio.sleep(0.1)
            await on.fault("freeze", on=False)
            await asking
            assert (await later).rate_ml_h == D(30)


@virtual
async def test_unplugged_and_plugged_in_again() -> None:
    async with bench() as on:
        await run(on)
        await on.fault("unplug")
        with pytest.raises(DeviceError):
            await on.driver.read()
        await on.fault("unplug", on=False)
        assert (await on.read()).motion is Motion.INFUSING


@virtual
async def test_the_pump_in_every_state_as_the_body_has_it_f24_f26() -> None:
    for style in ("single", "words"):
        async with bench(bcc_alarms=style, end_action="kvo", kvo_ml_h="3", bcc_volume_lag_s="0") as on:
            await on.press("rate", "120")
            await on.press("limit", "1")
            await on.press("start")
            await asyncio.sleep(60)
            reading = await on.read()
            assert (reading.motion, reading.rate_ml_h, reading.limit_left_ml) == (Motion.KVO, D(3), D(0))
            assert reading.alarms == {PumpAlarm.LIMIT_REACHED, PumpAlarm.KVO_RUNNING}
            await on.press("stop")
            await on.press("limit", "50")
            await on.press("bolus", "5")
            assert (await on.read()).motion is Motion.BOLUS
            await on.press("stop")
            for fault, alarm in (("air", PumpAlarm.AIR), ("door", PumpAlarm.DOOR_OPEN)):
                await on.fault(fault)
                assert alarm in (await on.read()).alarms
                await on.fault(fault, on=False)
            await on.fault("mains")
            assert (await on.read()).mains is False
            await on.press("clear")
            assert (await on.read()).counter_ml == 0
            await on.press("limit", "0")
            await on.press("rate", "5")
            await on.press("start")
            assert (await on.read()).limit_left_ml is None


@virtual
async def test_a_new_rate_beside_an_old_limit_is_passed_on_as_it_stands_f27() -> None:
    async with bench(bcc_volume_lag_s="5") as on:
        await run(on)
        await asyncio.sleep(6)
        await on.read()
        await on.press("limit", "40")
        await on.press("rate", "41.7")
        await on.read()
        assert await on.driver.read_setting() == PumpSetting(D("41.70"), D("10.0"))
        await asyncio.sleep(6)
        await on.read()
        assert await on.driver.read_setting() == PumpSetting(D("41.70"), D("40.0"))


@virtual
async def test_values_that_cannot_be_had_and_a_pump_that_is_off_are_no_readings() -> None:
    async with bench() as on:
        for fault, why in (("unavailable", "temporarily unavailable"), ("power", "switched off")):
            await on.fault(fault)
            with pytest.raises(DeviceError, match=why):
                await on.driver.read()
            await on.fault(fault, on=False)
            assert (await on.read()).motion is Motion.STOPPED


@virtual
async def test_a_pump_taken_out_is_refused_and_an_alarm_once_it_is_back_f40() -> None:
    async with bench(bcc_neighbours="2") as on:
        await run(on)
        await on.fault("removed")
        with pytest.raises(Refused, match="taken out"):
            await on.driver.read()
        with pytest.raises(Refused, match="error 41"):
            await on.driver.read()
        with pytest.raises(WrongDevice, match="the rack has 123457 in slot 12, 123458 in slot 13"):
            await on.driver.connect()
        await on.fault("removed", on=False)
        await on.driver.connect()
        assert (await on.driver.read()).alarms == {PumpAlarm.REMOVED}
        assert (await on.driver.read()).alarms == frozenset()


@virtual
async def test_a_bed_that_is_named_anew_is_learnt_by_connecting_anew() -> None:
    for answer in ("error", "silence"):
        async with bench(bcc_wrong_bed=answer) as on:
            await on.fault("bed_renamed")
            with pytest.raises(DeviceError):
                await on.driver.read()
            assert (await on.read()).motion is Motion.STOPPED
