"""Canary, receipts, cursor and payloads of the MQTT feed: what is pure, by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.engine import events as ev
from daemon.feeds.mqtt import topics
from daemon.feeds.mqtt.canary import BACK_MS, EVERY_MS, Canary
from daemon.feeds.mqtt.cursor import Cursor
from daemon.feeds.mqtt.receipts import CONFIRM_MS, TEXT_MAX, Ack, Receipts, read_ack
from tests.journal.files import chained, facts, written
from tests.terminal import beds

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a9_a_canary_every_minute_that_must_come_back() -> None:
    """(A) A9."""
    canary = Canary()
    canary.anew(0)
    first = canary.due(0)
    assert first is not None
    assert canary.due(1) is None
    assert canary.why(BACK_MS - 1) == ""
    assert "does not come back" in canary.why(BACK_MS)
    canary.heard(b"of another feed", BACK_MS)
    assert canary.why(BACK_MS)
    canary.heard(first, BACK_MS)
    assert canary.why(BACK_MS) == ""
    assert canary.due(BACK_MS + EVERY_MS - 1) is None
    second = canary.due(BACK_MS + EVERY_MS)
    assert second not in {None, first}


def test_a5_an_alarm_without_a_receipt_is_overdue_after_five_seconds() -> None:
    """(A) A5."""
    receipts = Receipts()
    receipts.active([("held_vitals", "v-1"), ("pump_lost", "p-1")], 0)
    receipts.received("v-1")
    receipts.received("of no alarm")
    assert receipts.overdue(CONFIRM_MS - 1) == []
    assert receipts.overdue(CONFIRM_MS) == ["pump_lost"]
    receipts.active([("held_vitals", "v-1")], CONFIRM_MS)
    assert receipts.overdue(10 * CONFIRM_MS) == []


def test_a5_the_same_condition_again_needs_a_receipt_again() -> None:
    """(A) A5."""
    receipts = Receipts()
    receipts.active([("held_vitals", "v-1")], 0)
    receipts.received("v-1")
    receipts.active([("held_vitals", "v-2")], 100)
    assert receipts.overdue(100 + CONFIRM_MS) == ["held_vitals"]


def test_a4_after_a_lost_link_every_alarm_is_confirmed_anew() -> None:
    """(A) A4."""
    receipts = Receipts()
    receipts.active([("held_vitals", "v-1")], 0)
    receipts.received("v-1")
    receipts.link_lost(10_000)
    assert receipts.overdue(10_000 + CONFIRM_MS - 1) == []
    assert receipts.overdue(10_000 + CONFIRM_MS) == ["held_vitals"]


def test_what_a_station_says_is_cut_and_of_letters_that_can_be_sent_on() -> None:
    """(A) P11: a key of half a letter, or of a megabyte, ended the feed of the bed."""
    said = {"key": "held-1" + "x" * 1_000_000, "kind": "acknowledged", "station": "north", "by": "Ann \ud800"}
    found = read_ack(json.dumps(said).encode())
    assert found == Ack(said["key"][:TEXT_MAX], "acknowledged", "north", "Ann ?")
    assert read_ack(b'{"key": "a", "kind": "acknowledged", "station": "n", "by": 7}') == Ack(
        "a", "acknowledged", "n"
    )
    for other in (
        b"[" * 3000,
        b'{"key": "a", "kind": "order", "station": "n"}',
        b'{"kind": "received"}',
        b"\xff",
    ):
        assert read_ack(other) is None


def test_the_mirror_withholds_who_and_which_bag() -> None:
    """F12, F13: the ward's network learns neither the identifier nor what a code can be checked against."""
    state = beds.RUNNING
    opened = ev.RunOpened(
        plan=state.plan,
        pumps=(state.fitted,),
        bed=state.bed,
        wire_factor=state.wire_factor,
        simulated=True,
        patient=state.bedside.patient,
        codes=state.bedside.codes,
    )
    [record] = chained([opened])
    told = topics.event_of(record.content(), record.hash)
    assert told["withheld"] == ["codes", "patient"]
    text = topics.payload("event", 1, AT, told).decode()
    assert state.bedside.patient not in text
    assert not any(
        str(one) in text for one in record.content()["data"]["codes"].values() if len(str(one)) > 8
    )


def test_a_payload_is_json_with_its_schema_number_and_time() -> None:
    """(A) A11: and says what it is worth."""
    state = topics.state_of(beds.seen(beds.RUNNING))
    told = json.loads(topics.payload("state", 7, AT, state))
    assert (told["schema"], told["seq"], told["at"]) == (
        "infusiond.state/1",
        7,
        "2026-01-01T00:00:00.000+00:00",
    )
    assert told["feed"].startswith("informational")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return written(tmp_path / "journal.db", chained(facts(10)))


def test_the_cursor_goes_on_where_it_was(journal: Path) -> None:
    one = Cursor(journal)
    assert [record.seq for record in one.next(4)] == [1, 2, 3, 4]
    one.done(chained(facts(10))[2])
    one.save()
    one.close()
    assert [record.seq for record in Cursor(journal).next(99)] == [4, 5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("text", ["", "x", "-5", "\x00"])
def test_a_cursor_that_cannot_be_read_begins_at_the_first_record(text: str, journal: Path) -> None:
    journal.with_name("journal.db.mqtt").write_text(text)
    assert Cursor(journal).next(1)[0].seq == 1
