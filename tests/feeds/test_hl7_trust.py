"""Whose alarm it is, when it is over, which journal it stands in: what the HL7 feed never gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import hl7
import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.bedside import Check
from daemon.feeds import silence
from daemon.feeds.hl7 import book, sending
from daemon.feeds.hl7 import feed as feeds
from daemon.feeds.hl7.alerts import CONTINUE_S, Alerts
from daemon.feeds.hl7.numerics_message import numerics_message
from daemon.feeds.hl7.sending import Sender
from tests.control.bench import Door
from tests.feeds.hl7_messages import AT, BED, read
from tests.feeds.receiver import Receiver, receiver
from tests.feeds.test_hl7_alerts import alarm, status
from tests.feeds.test_hl7_feed import back, feed, lost
from tests.feeds.test_mqtt_feed import running
from tests.journal.files import chained, facts, until, written
from tests.terminal import beds

MATCHED = replace(
    beds.RUNNING, bedside=replace(beds.RUNNING.bedside, checked={Check.PATIENT: beds.NOW}, patient="MRN-B")
)


def opened(patient: str) -> ev.RunOpened:
    state = beds.RUNNING
    return ev.RunOpened(
        plan=state.plan,
        pumps=(state.fitted,),
        bed=state.bed,
        wire_factor=state.wire_factor,
        simulated=True,
        patient=patient,
        codes=state.bedside.codes,
    )


def patients(ward: Receiver) -> list[str]:
    """PID-3 of every alert, its first component."""
    alerts = [one for one in ward.got if "R40" in str(one.segment("MSH")[9])]
    return [str(one.segment("PID")[3]).split("^")[0] for one in alerts]


def ids(ward: Receiver) -> list[str]:
    """OBR-3 of every alert."""
    alerts = [one for one in ward.got if "R40" in str(one.segment("MSH")[9])]
    return [str(one.segment("OBR")[3]) for one in alerts]


def alone(folder: Path, port: int, events: Sequence[ev.Event]) -> feeds.Hl7Feed:
    """A feed with a journal and no daemon."""
    journal = written(folder / "journal.db", chained(events))
    sender = Sender(sending.Receiver("127.0.0.1", port))
    return feeds.Hl7Feed(BED, sender, folder / "none", journal, folder / "told.hl7", Door(folder).clock)


async def test_f12_h5_a_long_record_of_another_patient_lends_nobody_his_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F12, (A) H5: while the feed still reads of the run before, an alarm of this run names nobody."""
    monkeypatch.setattr(feeds, "RECORDS_MAX", 2)
    door = Door(tmp_path, MATCHED)
    await door.open()
    before = [opened("MRN-A"), ev.PatientConfirmed("Ann"), *facts(20), opened("MRN-B")]
    door.journal.append([*before, ev.PatientConfirmed("Ann")], at_ms=beds.NOW)
    lost(door)
    await door.journal.durable(door.journal.seq)
    async with receiver() as ward, feed(door, ward.port):
        await until(lambda: len(patients(ward)) == 1)
        door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
        await until(lambda: "MRN-B" in patients(ward))
    await door.close()
    assert "MRN-A" not in patients(ward)


async def test_f12_h5_what_is_told_late_names_the_patient_of_its_own_run(tmp_path: Path) -> None:
    """F12, (A) H5: an alarm of the run before, never told: his, and not of who lies there now."""
    raised: list[ev.Event] = [ev.AlarmRaised("feed_lost", "a"), ev.AlarmCleared("feed_lost")]
    first = [opened("MRN-A"), ev.PatientConfirmed("Ann"), *raised, ev.AlarmRaised("sound_lost", "b")]
    async with receiver() as ward:
        one = alone(tmp_path, ward.port, [*first, opened("MRN-B"), ev.PatientConfirmed("Ann"), *raised])
        async with running(one.run()):
            await until(lambda: len(ward.phases()) >= 7)
    told = [pair for pair in zip(ward.phases(), patients(ward), strict=True) if "silent" not in pair[0]]
    assert told == [
        ("feed_lost start", "MRN-A"),
        ("feed_lost end", "MRN-A"),
        ("sound_lost start", "MRN-A"),
        ("sound_lost end", "MRN-A"),
        ("feed_lost start", "MRN-B"),
        ("feed_lost end", "MRN-B"),
    ]


