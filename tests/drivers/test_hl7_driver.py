"""The receiver of HL7 messages: what is new and how old, by the sender's own time; every message answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from drivers.errors import NoReply
from drivers.links.memory import NullModem
from drivers.monitors.hl7_oru.driver import SILENT_MAX_S, Hl7Oru
from drivers.values import Measurement, MonitorIdentity, Signal, VitalsSample
from tests.drivers import hl7_lines as lines
from tests.drivers.hl7_lines import message
from tests.drivers.virtual import virtual


class Bed:
    """A driver, and a sender at the other end of the cable."""

    def __init__(self) -> None:
        self.cable = NullModem()
        self.driver = Hl7Oru(self.cable.a)
        self.samples: list[VitalsSample] = []
        self.identities: list[MonitorIdentity] = []
        self.answers: list[list[str]] = []

    def heard(self, data: bytes) -> None:
        segments = data.strip(b"\x0b\x1c\r").decode().split("\r")
        self.answers.append(segments[1].split("|")[1:3])

    async def send(self, *blocks: bytes) -> list[VitalsSample]:
        before = len(self.samples)
        for block in blocks:
            self.cable.b.write(block)
        await asyncio.sleep(0.01)
        return self.samples[before:]

    async def one(self, *rows: str, **head: str) -> dict[Signal, Measurement]:
        (sample,) = await self.send(message(*rows, **head))
        return dict(sample.signals)


@asynccontextmanager
async def bed() -> AsyncIterator[Bed]:
    made = Bed()
    await made.cable.b.open(made.heard, lambda _: None)
    running = asyncio.create_task(made.driver.run(made.identities.append, made.samples.append))
    await asyncio.sleep(0.01)
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def at(minute: int, second: int = 0) -> str:
    return f"202601011{minute // 60}{minute % 60:02}{second:02}"


def cuff(taken: str) -> tuple[str, ...]:
    return tuple(
        row.replace("20120510123500", taken) for row in (lines.NBP_SYS, lines.NBP_DIA, lines.NBP_MEAN)
    )


@virtual
async def test_f31_a_pressure_is_new_once_and_as_old_as_the_sender_says() -> None:
    """It stands in every message of a minute; the mean has no time of its own and shares the others'."""
    async with bed() as made:
        first = await made.one(*cuff(at(0)), control="1", sent=at(0, 40))
        assert {one.age_s for one in first.values() if one.measured} == {Decimal(40)}
        assert len(first) == 3
        await asyncio.sleep(60)
        again = await made.one(*cuff(at(0)), control="2", sent=at(1, 40))
        assert not any(one.measured for one in again.values())
        await asyncio.sleep(60)
        new = await made.one(*cuff(at(2, 30)), control="3", sent=at(2, 40))
        assert {one.age_s for one in new.values()} == {Decimal(10)}
        assert all(one.measured for one in new.values())


@virtual
async def test_f31_a_pressure_without_any_time_is_new_only_with_other_numbers() -> None:
    untimed = [row.partition("|||2012")[0] for row in (lines.NBP_SYS, lines.NBP_DIA)]
    other = [row.replace("|122|", "|90|") for row in untimed]
    async with bed() as made:
        for control, rows, new in (
            ("1", untimed, False),
            ("2", untimed, False),
            ("3", other, True),
            ("4", other, False),
        ):
            found = await made.one(*rows, control=control, sent=at(int(control)), observed=at(int(control)))
            assert {one.measured for one in found.values()} == {new}
            await asyncio.sleep(60)


@virtual
async def test_f31_a_message_said_again_measures_nothing_and_is_answered_again() -> None:
    block = message(lines.SPO2, control="77")
    async with bed() as made:
        assert len(await made.send(block)) == 1
        assert await made.send(block, block) == []
        assert made.answers == [["AA", "77"]] * 3


