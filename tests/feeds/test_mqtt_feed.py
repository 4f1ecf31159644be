"""The MQTT feed beside a served bed, against a real Mosquitto: killed, frozen, emptied, turned against us."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import aiomqtt
import pytest
from aiomqtt import ProtocolVersion

from daemon.engine import inputs as inp
from daemon.feeds.mqtt import feed as feeds
from daemon.feeds.mqtt.client import Broker, Client
from daemon.feeds.mqtt.topics import Place
from daemon.station.listening import Listening, receipt
from daemon.station.ward import Presence, Ward
from tests.control.bench import Door
from tests.journal.files import until
from tests.mosquitto import Mosquitto, free_port
from tests.needs import needs

pytestmark = needs("mosquitto")

AMQTT = """
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""
PLACE = Place("general", "allergy", "bed-4")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    one = Mosquitto(tmp_path)
    one.start()
    yield one
    one.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "AGAIN_S", 0.05)
    monkeypatch.setattr(feeds, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr("daemon.station.listening.AGAIN_S", 0.05)


@asynccontextmanager
async def running(*coroutines: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def made(
    door: Door,
    port: int,
    *,
    confirm: bool = False,
    user: str | None = None,
    client: Callable[..., Client] = Client,
) -> feeds.MqttFeed:
    where = Broker("127.0.0.1", port, username=user, password=user and "secret")
    return feeds.MqttFeed(
        PLACE, where, door.path, door.store.path, door.clock, confirm=confirm, client=client
    )


class Heard:
    """An independent subscriber: every message of the bed's branch; `now` is the newest by topic."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.listens = asyncio.Event()
        self.all: list[tuple[str, bytes, bool]] = []

    async def run(self) -> None:
        async with aiomqtt.Client("127.0.0.1", self.port) as client:
            await client.subscribe("infusiond/#", qos=1)
            self.listens.set()
            async for message in client.messages:
                word = str(message.topic).removeprefix(PLACE.topic("")).strip("/")
                self.all.append((word, bytes(message.payload), message.retain))

    def count(self, word: str) -> int:
        return sum(topic == word for topic, _, _ in self.all)

    def of(self, word: str) -> list[Any]:
        return [json.loads(data) if data else None for topic, data, _ in self.all if topic == word]


def lost(door: Door) -> None:
    door.supervisor.submit(inp.FeedsLost("hl7: gone"))


async def test_state_alarm_and_heartbeat_reach_a_subscriber(door: Door, broker: Mosquitto) -> None:
    heard = Heard(broker.port)
    async with running(heard.run(), made(door, broker.port).run()):
        await until(lambda: bool(heard.of("state")))
        assert heard.of("state")[-1]["mode"] == "AUTOMATIC"
        lost(door)
        await until(lambda: bool(heard.of("alarm/feed_lost")))
        told = heard.of("alarm/feed_lost")[-1]
        assert (told["priority"], told["detail"]) == ("MEDIUM", "hl7: gone")
        door.supervisor.submit(inp.FeedsBack())
        await until(lambda: heard.of("alarm/feed_lost")[-1] is None)
        before = len(heard.of("heartbeat"))
        door.server.followers.beat()
        await until(lambda: len(heard.of("heartbeat")) > before)


async def test_a6_no_turn_of_the_supervising_loop_no_heartbeat(door: Door, broker: Mosquitto) -> None:
    """(A) A6."""
    heard = Heard(broker.port)
    async with running(heard.run(), made(door, broker.port).run()):
        door.server.followers.beat()
        await until(lambda: bool(heard.of("heartbeat")))
        count = len(heard.of("heartbeat"))
        lost(door)
        await until(lambda: bool(heard.of("alarm/feed_lost")))
        assert len(heard.of("heartbeat")) == count


async def test_a7_a_late_joiner_has_the_whole_truth(door: Door, broker: Mosquitto) -> None:
    """(A) A7: retained state and exactly the active alarms."""
    async with running(made(door, broker.port).run()):
        lost(door)
        door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
        door.supervisor.submit(inp.FeedsBack())
        first = Heard(broker.port)
        async with running(first.run()):
            await until(lambda: bool(first.of("alarm/held_operator")))
        late = Heard(broker.port)
        async with running(late.run()):
            await until(lambda: bool(late.of("state")) and bool(late.of("alarm/held_operator")))
            retained = {word for word, _, retain in late.all if retain}
        assert retained == {"state", "alarm/held_operator", *_more(door)}


def _more(door: Door) -> set[str]:
    return {f"alarm/{name}" for name in door.supervisor.state.alarms}


async def test_a8_a_broker_that_was_away_gets_every_record_and_the_truth(
    door: Door, broker: Mosquitto
) -> None:
    """(A) A8: killed, started empty; every record once and in order, alarms that ended are not there.

    A broker keeps no record for a subscriber that is not there: the feed waits for the test's.
    """
    heard, again = Heard(broker.port), Heard(broker.port)
    somebody = heard

    class Waits(Client):
        async def __aenter__(self) -> Self:
            await somebody.listens.wait()
            return await super().__aenter__()

    one = made(door, broker.port, client=Waits)
    async with running(one.run()):
        async with running(heard.run()):
            lost(door)
            await until(lambda: bool(heard.of("alarm/feed_lost")))
            await until(lambda: bool(heard.of("event")) and heard.of("event")[-1]["seq"] == door.journal.seq)
        somebody = again
        broker.kill()
        await until(lambda: bool(one.why()))
        for number in range(50):
            door.supervisor.submit(inp.FeedsBack())
            door.supervisor.submit(inp.FeedsLost(f"again {number}"))
        door.supervisor.submit(inp.FeedsBack())
        await door.journal.durable(door.journal.seq)
        broker.start()
        async with running(again.run()):
            await until(lambda: bool(again.of("event")) and again.of("event")[-1]["seq"] == door.journal.seq)
            await until(lambda: bool(again.of("state")))
            assert again.of("alarm/feed_lost") in ([], [None])
    seqs = [event["seq"] for event in (*heard.of("event"), *again.of("event"))]
    assert sorted(set(seqs)) == list(range(1, door.journal.seq + 1))
    assert seqs == sorted(seqs)


async def test_a_frozen_broker_is_noticed_and_the_daemon_does_not_wait(
    door: Door, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.feeds.mqtt.client.TIMEOUT_S", 0.3)
    one = made(door, broker.port)
    async with running(one.run()):
        await until(lambda: one.why() == "")
        broker.freeze()
        lost(door)
        door.supervisor.submit(inp.HoldNow("1", "Ann", "tried"))
        assert door.pump.stops == 1
        await until(lambda: bool(one.why()))
        broker.thaw()
        heard = Heard(broker.port)
        async with running(heard.run()):
            await until(lambda: bool(heard.of("alarm/held_operator")))
            await until(lambda: one.why() == "")


ACL = """user bed
topic readwrite infusiond/v1/general/allergy/bed-4/#
{against}
user station
topic readwrite infusiond/v1/#
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Callable[[str], Mosquitto]]:
    """A broker with access rules; `against` turns them against the bed."""
    brokers: list[Mosquitto] = []

    def make(against: str) -> Mosquitto:
        (tmp_path / "acl").write_text(ACL.format(against=against))
        (tmp_path / "acl").chmod(0o600)
        brokers.append(Mosquitto(tmp_path, [f"acl_file {tmp_path / 'acl'}"]))
        brokers[-1].start()
        return brokers[-1]

    yield make
    for one in brokers:
        one.kill()


async def test_a9_rules_that_refuse_what_we_publish_are_told(
    door: Door, guarded: Callable[[str], Mosquitto]
) -> None:
    """(A) A9: PUBACK 135, which the client library keeps to itself."""
    one = made(door, guarded("topic deny infusiond/v1/general/allergy/bed-4/state").port, user="bed")
    async with running(one.run()):
        await until(lambda: "Not authorized" in one.why())


async def test_a9_rules_that_let_nothing_come_back_are_told(
    door: Door, guarded: Callable[[str], Mosquitto], monkeypatch: pytest.MonkeyPatch
) -> None:
    """(A) A9: a subscription that is granted and silent; nothing but the canary finds it."""
    monkeypatch.setattr("daemon.feeds.mqtt.canary.BACK_MS", 50)
    one = made(door, guarded("topic deny infusiond/v1/general/allergy/bed-4/canary").port, user="bed")
    async with running(one.run()):
        await until(lambda: bool(one.why()))
        door.clock.ms += 100
        await until(lambda: "come back" in one.why() or "Not authorized" in one.why())


async def test_a5_a_station_confirms_and_without_one_the_bed_is_told(door: Door, broker: Mosquitto) -> None:
    """(A) A5."""
    said: list[dict[str, Any]] = []
    feeds_heard = door.server._feeds
    assert feeds_heard is None
    one = made(door, broker.port, confirm=True)
    one._following.say = said.append  # type: ignore[method-assign,assignment]
    async with running(one.run()):
        lost(door)
        await until(lambda: one._receipts._since != {})
        door.clock.ms += 6_000
        await until(lambda: bool(said) and said[-1]["unconfirmed"] == ["feed_lost"])
        ward = Ward()
        station = Listening(Broker("127.0.0.1", broker.port), ward, door.clock, "desk-1")
        async with running(station.run()):
            await until(lambda: said[-1]["unconfirmed"] == [])


async def test_a_persons_acknowledgement_at_the_ward_carries_the_name(door: Door, broker: Mosquitto) -> None:
    said: list[dict[str, Any]] = []
    one = made(door, broker.port)
    one._following.say = said.append  # type: ignore[method-assign,assignment]
    async with running(one.run()):
        lost(door)
        await until(lambda: "feed_lost" in one._alarms)
        key = str(one._alarms["feed_lost"]["key"])
        async with aiomqtt.Client("127.0.0.1", broker.port) as station:
            topic = PLACE.topic("ack", "feed_lost")
            for noise in (b"", b"[]", b'{"key": 1}', receipt(key, "acknowledged", "desk", "  ")):
                await station.publish(topic, noise, qos=1)
            await station.publish(topic, receipt(key, "acknowledged", "desk", "Ann"), qos=1)
        wanted = {"key": key, "by": "Ann", "station": "desk"}
        await until(lambda: any(word["acknowledged"] == [wanted] for word in said))
    assert [name for word in said for name in word["acknowledged"]] == [wanted]


async def test_an_alarm_left_by_an_earlier_feed_is_taken_away(door: Door, broker: Mosquitto) -> None:
    topic = PLACE.topic("alarm", "old")
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.publish(topic, b'{"id": "old"}', qos=1, retain=True)
    async with running(made(door, broker.port).run()):
        late = Heard(broker.port)
        async with running(late.run()):
            await until(
                lambda: None in late.of("alarm/old") or (bool(late.of("state")) and not late.of("alarm/old"))
            )


async def test_a_station_sees_the_bed_its_alarm_and_that_it_is_lost(door: Door, broker: Mosquitto) -> None:
    ward = Ward("allergy")
    station = Listening(Broker("127.0.0.1", broker.port), ward, door.clock, "desk-1")
    async with running(station.run()):
        async with running(made(door, broker.port).run()):
            lost(door)
            await until(lambda: all(row.alarms and row.state for row in ward.rows(1)) and ward.rows(1) != [])
            [row] = ward.rows(door.clock.ms)
            assert (row.bed, row.presence, row.worst) == ("bed-4", Presence.LIVE, "MEDIUM")
        door.clock.ms += 9_000
        assert ward.rows(door.clock.ms)[0].presence is Presence.LOST


async def test_a_feed_that_dies_leaves_its_will(door: Door, broker: Mosquitto) -> None:
    heard = Heard(broker.port)
    one = made(door, broker.port)
    clients: list[Client] = []
    original = Client.__aenter__

    async def note(client: Client) -> Client:
        clients.append(client)
        return await original(client)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "__aenter__", note)
        async with running(heard.run(), one.run()):
            await until(lambda: bool(heard.of("state")))
            sock = clients[0]._client.socket()
            assert sock is not None
            sock.shutdown(2)  # type: ignore[attr-defined]
            await until(lambda: any(state["state"] == "lost" for state in heard.of("state")))
            await until(lambda: heard.of("state")[-1]["state"] == "online")


