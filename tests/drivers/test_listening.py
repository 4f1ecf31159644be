"""Both oximeters over the memory link on virtual time: new or not, how old, silent, another one."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from drivers.errors import BadFrame, LinkLost, NoReply
from drivers.interfaces import Monitor
from drivers.links.memory import NullModem
from drivers.monitors.line_time import Ages, stamp
from drivers.registry import MONITORS
from drivers.values import Measurement, MonitorIdentity, Signal, Validity, VitalsSample
from tests.drivers.dianet_peer import settle
from tests.drivers.oximeter_lines import NELLCOR_SETTINGS, masimo, nellcor
from tests.drivers.virtual import virtual

MODELS = ("nellcor-n560", "masimo-ascii1")


def line_at(model: str, second: int, spo2: int = 98) -> bytes:
    """A good line of the model, so many seconds after noon."""
    at = f"{12 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return nellcor(str(spo2), at=at) if model == "nellcor-n560" else masimo(f"{spo2:03}%", at=at)


class Bed:
    """A monitor under test with the far end of its cable."""

    def __init__(self, model: str, signals: frozenset[Signal] | None = None) -> None:
        self.model = model
        self.cable = NullModem("m1")
        self.monitor: Monitor = MONITORS[model].build("", signals=signals, link=self.cable.a)
        self.interval_s = float(self.monitor.capabilities.interval_s)
        self.sent_to_it: list[bytes] = []
        self.samples: list[VitalsSample] = []
        self.identities: list[MonitorIdentity] = []
        self.run: asyncio.Task[None]

    async def start(self) -> None:
        """The far end is lost with each connection that ends."""
        await settle()
        await self.cable.b.open(self.sent_to_it.append, lambda _: None)
        self.run = asyncio.create_task(self.monitor.run(self.identities.append, self.samples.append))
        await settle()

    async def say(self, *lines: bytes) -> Measurement:
        for line in lines:
            self.cable.b.write(line)
        await settle()
        return self.samples[-1].signals[Signal.SPO2]

    async def at(self, second: int, spo2: int = 98) -> Measurement:
        return await self.say(line_at(self.model, second, spo2))

    async def stop(self) -> None:
        self.run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.run
        assert self.sent_to_it == []


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_a_sample_comes_in_the_callback_of_the_last_byte_and_nothing_is_ever_sent(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    line = line_at(model, 0)
    for byte in line[:-2]:
        bed.cable.b.write(bytes((byte,)))
    await settle()
    assert bed.samples == []
    one = await bed.say(line[-2:])
    assert len(bed.samples) == 1
    assert one == Measurement(Decimal(98), Validity.VALID, measured=True, age_s=Decimal(0))
    assert set(bed.samples[0].signals) == {Signal.SPO2, Signal.PULSE}
    detail = "" if model == "nellcor-n560" else "serial number 0000056661"
    assert bed.identities == [MonitorIdentity(model, detail)]
    assert bed.samples[0].subject == ""
    await bed.stop()


@virtual
async def test_only_the_signals_asked_for_are_told() -> None:
    bed = Bed("nellcor-n560", frozenset({Signal.SPO2, Signal.HR}))
    await bed.start()
    await bed.at(0)
    assert set(bed.samples[0].signals) == {Signal.SPO2}
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_f31_a_line_that_repeats_measures_nothing(model: str) -> None:
    """F31, (A) R8: a monitor that has stopped and prints its last line for ever is not fresh."""
    bed = Bed(model)
    await bed.start()
    assert (await bed.at(0)).measured
    for _ in range(50):
        await asyncio.sleep(bed.interval_s)
        again = await bed.at(0)
        assert (again.value, again.validity, again.measured) == (Decimal(98), Validity.VALID, False)
    assert (await bed.at(100)).measured
    assert not bed.run.done()
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_a_clock_set_back_costs_one_line_and_set_forward_none(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    told = [(await bed.at(second)).measured for second in (3600, 3602, 0, 2, 7200, 7202)]
    assert told == [True, True, False, True, True, True]
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_f31_what_the_wire_held_back_is_as_old_as_it_is(model: str) -> None:
    """F31: the age of a value is the time it was measured; a backlog of a minute does not look new."""
    bed = Bed(model)
    await bed.start()
    step = int(bed.interval_s)
    begun = asyncio.get_running_loop().time()
    for second in range(0, 20, step):
        await bed.at(second)
        await asyncio.sleep(step)
    await asyncio.sleep(5 * step)
    frozen = int(asyncio.get_running_loop().time() - begun)
    for second in range(20, frozen + 1, step):
        one = await bed.at(second, 99)
        true_age = frozen - second
        assert one.measured
        assert true_age <= one.age_s <= true_age + step + 1
    for second in (frozen + step, frozen + 2 * step):
        await asyncio.sleep(step)
        one = await bed.at(second)
    assert one.age_s == 0
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_a_monitor_that_was_quiet_itself_is_fresh_with_its_next_line(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    await bed.at(0)
    await asyncio.sleep(6 * bed.interval_s)
    one = await bed.at(int(6 * bed.interval_s))
    assert one.measured
    assert one.age_s <= bed.interval_s
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_lines_that_come_a_little_late_have_no_age(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    ages = set()
    for number in range(100):
        ages.add((await bed.at(int(number * bed.interval_s))).age_s)
        await asyncio.sleep(bed.interval_s * (1.3 if number % 2 else 0.7))
    assert ages == {0}
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_f31_a_silent_monitor_is_given_up(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    await bed.at(0)
    with pytest.raises(NoReply, match="no line of values for"):
        await bed.run
    assert asyncio.get_running_loop().time() == pytest.approx(10.5 * bed.interval_s)
    await bed.start()
    assert (await bed.at(60)).measured
    assert len(bed.identities) == 2
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_f31_what_comes_after_a_new_connection_may_still_be_old(model: str) -> None:
    """F31: the wire froze, the port was opened anew, then all came at once: it is not from now."""
    bed = Bed(model)
    await bed.start()
    await bed.at(0)
    with pytest.raises(NoReply):
        await bed.run
    await bed.start()
    await asyncio.sleep(5 * bed.interval_s)
    assert (await bed.at(2)).age_s >= 15 * bed.interval_s - 3
    await bed.stop()


@virtual
async def test_f31_a_monitor_that_prints_headings_only_is_silent() -> None:
    """The settings line says 90-100%; nothing is delivered, and it is no sign of life."""
    bed = Bed("nellcor-n560")
    await bed.start()
    for _ in range(30):
        if not bed.run.done():
            bed.cable.b.write(NELLCOR_SETTINGS)
            await asyncio.sleep(1)
    assert bed.samples == []
    with pytest.raises(NoReply):
        await bed.run


@virtual
async def test_f31_another_output_mode_is_silence_and_ends_with_the_mode() -> None:
    """A Masimo is shipped in ASCII2: what it then prints is no value, and no sign of life."""
    bed = Bed("masimo-ascii1")
    await bed.start()
    await bed.at(0)
    for second in range(9):
        bed.cable.b.write(f"02/22/16,12:00:{second:02},98,70\r\n".encode())
        await asyncio.sleep(1)
    assert len(bed.samples) == 1
    assert (await bed.at(9)).measured
    for second in range(12):
        if not bed.run.done():
            bed.cable.b.write(f"02/22/16,12:00:{second:02},98,70\r\n".encode())
            await asyncio.sleep(1)
    with pytest.raises(NoReply):
        await bed.run


OFF = {"nellcor-n560": nellcor("---", "---", "---", "SO"), "masimo-ascii1": masimo("---%", "---", "000820")}
HELD = {"nellcor-n560": nellcor("98", "70", "5", "PS"), "masimo-ascii1": masimo(exc="000808")}
DOUBT = {"nellcor-n560": nellcor(codes="MO"), "masimo-ascii1": masimo(exc="000804")}


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_f31_a_sensor_off_is_told_and_is_no_silence(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    for _ in range(40):
        one = await bed.say(OFF[model])
        assert (one.value, one.validity, one.measured) == (None, Validity.INACTIVE, False)
        await asyncio.sleep(bed.interval_s)
    assert not bed.run.done()
    held = await bed.say(HELD[model])
    assert (held.value, held.validity, held.measured) == (None, Validity.INVALID, False)
    doubt = await bed.say(DOUBT[model])
    assert (doubt.value, doubt.validity) == (Decimal(98), Validity.QUESTIONABLE)
    await bed.stop()


@virtual
async def test_f12_another_serial_number_is_another_monitor() -> None:
    """F12: it measures nothing until a second line names it too, and then it is told who it is."""
    bed = Bed("masimo-ascii1")
    await bed.start()
    other = [masimo(at=f"12:00:{second:02}", sn="0000099999") for second in range(10)]
    assert (await bed.at(0)).measured
    assert not (await bed.say(other[1])).measured
    assert (await bed.at(2)).measured
    assert not (await bed.say(other[3])).measured
    assert len(bed.identities) == 1
    assert (await bed.say(other[4])).measured
    assert [one.detail for one in bed.identities] == ["serial number 0000056661", "serial number 0000099999"]
    assert (await bed.say(other[5])).measured
    assert len(bed.identities) == 2
    await bed.stop()


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_link_loss_ends_the_run(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    bed.cable.unplug()
    with pytest.raises(LinkLost):
        await bed.run
    await bed.monitor.close()
    with pytest.raises(LinkLost):
        await bed.monitor.run(bed.identities.append, bed.samples.append)


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_what_the_receiver_of_samples_raises_ends_the_run(model: str) -> None:
    bed = Bed(model)

    def broken(_: VitalsSample) -> None:
        raise RuntimeError("the receiver")

    await bed.cable.b.open(bed.sent_to_it.append, lambda _: None)
    run = asyncio.create_task(bed.monitor.run(bed.identities.append, broken))
    await settle()
    bed.cable.b.write(line_at(model, 0))
    with pytest.raises(RuntimeError, match="the receiver"):
        await run


@pytest.mark.parametrize("model", MODELS)
@virtual
async def test_half_a_line_of_the_connection_before_is_forgotten(model: str) -> None:
    bed = Bed(model)
    await bed.start()
    bed.cable.b.write(line_at(model, 0)[:30])
    await settle()
    await bed.stop()
    await bed.start()
    assert (await bed.at(2)).measured
    await bed.stop()


def test_times_no_clock_shows() -> None:
    for wrong in ((16, 0, 1, 0, 0, 0), (16, 13, 1, 0, 0, 0), (16, 1, 32, 0, 0, 0), (16, 1, 1, 24, 0, 0)):
        with pytest.raises(BadFrame, match="time"):
            stamp(*wrong)
    assert stamp(17, 1, 1, 0, 0, 0) > stamp(16, 12, 31, 23, 59, 59)


def test_the_age_of_a_backlog_goes_down_with_each_line_and_never_below_zero() -> None:
    ages = Ages(Decimal(2))
    assert ages.age_s(100) == 0
    ages.waited(Decimal(3))
    ages.waited(Decimal(2))
    assert [ages.age_s(at) for at in (102, 104, 106, 108)] == [5, 3, 1, 0]


def test_a_clock_that_went_back_leaves_no_age_behind() -> None:
    """A monitor that was off for an hour and lost its clock is fresh with its second line."""
    ages = Ages(Decimal(2))
    ages.age_s(100)
    ages.waited(Decimal(3600))
    assert ages.age_s(50) is None
    assert ages.age_s(52) == 0