@virtual
async def test_f31_what_was_held_back_on_the_way_is_as_old_as_it_is() -> None:
    """Two minutes of messages come at once: their times differ, ours do not."""
    async with bed() as made:
        first = await made.one(lines.SPO2, control="1", sent=at(0))
        assert first[Signal.SPO2] == Measurement(Decimal(98), first[Signal.SPO2].validity)
        await asyncio.sleep(180)
        late = [message(lines.SPO2, control=str(n), sent=at(n - 1)) for n in (2, 3, 4)]
        ages = [sample.signals[Signal.SPO2].age_s for sample in await made.send(*late)]
        assert [round(age) for age in ages] == [120, 60, 0]


@virtual
async def test_f31_a_value_is_as_old_as_its_own_time_or_its_groups() -> None:
    async with bed() as made:
        found = await made.one(lines.SPO2, control="1", sent=at(5), observed=at(3))
        assert found[Signal.SPO2].age_s == 120
        own = lines.SPO2 + "|||" + at(4)
        found = await made.one(own, control="2", sent=at(5), observed=at(3))
        assert found[Signal.SPO2].age_s == 60


@virtual
async def test_f31_times_that_cannot_be_are_no_measurement() -> None:
    """(A) R6: A value from after its message, a message without a time, a sender's clock set back."""
    async with bed() as made:
        found = await made.one(lines.SPO2 + "|||" + at(9), control="1", sent=at(5))
        assert not found[Signal.SPO2].measured
        assert not (await made.one(lines.SPO2, control="2", sent=""))[Signal.SPO2].measured
        assert (await made.one(lines.SPO2, control="3", sent=at(6)))[Signal.SPO2].measured
        assert not (await made.one(lines.SPO2, control="4", sent=at(1)))[Signal.SPO2].measured
        assert (await made.one(lines.SPO2, control="5", sent=at(2)))[Signal.SPO2].measured


@virtual
async def test_a_pulse_of_the_cuff_is_as_old_as_the_cuff() -> None:
    by_cuff = lines.PULSE.replace("|SpO2", "|NBP")
    async with bed() as made:
        assert not (await made.one(by_cuff, control="1"))[Signal.PULSE].measured
        beat = (await made.one(by_cuff.replace("|80|", "|66|"), lines.PULSE, control="2"))[Signal.PULSE]
        assert (beat.value, beat.measured) == (Decimal(80), True)


@virtual
async def test_f12_the_patient_is_handed_on_with_the_values() -> None:
    async with bed() as made:
        (one,) = await made.send(message(lines.SPO2, patient="4711"))
        (other,) = await made.send(message(lines.SPO2, patient="9999", control="2"))
        assert (one.subject, other.subject) == ("4711", "9999")
        assert made.identities == [MonitorIdentity("hl7-oru", "sender MON ICU")]


@virtual
async def test_every_message_is_answered_and_nothing_else_is_ever_sent() -> None:
    """Slow, split, several in one chunk, too long, another type; an answer has no answer."""
    async with bed() as made:
        whole = message(lines.SPO2, control="1")
        for place in range(len(whole)):
            await made.send(whole[place : place + 1])
        await made.send(message(control="2") + message(lines.ALERT, control="3"))
        await made.send(message("x" * 70_000, control="4"), message(control="5", kind="ADT^A01"))
        await made.send(message(control="6", kind="ACK"), b"\x0bnonsense\x1c\r", b"noise")
        assert made.answers == [["AA", "1"], ["AA", "2"], ["AA", "3"], ["AE", "4"], ["AE", "5"]]
        assert len(made.samples) == 1


@virtual
async def test_f31_a_silent_sender_is_given_up() -> None:
    """A blank message is a sign of life, though it measures nothing."""
    made = Bed()
    await made.cable.b.open(made.heard, lambda _: None)
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(made.driver.run(made.identities.append, made.samples.append))
    await asyncio.sleep(SILENT_MAX_S - 10)
    await made.send(message())
    began = loop.time()
    with pytest.raises(NoReply, match="no message for 210 s"):
        await running
    assert round(loop.time() - began) in range(SILENT_MAX_S - 2, SILENT_MAX_S + 2)
