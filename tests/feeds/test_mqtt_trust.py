"""No alarm taken away unknown, no record lost to a refusal, no flapping: what MQTT never gets wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.feeds import following
from daemon.feeds.following import Following
from daemon.feeds.mqtt import feed as feeds
from daemon.feeds.mqtt.client import Broker
from daemon.feeds.mqtt.cursor import Cursor
from daemon.feeds.mqtt.receipts import CONFIRM_MS, Receipts
from daemon.station.listening import Listening
from daemon.station.ward import Ward
from tests.control.bench import Door
from tests.feeds.test_mqtt_feed import PLACE, Heard, broker, door, guarded, lost, made, quick, running
from tests.journal.files import chained, facts, until, written
from tests.mosquitto import Mosquitto
from tests.needs import needs

pytestmark = needs("mosquitto")
__all__ = ["broker", "door", "guarded", "quick"]


async def kept(port: int, alarm: str) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish(PLACE.topic("alarm", alarm), b'{"id": "x"}', qos=1, retain=True)


async def test_a7_a_feed_that_starts_while_the_daemon_is_dead_takes_no_alarm_away(
    door: Door, broker: Mosquitto
) -> None:
    """(A) A7: what it does not know is not over; when the daemon is heard, what is over goes."""
    await door.server.close()
    await kept(broker.port, "held_vitals")
    heard = Heard(broker.port)
    async with running(heard.run(), made(door, broker.port).run()):
        await until(lambda: bool(heard.of("alarm/daemon_silent")) and bool(heard.of("canary")))
        await until(lambda: bool(heard.of("event")))
        assert None not in heard.of("alarm/held_vitals")
        await door.server.open()
        door.server.followers.beat()
        await until(lambda: heard.of("alarm/held_vitals")[-1] is None)
        await until(lambda: heard.of("alarm/daemon_silent")[-1] is None)


async def test_a_feed_that_has_not_heard_yet_says_nothing_of_its_daemon(
    door: Door, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) A6: its start is no "SILENT" on the board."""
    opened = asyncio.open_unix_connection

    async def slow(*args: Any, **more: Any) -> Any:
        await until(lambda: bool(heard.of("canary")))
        await asyncio.sleep(0.6)
        return await opened(*args, **more)

    monkeypatch.setattr("daemon.feeds.following.asyncio.open_unix_connection", slow)
    heard = Heard(broker.port)
    async with running(heard.run(), made(door, broker.port).run()):
        await until(lambda: bool(heard.of("state")))
    assert heard.of("state")[0]["state"] == "online"


async def test_a8_what_the_broker_refuses_is_told_again_when_it_may(
    door: Door, guarded: Callable[[str], Mosquitto], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) A8, A9: rules turned against the bed, and mended: no record and no alarm was lost by it."""
    monkeypatch.setattr(feeds, "REFUSED_AGAIN_MS", 0)
    branch = "infusiond/v1/general/allergy/bed-4"
    one = guarded(f"topic deny {branch}/event\ntopic deny {branch}/alarm/feed_lost")
    bed, place = made(door, one.port, user="bed"), door.store.path.with_name("journal.db.mqtt")
    async with running(bed.run()):
        lost(door)
        await until(lambda: "Not authorized" in bed.why())
        await asyncio.sleep(0.6)
        assert not place.exists()
        rules = (tmp_path / "acl").read_text()
        (tmp_path / "acl").write_text(rules.replace("topic deny", "topic read"))
        one.reread()
        await until(lambda: place.exists() and int(place.read_text().split()[0]) == door.journal.seq)
        await until(lambda: bed._alarms.get("feed_lost", {}) != {})


async def test_a_loop_that_hangs_is_one_silence_whatever_else_still_speaks(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) A12: the door answers every new connection; the supervising loop does not turn."""
    monkeypatch.setattr(following, "SILENT_S", 0.1)
    monkeypatch.setattr(following, "AGAIN_S", 0.01)
    words: list[str] = []
    ear = Following(door.path, lambda _: words.append("heard"), lambda _: words.append("lost"))
    async with running(ear.run()):
        await until(lambda: "lost" in words)
        for _ in range(10):
            door.supervisor.submit(inp.FeedsLost("x"))
            door.supervisor.submit(inp.FeedsBack())
            await asyncio.sleep(0.06)
        assert words.count("lost") == 1
        assert words[-1] == "lost"
        door.server.followers.beat()
        await until(lambda: words[-1] == "heard")


