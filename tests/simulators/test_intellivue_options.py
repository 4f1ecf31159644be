"""The driver with the simulated IntelliVue: every way that is left open, every fault there is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest

from drivers.errors import DeviceError, NoReply, Refused
from drivers.links.memory import NullModem
from drivers.monitors.intellivue.driver import IntelliVue
from drivers.values import MonitorIdentity, Signal, Validity, VitalsSample
from simulators.build import make_bed, make_device
from simulators.options import choose
from simulators.pace import Pace
from tests.drivers.virtual import virtual

REOPEN_S = 1.0
QUICK_CUFF = {"noise": "0", "nibp_interval_s": "60", "nibp_measure_s": "20"}


class Bed:
    """A simulated monitor and the driver, opened again and again as the daemon does."""

    def __init__(self, *, datagrams: bool = True, **options: str) -> None:
        chosen = choose({**QUICK_CUFF, **options})
        self.pace = Pace(make_bed([], chosen, 1), Decimal(1))
        self.cable = NullModem("m1")
        self.device = make_device("intellivue", self.cable.b, self.pace, chosen, 1)
        self.monitor = IntelliVue(self.cable.a, datagrams=datagrams)
        self.samples: list[VitalsSample] = []
        self.identities: list[MonitorIdentity] = []
        self.errors: list[DeviceError] = []

    async def fault(self, name: str, *, on: bool = True, arg: float | None = None) -> None:
        request = {"do": "fault", "name": name, "on": on} | ({} if arg is None else {"arg": arg})
        assert await self.device.answer(request) == {"ok": True}

    async def watch(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await self.device.start()
        task = asyncio.create_task(self._keep_on())
        try:
            await story()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.device.close()

    async def _keep_on(self) -> None:
        while True:
            try:
                await self.monitor.run(self.identities.append, self.samples.append)
            except DeviceError as error:
                self.errors.append(error)
            await asyncio.sleep(REOPEN_S)

    async def fresh(self, seconds: float) -> list[VitalsSample]:
        """The samples of the next so many seconds."""
        before = len(self.samples)
        await asyncio.sleep(seconds)
        return self.samples[before:]


WAYS = [
    {},
    {"datagrams": "off"},
    {"extended_poll": "off"},
    {"min_poll_ms": "60000"},
    {"confirmed_event": "off"},
    {"link_end": "result"},
    {"link_count_from": "0"},
    {"link_objects": "1", "train_sequence": "each"},
    {"link_objects": "64"},
    {"renewal": "restarts"},
    {"early_systolic": "off"},
    {"pressure_unit": "kpa"},
    {"start_ticks": str((1 << 32) - 8000 * 20)},
    {"co2_module": "off"},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: ",".join(f"{name}={on}" for name, on in way.items()))
@virtual
async def test_every_way_that_is_left_open_gives_the_same_values(way: dict[str, str]) -> None:
    options = {name: text for name, text in way.items() if name != "datagrams"}
    bed = Bed(datagrams="datagrams" not in way, **options)

    async def story() -> None:
        samples = await bed.fresh(215)
        assert len(samples) >= 205
        session = bed.monitor.session
        assert session is not None
        assert (session.lost, session.trains.broken, session.rejected) == (0, 0, {})
        assert bed.errors == []
        last = samples[-1].signals
        expected = {Signal.HR: 72, Signal.PULSE: 72, Signal.SPO2: 98, Signal.RR: 14, Signal.NIBP_SYS: 124}
        for signal, value in expected.items():
            assert last[signal].value == pytest.approx(value, abs=0.2)
            assert last[signal].validity is Validity.VALID
        assert last[Signal.ETCO2].validity is (
            Validity.NOT_PRESENT if "co2_module" in way else Validity.VALID
        )
        assert max(one.signals[Signal.HR].age_s for one in samples) < 1
        new = [one for one in samples if one.signals[Signal.NIBP_DIA].measured]
        assert len(new) == 4
        assert all(one.signals[Signal.NIBP_DIA].age_s <= 2 for one in new)
        assert any(one.cuff_measuring for one in samples)

    await bed.watch(story)


@virtual
async def test_f31_a_pressure_without_a_time_is_new_only_with_another_value() -> None:
    bed = Bed(nibp_stamp="off", noise="1")

    async def story() -> None:
        samples = await bed.fresh(200)
        new = [one for one in samples if one.signals[Signal.NIBP_SYS].measured]
        values = [one.signals[Signal.NIBP_SYS].value for one in new]
        assert 2 <= len(new) <= 6
        assert all(one != after for one, after in itertools.pairwise(values))

    await bed.watch(story)


@pytest.mark.parametrize(
    ("off", "why"),
    [
        ("invalid", Validity.INACTIVE),
        ("unavailable", Validity.INACTIVE),
        ("held", Validity.INACTIVE),
        ("absent", Validity.NOT_PRESENT),
    ],
)
@virtual
async def test_f31_a_sensor_off_is_told_within_two_seconds(off: str, why: Validity) -> None:
    """F31: whatever the number says, the technical alarm counts; and it goes when the sensor is back."""
    bed = Bed(sensor_off=off)

    async def story() -> None:
        await bed.fresh(10)
        await bed.fault("spo2_off")
        one = (await bed.fresh(2.1))[-1].signals
        assert (one[Signal.SPO2].validity, one[Signal.PULSE].validity) == (why, why)
        assert one[Signal.HR].validity is Validity.VALID
        await bed.fault("spo2_off", on=False)
        assert (await bed.fresh(2.1))[-1].signals[Signal.SPO2].validity is Validity.VALID

    await bed.watch(story)


@pytest.mark.parametrize(
    ("fault", "signal", "why"),
    [
        ("spo2_questionable", Signal.SPO2, Validity.QUESTIONABLE),
        ("ecg_questionable", Signal.HR, Validity.QUESTIONABLE),
        ("demo", Signal.HR, Validity.INVALID),
        ("demo", Signal.SPO2, Validity.INVALID),
    ],
)
@virtual
async def test_f31_doubt_and_demonstration(fault: str, signal: Signal, why: Validity) -> None:
    bed = Bed()

    async def story() -> None:
        await bed.fresh(5)
        await bed.fault(fault)
        assert (await bed.fresh(1.1))[-1].signals[signal].validity is why

    await bed.watch(story)


@virtual
async def test_f12_the_patient_the_monitor_names_changes_within_six_seconds() -> None:
    bed = Bed(patient_id="SIM-0001", bed_label="7")

    async def story() -> None:
        assert {one.subject for one in await bed.fresh(20)} == {"SIM-0001"}
        assert bed.identities[0].detail == "Philips M8005A, serial number DE72800001, bed label 7"
        await bed.fault("other_patient")
        assert (await bed.fresh(6.5))[-1].subject == "SOMEBODY-ELSE"

    await bed.watch(story)


@pytest.mark.parametrize("fault", ["deny_extended", "deny_patient", "deny_alarms"])
@virtual
async def test_what_the_monitor_denies_costs_no_value(fault: str) -> None:
    bed = Bed()

    async def story() -> None:
        await bed.fault(fault)
        samples = await bed.fresh(150)
        assert len(samples) >= 140
        assert bed.errors == []

    await bed.watch(story)


@pytest.mark.parametrize(
    ("fault", "off_s", "limit_s"), [("power", 20, 4), ("power", 2, 14), ("mute", 20, 14), ("abort", 0, 14)]
)
@pytest.mark.parametrize("second", ["refuse", "restart"])
@virtual
async def test_the_association_comes_back_by_itself(
    fault: str, off_s: float, limit_s: float, second: str
) -> None:
    """A power cycle, a mute monitor, an association forgotten without a word."""
    bed = Bed(second_request=second)

    async def story() -> None:
        await bed.fresh(20)
        await bed.fault(fault)
        await asyncio.sleep(off_s)
        await bed.fault(fault, on=False)
        assert (await bed.fresh(limit_s + 10))[-1].signals[Signal.HR].measured
        assert bed.errors
        assert all(isinstance(error, NoReply | Refused) for error in bed.errors)
        assert len(bed.errors) <= 14

    await bed.watch(story)


@pytest.mark.parametrize("timed_out", ["abort", "silent"])
@virtual
async def test_a_network_that_froze_longer_than_the_time_out(timed_out: str) -> None:
    """F28: what was held comes at once when it thaws; none of it is taken for what is said now."""
    bed = Bed(timed_out=timed_out)

    async def story() -> None:
        await bed.fresh(10)
        await bed.fault("freeze")
        await asyncio.sleep(30)
        before = len(bed.samples)
        await bed.fault("freeze", on=False)
        await asyncio.sleep(30)
        ages = [one.signals[Signal.HR].age_s for one in bed.samples[before:]]
        assert ages
        assert ages[-1] < 1

    await bed.watch(story)


@virtual
async def test_another_client_has_the_monitor() -> None:
    bed = Bed()

    async def story() -> None:
        await bed.fault("busy")
        await bed.fresh(10)
        assert {type(error) for error in bed.errors} == {Refused}
        await bed.fault("busy", on=False)
        assert await bed.fresh(5)

    await bed.watch(story)


@pytest.mark.parametrize(
    ("fault", "share", "least"),
    [("loss", 0.1, 40), ("duplicate", 0.3, 100), ("reorder", 0.2, 20), ("corrupt", 0.1, 40)],
)
@virtual
async def test_a_bad_network_loses_values_and_makes_none(fault: str, share: float, least: int) -> None:
    """Values are lost and counted; those that are told are the patient's, in their order."""
    bed = Bed(second_request="restart")

    async def story() -> None:
        await bed.fresh(5)
        await bed.fault(fault, arg=share)
        samples = await bed.fresh(120)
        assert len(samples) >= least
        if fault != "corrupt":
            assert {one.signals[Signal.HR].value for one in samples} == {72}
            assert {one.signals[Signal.SPO2].value for one in samples} == {98}
        await bed.fault(fault, on=False)
        assert len(await bed.fresh(30)) >= 15

    await bed.watch(story)


@virtual
async def test_a_bad_serial_line_is_caught_by_its_checksum() -> None:
    bed = Bed(datagrams=False, second_request="restart")

    async def story() -> None:
        await bed.fresh(5)
        await bed.fault("corrupt", arg=0.15)
        samples = await bed.fresh(120)
        assert bed.monitor.deframer.rejected["checksum"] > 10
        assert {one.signals[Signal.HR].value for one in samples} == {72}
        assert {one.signals[Signal.SPO2].value for one in samples} == {98}

    await bed.watch(story)


@virtual
async def test_a_clock_set_back_costs_one_pressure_at_most() -> None:
    """F31: until the next measurement the old one keeps its age; then times agree again."""
    bed = Bed()

    async def story() -> None:
        await bed.fresh(30)
        await bed.fault("clock_back")
        samples = await bed.fresh(180)
        new = [one.signals[Signal.NIBP_DIA] for one in samples if one.signals[Signal.NIBP_DIA].measured]
        assert 2 <= len(new) <= 4
        assert all(one.age_s <= 30 for one in new)

    await bed.watch(story)