async def test_a_daemon_that_is_gone_is_told_and_its_alarm_taken_back(door: Door, broker: Mosquitto) -> None:
    heard = Heard(broker.port)
    async with running(heard.run(), made(door, broker.port).run()):
        await until(lambda: bool(heard.of("state")))
        await door.server.close()
        await until(lambda: bool(heard.of("alarm/daemon_silent")))
        await until(lambda: heard.of("state")[-1]["state"] == "silent")
        await door.server.open()
        door.server.followers.beat()
        await until(lambda: heard.of("alarm/daemon_silent")[-1] is None)
        await until(lambda: heard.of("state")[-1]["state"] == "online")


async def test_nothing_the_ward_sends_reaches_the_bed(door: Door, broker: Mosquitto) -> None:
    """There is no command topic: the record does not grow by anything a station may publish."""
    one = made(door, broker.port)
    async with running(one.run()):
        await until(lambda: one.why() == "")
        before = door.journal.seq
        async with aiomqtt.Client("127.0.0.1", broker.port, protocol=ProtocolVersion.V5) as ward:
            for word in ("cmd", "state", "alarm/x", "ack/x", "event", "heartbeat", "pump/pump-1", "canary"):
                await ward.publish(PLACE.topic(*word.split("/")), b'{"verb": "resume"}', qos=1)
        door.server.followers.beat()
        heard = Heard(broker.port)
        async with running(heard.run()):
            await until(lambda: bool(heard.of("heartbeat")))
    assert door.journal.seq == before
    with suppress(AttributeError):
        assert door.pump.stops == 0


async def test_a_broker_that_knows_only_3_1_1_is_served_and_what_is_lost_is_said(
    door: Door, tmp_path: Path
) -> None:
    """A broker we did not write, that refuses MQTT 5 with code 132."""
    port = free_port()
    config = tmp_path / "amqtt.yaml"
    config.write_text(AMQTT.format(port=port))
    words = [str(Path(sys.executable).with_name("amqtt")), "-c", str(config)]
    process = await asyncio.create_subprocess_exec(*words, stdout=DEVNULL, stderr=DEVNULL)
    one = made(door, port)
    try:
        async with running(one.run()):
            await until(lambda: one.why() == "")
            async with aiomqtt.Client("127.0.0.1", port, protocol=ProtocolVersion.V311) as client:
                await client.subscribe(PLACE.topic("state"), qos=1)
                async with asyncio.timeout(10):
                    message = await anext(aiter(client.messages))
        told = json.loads(bytes(message.payload))
        assert told["lost_functions"] == ["message expiry", "reason codes", "response topics"]
    finally:
        process.kill()
        await process.wait()
