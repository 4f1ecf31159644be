"""What a bed believes of its feeds to the ward, and what it says to those who follow it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from daemon.control.feeds import ACKNOWLEDGED_MAX, LOST_MS, NAME_MAX, STEADY_MS, WHY_MAX, Feeds
from daemon.control.followers import BEHIND_MAX
from daemon.engine import inputs as inp
from daemon.feeds.following import Following, Heard
from tests.control.bench import Door, request
from tests.journal.files import until

WELL = {"feed": "mqtt", "ok": True}
ANSWER_S = 10.0


class Bed:
    """Feeds with a clock moved by hand; `said` is what the engine was told."""

    def __init__(self, *names: str) -> None:
        self.ms = 1_000
        self.said: list[inp.Input] = []
        self.feeds = Feeds(names, self.said.append, lambda: self.ms)

    def passes(self, ms: int, word: dict[str, Any] | None = None) -> list[inp.Input]:
        for _ in range(ms // 500):
            self.ms += 500
            if word is not None:
                self.feeds.heard(word)
            self.feeds.tick()
        told, self.said[:] = list(self.said), []
        return told


def test_a_bed_without_feeds_says_nothing() -> None:
    bed = Bed()
    assert bed.passes(60_000) == []
    bed.feeds.heard({"feed": "mqtt", "ok": False, "why": "nobody asked it"})
    assert bed.passes(500) == []


def test_a9_a_feed_that_never_comes_up_is_told_after_ten_seconds_and_once() -> None:
    """(A) A9: silence of a feed is an alarm."""
    bed = Bed("mqtt")
    assert bed.passes(LOST_MS) == []
    assert bed.passes(500) == [inp.FeedsLost("mqtt: no word for 10 s")]
    assert bed.passes(60_000) == []
    assert bed.passes(STEADY_MS - 500, WELL) == []
    assert bed.passes(500, WELL) == [inp.FeedsBack()]


def test_a12_a_feed_that_comes_and_goes_is_one_alarm() -> None:
    """(A) A12: a broker that takes every connection and drops it, for ten minutes."""
    bed, told = Bed("mqtt"), []
    for _ in range(200):
        told += bed.passes(1_000, {"feed": "mqtt", "ok": False, "why": "the connection is lost"})
        told += bed.passes(2_000, WELL)
    assert told == [inp.FeedsLost("mqtt: the connection is lost")]
    assert bed.passes(STEADY_MS, WELL) == [inp.FeedsBack()]


def test_a9_a_feed_that_says_it_is_not_heard_is_believed_at_once() -> None:
    """(A) A9: a refused canary, a lost broker."""
    bed = Bed("mqtt", "hl7")
    well = {"feed": "hl7", "ok": True}
    bed.feeds.heard(well)
    assert bed.passes(500, {"feed": "mqtt", "ok": False, "why": "the broker refuses"}) == [
        inp.FeedsLost("mqtt: the broker refuses")
    ]
    bed.feeds.heard({"feed": "hl7", "ok": False})
    assert bed.passes(2 * STEADY_MS, WELL) == []
    told: list[inp.Input] = []
    for _ in range(STEADY_MS // 500):
        bed.feeds.heard(well)
        told += bed.passes(500, WELL)
    assert told == [inp.FeedsBack()]


def test_a_word_without_a_plain_yes_is_no_yes() -> None:
    bed = Bed("mqtt")
    assert bed.passes(500, {"feed": "mqtt", "ok": "true"}) == [inp.FeedsLost("mqtt: it gives no reason")]
    assert bed.passes(STEADY_MS, WELL) == [inp.FeedsBack()]
    long = bed.passes(500, {"feed": "mqtt", "ok": 1, "why": "x" * 5000})
    assert isinstance(long[0], inp.FeedsLost)
    assert len(long[0].reason) == len("mqtt: ") + WHY_MAX


def test_a5_alarms_without_a_receipt_are_told_until_there_are_none() -> None:
    """(A) A5: delivered and not confirmed is an alarm at the bed."""
    bed = Bed("mqtt")
    late = {**WELL, "unconfirmed": ["held_vitals", 3, "stop_not_confirmed"]}
    assert bed.passes(500, late) == [inp.AlarmsUnconfirmed("held_vitals, stop_not_confirmed")]
    assert bed.passes(500, {**WELL, "unconfirmed": "held_vitals"}) == [inp.AlarmsUnconfirmed("")]


async def _line(reader: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(ANSWER_S):
        said: dict[str, Any] = json.loads(await reader.readline())
        return said


async def _follow(door: Door) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(str(door.path))
    writer.write(request("follow"))
    return reader, writer


async def test_a_follower_is_told_at_once_at_each_beat_and_at_each_alarm(door: Door) -> None:
    reader, writer = await _follow(door)
    first = await _line(reader)
    assert first["beat"] == 0
    assert first["status"]["mode"] == "AUTOMATIC"
    door.server.followers.beat()
    assert (await _line(reader))["beat"] == 1
    door.supervisor.submit(inp.FeedsLost("mqtt: gone"))
    told = await _line(reader)
    assert told["beat"] == 1
    assert [alarm["id"] for alarm in told["status"]["alarms"]] == ["feed_lost"]
    writer.close()


async def test_a_hold_reaches_a_follower_in_one_line_and_after_the_stop(door: Door) -> None:
    reader, writer = await _follow(door)
    await _line(reader)
    door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
    assert door.pump.stops == 1
    told = await _line(reader)
    assert told["status"]["hold"]["causes"] == ["operator"]
    writer.close()


async def test_f9_who_watches_is_told_of_an_alarm_without_waiting_for_the_next_word(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F9: the annunciator watches; a quarter of a second may be the daemon's last."""
    monkeypatch.setattr("daemon.control.server.WATCH_S", 3600)
    reader, writer = await asyncio.open_unix_connection(str(door.path))
    writer.write(request("watch"))
    await _line(reader)
    door.supervisor.submit(inp.FeedsLost("mqtt: gone"))
    assert [alarm["id"] for alarm in (await _line(reader))["status"]["alarms"]] == ["feed_lost"]
    writer.close()