async def test_h1_a_feed_that_starts_while_the_daemon_is_dead_ends_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) H1: it knows nothing of the bed, so nothing is over; and what goes on is never told under an old
    id."""
    monkeypatch.setattr(feeds, "AGAIN_S", 0.01)
    door = Door(tmp_path)
    await door.open()
    lost(door)
    async with receiver() as ward:
        async with feed(door, ward.port):
            await until(lambda: ward.phases() == ["feed_lost start"])
            await until(lambda: "feed_lost" in str(book.load(tmp_path / "told.hl7").told))
        await door.server.close()
        async with feed(door, ward.port):
            await until(lambda: "daemon_silent start" in ward.phases())
            await until(lambda: silence.ID in str(book.load(tmp_path / "told.hl7").told))
            assert "feed_lost end" not in ward.phases()
            await door.server.open()
            door.server.followers.beat()
            await until(lambda: "daemon_silent end" in ward.phases())
            back(door)
            await until(lambda: "feed_lost end" in ward.phases())
    await door.close()
    assert sorted(ward.phases()) == [
        "daemon_silent end",
        "daemon_silent start",
        "feed_lost end",
        "feed_lost start",
    ]
    assert len(set(ids(ward))) == len(ids(ward))
    assert silence.ID not in str(book.load(tmp_path / "told.hl7").ended)


def test_h1_what_is_not_known_goes_on() -> None:
    """(A) H1: a receiver that counts on the keep-alive must not take the feed's ignorance for an end."""
    alerts = Alerts()
    first = alerts.due(status(alarm()), AT)
    assert first is not None
    alerts.done(first)
    later = AT + timedelta(seconds=CONTINUE_S)
    assert alerts.due(status(), AT + timedelta(seconds=1), known=False) is None
    again = alerts.due(status(), later, known=False)
    assert again is not None
    assert (again.phase, again.key) == ("continue", first.key)


def test_f36_times_of_a_fast_simulation_are_wall_time() -> None:
    """F36: what is 600 s ago for the engine is 10 s ago on the ward's clock."""
    began = Alerts().due({**status(alarm(since_s=600)), "speed": 60}, AT)
    assert began is not None
    assert began.began == AT - timedelta(seconds=10)
    last = {**beds.seen(beds.RUNNING), "speed": 60}
    quiet = silence.silent(last, 1_000, 11_000, "gone")
    assert quiet["alarms"][-1]["since_s"] == 600
    last["pump"] = {**last["pump"], "read_s": 120, "linked": True}
    told = read(numerics_message(BED, last, "1", "", AT))
    assert str(told.segment("OBR")[7]) == "20270314091505.120+0000"


async def test_a8_another_journal_is_told_from_its_beginning(tmp_path: Path) -> None:
    """(A) A8: the damaged file was set aside, and numbers begin anew: they are no numbers of the old one."""
    raised: list[ev.Event] = [ev.AlarmRaised("feed_lost", "a"), ev.AlarmCleared("feed_lost")]
    async with receiver() as ward:
        one = alone(tmp_path, ward.port, [opened("MRN-A"), *facts(9), *raised])
        async with running(one.run()):
            await until(lambda: "feed_lost end" in ward.phases())
            (tmp_path / "journal.db").rename(tmp_path / "journal.db.damaged-1")
            fresh: list[ev.Event] = [
                opened("MRN-B"),
                ev.AlarmRaised("sound_lost", "b"),
                ev.AlarmCleared("sound_lost"),
            ]
            written(tmp_path / "journal.db", chained(fresh))
            await until(lambda: "sound_lost end" in ward.phases())


async def test_a10_a_message_that_is_never_answered_holds_up_no_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) A10: a receiver that swallows what it does not know, here PCD-01."""
    monkeypatch.setattr(sending, "ANSWER_S", 0.2)
    monkeypatch.setattr(feeds, "AGAIN_S", 0.01)
    door = Door(tmp_path)
    await door.open()

    def only_alerts(message: hl7.Message) -> hl7.Message | None:
        return message.create_ack("AA") if "R40" in str(message.segment("MSH")[9]) else None

    async with receiver() as ward, feed(door, ward.port) as one:
        ward.answers = only_alerts
        await until(lambda: "has not answered" in one.why())
        lost(door)
        await until(lambda: ward.phases() == ["feed_lost start"])
        back(door)
        await until(lambda: ward.phases() == ["feed_lost start", "feed_lost end"])
    numerics = {str(message.segment("MSH")[10]) for message in ward.got if "R01^" in str(message[0][9])}
    assert len(numerics) == 1, "the same message, under its own control id"
    await door.close()
