"""The HL7 feed beside a served bed, against a receiver we did not write: slow, refusing, gone and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import hl7
import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.bedside import Check
from daemon.feeds.hl7 import book, sending
from daemon.feeds.hl7 import feed as feeds
from daemon.feeds.hl7.sending import Sender
from tests.control.bench import Door
from tests.feeds.hl7_messages import BED
from tests.feeds.receiver import accepts, receiver
from tests.journal.files import until
from tests.terminal import beds


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path)
    await made.open()
    yield made
    await made.close()


@asynccontextmanager
async def feed(door: Door, port: int) -> AsyncIterator[feeds.Hl7Feed]:
    """The feed of this bed while the context lasts."""
    told = door.folder / "told.hl7"
    sender = Sender(sending.Receiver("127.0.0.1", port))
    made = feeds.Hl7Feed(BED, sender, door.path, door.store.path, told, door.clock)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def lost(door: Door, why: str = "mqtt: gone") -> None:
    door.supervisor.submit(inp.FeedsLost(why))


def back(door: Door) -> None:
    door.supervisor.submit(inp.FeedsBack())


async def test_an_alarm_of_the_bed_reaches_the_receiver_and_its_end(door: Door) -> None:
    async with receiver() as ward, feed(door, ward.port):
        lost(door)
        await until(lambda: ward.phases() == ["feed_lost start"])
        back(door)
        await until(lambda: ward.phases() == ["feed_lost start", "feed_lost end"])


async def test_numerics_come_by_themselves_and_alerts_before_them(door: Door) -> None:
    lost(door)
    async with receiver() as ward, feed(door, ward.port):
        await until(lambda: "R01" in ward.kinds())
        assert ward.kinds()[0] == "R40"


async def test_h4_an_answer_to_another_message_is_none(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """(A) H4: MSA-2 alone says what is answered; the same message goes out again under the same control
    id."""
    monkeypatch.setattr(sending, "ANSWER_S", 0.2)
    monkeypatch.setattr(feeds, "AGAIN_S", 0.01)

    def wrong_then_right(message: hl7.Message) -> hl7.Message:
        answer = message.create_ack("AA")
        if len(ward.got) == 1:
            answer.segment("MSA")[2] = "another"
        return answer

    async with receiver() as ward:
        ward.answers = wrong_then_right
        lost(door)
        async with feed(door, ward.port):
            await until(lambda: len(ward.phases()) >= 2)
    ids = [str(message.segment("MSH")[10]) for message in ward.got[:2]]
    assert ids[0] == ids[1]
    assert str(ward.got[0]) == str(ward.got[1])
    assert ward.phases()[:2] == ["feed_lost start", "feed_lost start"]


async def test_h4_no_answer_is_told_to_the_bed_and_taken_back(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) H4."""
    monkeypatch.setattr(sending, "ANSWER_S", 0.2)
    monkeypatch.setattr(feeds, "AGAIN_S", 0.01)
    async with receiver() as ward:
        ward.answers = lambda _: None
        async with feed(door, ward.port) as one:
            await until(lambda: "has not answered" in one.why())
            ward.answers = accepts
            await until(lambda: one.why() == "")


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
async def test_h4_a_refusal_is_told_and_blocks_nothing(code: str, door: Door) -> None:
    """(A) H4."""
    async with receiver() as ward:
        ward.answers = lambda message: message.create_ack(code if len(ward.got) == 1 else "AA")
        lost(door)
        async with feed(door, ward.port) as one:
            await until(lambda: len(ward.got) >= 2)
            assert one.why().startswith(f"the receiver answers {code}")
    assert len({str(message.segment("MSH")[10]) for message in ward.got}) == len(ward.got)


async def test_h4_after_a_receiver_was_away_it_has_the_truth_and_nothing_twice(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) A8, H4: what began and ended meanwhile is told too, out of the record."""
    monkeypatch.setattr(feeds, "AGAIN_S", 0.01)
    async with receiver() as ward, feed(door, ward.port):
        lost(door)
        await until(lambda: ward.phases() == ["feed_lost start"])
        await ward.close()
        back(door)
        door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
        await until(lambda: "held_operator" in door.supervisor.state.alarms)
        await ward.open()
        await until(lambda: "held_operator start" in ward.phases())
        await until(lambda: "feed_lost end" in ward.phases())
    assert sorted(ward.phases()) == ["feed_lost end", "feed_lost start", "held_operator start"]


async def test_a8_an_alarm_that_was_missed_whole_is_told_with_start_and_end(door: Door) -> None:
    """(A) A8."""
    lost(door)
    back(door)
    await door.journal.durable(door.journal.seq)
    async with receiver() as ward, feed(door, ward.port):
        await until(lambda: "R01" in ward.kinds())
    assert ward.phases() == ["feed_lost start", "feed_lost end"]


async def test_a_feed_that_starts_anew_goes_on_where_it_was(door: Door) -> None:
    lost(door)
    async with receiver() as ward:
        async with feed(door, ward.port):
            await until(lambda: ward.phases() == ["feed_lost start"])
            await until(lambda: "feed_lost" in str(book.load(door.folder / "told.hl7").told))
        back(door)
        await door.journal.durable(door.journal.seq)
        async with feed(door, ward.port):
            await until(lambda: len(ward.phases()) == 2)
            await until(lambda: "R01" in ward.kinds())
    assert ward.phases() == ["feed_lost start", "feed_lost end"]


async def test_a_daemon_that_is_gone_is_an_alert_of_the_feed_itself(door: Door) -> None:
    async with receiver() as ward, feed(door, ward.port):
        await until(lambda: "R01" in ward.kinds())
        await door.server.close()
        await until(lambda: ward.phases() == ["daemon_silent start"])
        await door.server.open()
        door.server.followers.beat()
        await until(lambda: ward.phases() == ["daemon_silent start", "daemon_silent end"])


async def test_h5_the_patient_is_named_once_a_person_has_matched_him(tmp_path: Path) -> None:
    """(A) H5."""
    event = ev.PatientConfirmed("Ann")
    bedside = replace(beds.RUNNING.bedside, checked={Check.PATIENT: beds.NOW})
    door = Door(tmp_path, replace(beds.RUNNING, bedside=bedside))
    await door.open()
    async with receiver() as ward, feed(door, ward.port):
        await until(lambda: len(ward.got) >= 1)
        assert str(ward.got[0].segment("PID")[3]) == ""
        door.journal.append([event], at_ms=door.clock.ms)
        await door.journal.durable(door.journal.seq)
        lost(door)
        await until(lambda: len(ward.phases()) == 1)
    assert str(ward.got[-1].segment("PID")[3]).startswith(door.supervisor.state.bedside.patient)
    await door.close()


def test_a_book_that_cannot_be_read_is_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "told"
    for text in (
        "",
        "[]",
        "{}",
        '{"seq": "x", "told": {}, "ended": []}',
        '{"seq": 1, "told": 3, "ended": []}',
    ):
        path.write_text(text)
        assert book.load(path) == book.Book()