async def test_one_that_does_not_read_is_cut_off_and_disturbs_nobody(door: Door) -> None:
    deaf, deaf_writer = await _follow(door)
    await _line(deaf)
    deaf_writer.transport.pause_reading()  # type: ignore[attr-defined]
    reader, writer = await _follow(door)
    lines = 0
    while len(door.server.followers._writers) > 1:
        door.server.followers.beat()
        await _line(reader)
        lines += 1
        assert lines < BEHIND_MAX
    door.server.followers.beat()
    await _line(reader)
    deaf_writer.close()
    writer.close()


class Ear:
    """A following that notes."""

    def __init__(self, door: Door) -> None:
        self.heard: list[Heard] = []
        self.lost: list[str] = []
        self.event = asyncio.Event()
        self.following = Following(door.path, self._hear, self._lose)

    def _hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.event.set()

    def _lose(self, why: str) -> None:
        self.lost.append(why)
        self.event.set()

    async def next(self) -> None:
        async with asyncio.timeout(ANSWER_S):
            await self.event.wait()
        self.event.clear()


async def test_a_feed_hears_answers_and_notices_that_the_daemon_is_gone(door: Door) -> None:
    said: list[dict[str, Any]] = []
    door.server._feeds = Feeds(["mqtt"], lambda _: None, lambda: 0)
    door.server._feeds.heard = said.append  # type: ignore[assignment, method-assign]
    ear = Ear(door)
    task = asyncio.create_task(ear.following.run())
    await ear.next()
    ear.following.say(WELL)
    await until(lambda: bool(said))
    assert said == [WELL]
    await door.server.close()
    await ear.next()
    assert len(ear.lost) == 1
    await door.server.open()
    door.server.followers.beat()
    await ear.next()
    assert ear.heard[-1].status["mode"] == "AUTOMATIC"
    assert len(ear.lost) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


ANN = {"key": "held_vitals-5000", "by": "eve", "station": "desk"}
HEARD = inp.WardAcknowledged("held_vitals-5000", "eve", "desk", "mqtt")


def test_f40_an_acknowledgement_of_the_ward_is_told_with_name_and_station() -> None:
    """F40, (A) A4: as long as the feed that brought it is heard."""
    bed = Bed("mqtt", "hl7")
    well = {"feed": "hl7", "ok": True}
    assert bed.passes(500, well) == []
    assert bed.passes(500, {**WELL, "acknowledged": [ANN]}) == [HEARD]
    for _ in range(10):
        assert bed.passes(1_000, WELL) == []
        bed.feeds.heard(well)
    bed.feeds.heard({"feed": "hl7", "ok": False, "why": "refused"})
    assert bed.said == [inp.FeedsLost("hl7: refused")]
    bed.said.clear()
    bed.feeds.heard({"feed": "mqtt", "ok": False, "why": "no broker"})
    assert bed.said == [inp.WardUnheard("mqtt", "no broker")]
    bed.said.clear()
    assert bed.passes(2_000, {"feed": "mqtt", "ok": False, "why": "no broker"}) == []


def test_a4_a_feed_that_says_nothing_takes_its_acknowledgements_with_it() -> None:
    """(A) A4: silence is loss."""
    bed = Bed("mqtt")
    bed.feeds.heard({**WELL, "acknowledged": [ANN]})
    bed.said.clear()
    told = bed.passes(LOST_MS + 500)
    assert told == [inp.WardUnheard("mqtt", "no word for 10 s"), inp.FeedsLost("mqtt: no word for 10 s")]


@pytest.mark.parametrize(
    "given",
    [
        None,
        "x",
        [None, 3, []],
        [{**ANN, "by": " "}],
        [{**ANN, "station": ""}],
        [{"key": "held_vitals-5000", "by": "eve"}],
        [{**ANN, "key": 7}],
    ],
)
def test_a_nameless_acknowledgement_is_nothing(given: object) -> None:
    """It carries a name, a station and the key of one occurrence, or it is dropped."""
    bed = Bed("mqtt")
    bed.feeds.heard({**WELL, "acknowledged": given})
    assert bed.said == []


def test_what_a_lost_feed_says_of_the_ward_is_not_believed() -> None:
    """(A) A4: it comes from nobody who is heard."""
    bed = Bed("mqtt")
    bed.feeds.heard({"feed": "mqtt", "ok": False, "why": "no broker", "acknowledged": [ANN]})
    assert bed.said == [inp.FeedsLost("mqtt: no broker")]


def test_a_flood_of_acknowledgements_is_cut() -> None:
    bed = Bed("mqtt")
    bed.feeds.heard({**WELL, "acknowledged": [{**ANN, "by": "e" * 500}] * 5_000})
    assert len(bed.said) == ACKNOWLEDGED_MAX
    assert all(len(one.by) == NAME_MAX for one in bed.said if isinstance(one, inp.WardAcknowledged))