def test_a5_a_broker_that_never_answers_excuses_no_receipt() -> None:
    """(A) A5: the link is lost each second; nobody has the alarm, and after 5 s the bed knows."""
    receipts = Receipts()
    receipts.active([("held_vitals", "v-1")], 0)
    for now in range(0, CONFIRM_MS, 1_000):
        receipts.link_lost(now)
    assert receipts.overdue(CONFIRM_MS) == ["held_vitals"]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return written(tmp_path / "journal.db", chained(facts(10)))


def told(cursor: Cursor) -> list[int]:
    records = cursor.next(99)
    for record in records:
        cursor.done(record)
    cursor.save()
    return [record.seq for record in records]


@pytest.mark.parametrize("beside", [True, False], ids=["while it reads", "before it starts"])
def test_a8_another_journal_in_its_place_is_read_from_its_beginning(journal: Path, *, beside: bool) -> None:
    """(A) A8: a damaged file was set aside; the new one has its own number 10."""
    cursor = Cursor(journal)
    assert told(cursor) == list(range(1, 11))
    assert told(cursor) == []
    if not beside:
        cursor.close()
        cursor = Cursor(journal)
    journal.rename(journal.with_name("journal.db.damaged-1"))
    other: list[ev.Event] = [ev.StopOrdered("another"), *facts(11)]
    written(journal, chained(other))
    assert told(cursor) == list(range(1, 13))
    cursor.close()


async def test_a_station_whose_receipts_are_refused_hears_and_says_so(door: Door, tmp_path: Path) -> None:
    """An observer's rules: it sees the ward, and no bed counts on it."""
    acl = tmp_path / "acl"
    acl.write_text("user bed\ntopic readwrite infusiond/#\nuser station\ntopic read infusiond/#\n")
    acl.chmod(0o600)
    one = Mosquitto(tmp_path, [f"acl_file {acl}"])
    one.start()
    ward = Ward()
    where = Broker("127.0.0.1", one.port, username="station", password=str(acl))
    station = Listening(where, ward, door.clock, "desk-1")
    async with running(station.run(), made(door, one.port, user="bed").run()):
        lost(door)
        await until(lambda: station.unconfirmed != "")
        assert station.down == ""
        assert [alarm["id"] for alarm in ward.rows(door.clock.ms)[0].alarms] == ["feed_lost"]
    one.kill()


async def test_a_subscription_that_is_refused_is_no_quiet_ward(
    door: Door, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that says no, as others than Mosquitto do."""
    granted = aiomqtt.Client.subscribe

    async def refused(*args: Any, **more: Any) -> list[int]:
        await granted(*args, **more)
        return [0x87]

    monkeypatch.setattr(aiomqtt.Client, "subscribe", refused)
    station = Listening(Broker("127.0.0.1", broker.port), Ward(), door.clock, "desk-1")
    async with running(station.run()):
        await until(lambda: "refuses" in station.down)
        await asyncio.sleep(0.3)
        assert "refuses" in station.down


async def test_a7_while_its_own_line_is_lost_a_station_shows_the_last_it_heard(
    door: Door, broker: Mosquitto
) -> None:
    """(A) A7: and with the line it takes the whole truth anew."""
    ward = Ward()
    station = Listening(Broker("127.0.0.1", broker.port), ward, door.clock, "desk-1")

    def alarms() -> list[str]:
        return [str(alarm["id"]) for row in ward.rows(door.clock.ms) for alarm in row.alarms]

    await kept(broker.port, "held_vitals")
    async with running(station.run()):
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            told = b'{"id": "held_vitals", "key": "held_vitals-1", "priority": "HIGH"}'
            await client.publish(PLACE.topic("alarm", "held_vitals"), told, qos=1, retain=True)
        await until(lambda: alarms() == ["held_vitals"])
        broker.kill()
        await until(lambda: "the broker is not reached" in station.down)
        assert alarms() == ["held_vitals"]
        broker.start()
        await until(lambda: station.down == "")
        await until(lambda: alarms() == [])
