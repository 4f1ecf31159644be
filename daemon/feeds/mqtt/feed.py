"""The MQTT feed of one bed: retained state and alarms, heartbeat, the record mirrored without a gap."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiomqtt
import structlog
from aiomqtt import ProtocolVersion

from daemon.clock import Clock
from daemon.control.feeds import ACKNOWLEDGED_MAX
from daemon.feeds.following import Following, Heard
from daemon.feeds.mqtt import topics
from daemon.feeds.mqtt.canary import Canary
from daemon.feeds.mqtt.client import Broker, Client
from daemon.feeds.mqtt.cursor import Cursor
from daemon.feeds.mqtt.receipts import Receipts, read_ack
from daemon.feeds.mqtt.topics import Place
from daemon.feeds.silence import silent

NAME = "mqtt"
HEARTBEAT_S = 2.0
STATE_MS = 10_000
"""The state is told again this often, changed or not."""
FIGURES_MS = 1_000
FIGURES_EXPIRY_S = 5
HEARTBEAT_EXPIRY_S = 6
SAY_S = 1.0
AGAIN_S = 1.0
LOOK_S = 0.25
RECORDS_MAX = 200
REFUSED_AGAIN_MS = 1_000
REFUSED_MS = 90_000
"""For so long after a refusal the feed says that it is not well."""
FALL_BACK = (ProtocolVersion.V5, ProtocolVersion.V311)

log = structlog.get_logger()


class MqttFeed:
    """One bed, one broker. Reaches neither the daemon's loop nor a device; no topic commands.

    `client` and `follow` make the connection to the broker and the ear at the bed.
    """

    def __init__(
        self,
        place: Place,
        broker: Broker,
        socket: Path,
        journal: Path,
        clock: Clock,
        *,
        confirm: bool,
        client: Callable[..., Client] = Client,
        follow: Callable[[Path, Callable[[Heard], None], Callable[[str], None]], Following] = Following,
    ) -> None:
        self._place = place
        self._broker = broker
        self._clock = clock
        self._confirm = confirm
        self._cursor = Cursor(journal)
        self._client = client
        self._following = follow(socket, self._on_heard, self._on_lost)
        self._last: Mapping[str, Any] | None = None
        self._silent: tuple[int, str] | None = None
        self._beat = self._told_beat = 0
        self._receipts = Receipts()
        self._canary = Canary()
        self._alarms: dict[str, dict[str, Any]] = {}
        self._again_ms = 0
        self._state: dict[str, Any] | None = None
        self._state_ms = self._figures_ms = 0
        self._wake = asyncio.Event()
        self._version = 0
        self._down = "not connected yet"
        self._refused = ""
        self._refused_ms = 0
        self._unread = ""
        self._acknowledged: list[dict[str, str]] = []

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._following.run())
                group.create_task(self._say())
                group.create_task(self._connect_forever())
        finally:
            self._cursor.close()

    def why(self) -> str:
        """Why this feed is not well; empty = a broker has what it was given and gives it back."""
        now = self._clock.wire_ms()
        refused = self._refused if now - self._refused_ms < REFUSED_MS else ""
        return self._down or self._canary.why(now) or refused or self._unread

    def _on_heard(self, heard: Heard) -> None:
        self._last, self._silent, self._beat = heard.status, None, heard.beat
        self._count_alarms()
        self._wake.set()

    def _on_lost(self, why: str) -> None:
        self._silent = (self._clock.wire_ms(), why)
        self._count_alarms()
        self._wake.set()

    def _count_alarms(self) -> None:
        active = [(str(one["id"]), topics.alarm_key(one)) for one in self._active()]
        self._receipts.active(active, self._clock.wire_ms())

    def _active(self) -> list[Mapping[str, Any]]:
        """The alarms of the bed, and its silence where it is silent."""
        now = self._clock.wire_ms()
        if self._silent is None:
            return list(self._last["alarms"]) if self._last is not None else []
        since_ms, why = self._silent
        return list(silent(self._last, since_ms, now, why)["alarms"])

    async def _say(self) -> None:
        while True:
            why, acknowledged, self._acknowledged = self.why(), self._acknowledged, []
            word: dict[str, Any] = {"feed": NAME, "ok": not why, "why": why, "acknowledged": acknowledged}
            if self._confirm:
                word["unconfirmed"] = self._receipts.overdue(self._clock.wire_ms())
            self._following.say(word)
            await asyncio.sleep(SAY_S)

    async def _connect_forever(self) -> None:
        """Each connection is a task of its own: what ends one ends nothing else."""
        while True:
            connection = asyncio.create_task(self._connect())
            try:
                await asyncio.wait({connection})
            except asyncio.CancelledError:
                connection.cancel()
                await asyncio.wait({connection})
                raise
            self._lose(connection.exception())
            await asyncio.sleep(AGAIN_S)

    def _lose(self, error: BaseException | None) -> None:
        """A connection is over; an error that is none of a broker's is not hidden."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if error is not None and not isinstance(error, aiomqtt.MqttError | OSError):
            raise error
        why = str(error) or type(error).__name__
        if not self._down:
            log.warning("mqtt.lost", why=why)
        self._down = why
        self._receipts.link_lost(self._clock.wire_ms())
        if "rotocol version" in why:
            self._version = 1 - self._version

    async def _connect(self) -> None:
        birth = uuid.uuid4().hex
        will = aiomqtt.Will(self._place.topic("state"), topics.lost(birth, self._clock.utc()), 1, retain=True)
        version = FALL_BACK[self._version]
        async with self._client(self._broker, version, self._on_refused, will) as client:
            self._alarms, self._state, self._state_ms, self._figures_ms = {}, None, 0, 0
            self._canary.anew(self._clock.wire_ms())
            for words in (("ack", "+"), ("alarm", "+"), ("canary",)):
                await client.hear(self._place.topic(*words))
            log.info("mqtt.connected", version=version.name)
            self._down = ""
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(client))
                group.create_task(self._tell_forever(client, birth))
                group.create_task(self._beat_forever(client))
                group.create_task(self._mirror_forever(client))

    def _on_refused(self, why: str) -> None:
        if self._refused != why or self._clock.wire_ms() - self._refused_ms >= REFUSED_MS:
            log.warning("mqtt.refused", why=why)
        self._refused, self._refused_ms = why, self._clock.wire_ms()

    async def _receive(self, client: Client) -> None:
        async for message in client.messages:
            word = str(message.topic).rsplit("/", 2)
            payload = bytes(message.payload)
            if word[-1] == "canary":
                self._canary.heard(payload, self._clock.wire_ms())
            elif word[-2] == "alarm" and payload:
                self._alarms.setdefault(word[-1], {})
            elif word[-2] == "ack" and not message.retain:
                self._on_ack(payload)

    def _on_ack(self, payload: bytes) -> None:
        ack = read_ack(payload)
        if ack is None:
            return
        self._receipts.received(ack.key)
        if ack.by and len(self._acknowledged) < ACKNOWLEDGED_MAX:
            self._acknowledged.append({"key": ack.key, "by": ack.by, "station": ack.station})

    async def _tell_forever(self, client: Client, birth: str) -> None:
        """Alarms first, HIGH before all; then the state, then figures."""
        while True:
            self._wake.clear()
            await self._tell_alarms(client)
            await self._tell_state(client, birth)
            await self._tell_figures(client)
            now = self._clock.wire_ms()
            if (token := self._canary.due(now)) is not None:
                await client.put(self._place.topic("canary"), token)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _tell_alarms(self, client: Client) -> None:
        """What the broker has and the bed does not is taken away, once the bed was heard; refused: again."""
        if self._clock.wire_ms() < self._again_ms:
            return
        at, seq = self._clock.utc(), self._seq()
        speed = int(self._last["speed"]) if self._last is not None else 1
        active = {str(one["id"]): topics.alarm_of(one, at, speed) for one in self._active()}
        for name, alarm in active.items():
            before = self._alarms.get(name)
            if before is not None and topics.same_alarm(before, alarm):
                continue
            data = topics.payload("alarm", seq, at, alarm)
            answer_to, correlation = self._place.topic("ack", name), str(alarm["key"]).encode()
            topic = self._place.topic("alarm", name)
            if await client.put(topic, data, retain=True, answer_to=answer_to, correlation=correlation):
                self._alarms[name] = alarm
            else:
                self._again_ms = self._clock.wire_ms() + REFUSED_AGAIN_MS
        if self._last is None:
            return
        for name in [one for one in self._alarms if one not in active]:
            if await client.put(self._place.topic("alarm", name), b"", retain=True):
                del self._alarms[name]
            else:
                self._again_ms = self._clock.wire_ms() + REFUSED_AGAIN_MS

    async def _tell_state(self, client: Client, birth: str) -> None:
        if self._last is None and self._silent is None:
            return
        now = self._clock.wire_ms()
        state = self._present(birth, client)
        told, recent = self._state, now - self._state_ms < STATE_MS
        if told is not None and recent and _matters(told) == _matters(state):
            return
        self._state, self._state_ms = state, now
        data = topics.payload("state", self._seq(), self._clock.utc(), state)
        await client.put(self._place.topic("state"), data, retain=True)

    def _present(self, birth: str, client: Client) -> dict[str, Any]:
        loss = [] if client.five else ["message expiry", "reason codes", "response topics"]
        head = {"state": "online", "birth": birth, "confirm": self._confirm, "lost_functions": loss}
        if self._last is None or self._silent is not None:
            head["state"] = "silent"
        return {**head, **(topics.state_of(self._last) if self._last is not None else {})}

    async def _tell_figures(self, client: Client) -> None:
        now, last = self._clock.wire_ms(), self._last
        if last is None or self._silent is not None or now - self._figures_ms < FIGURES_MS:
            return
        self._figures_ms = now
        at, seq = self._clock.utc(), self._seq()
        data = topics.payload("vitals", seq, at, {"vitals": last["vitals"]})
        await client.put(self._place.topic("vitals"), data, qos=0, expiry_s=FIGURES_EXPIRY_S)
        for pump in topics.pumps_of(last):
            data = topics.payload("pump", seq, at, pump)
            topic = self._place.topic("pump", str(pump["name"]))
            await client.put(topic, data, qos=0, expiry_s=FIGURES_EXPIRY_S)

    def _seq(self) -> int:
        return int(self._last["seq"]) if self._last is not None else 0

    async def _beat_forever(self, client: Client) -> None:
        """Every 2 s, and only if the supervising loop has turned since: nothing here can fake it."""
        while True:
            if self._beat != self._told_beat and self._silent is None:
                self._told_beat = self._beat
                data = topics.payload("heartbeat", self._seq(), self._clock.utc(), {"beat": self._beat})
                await client.put(self._place.topic("heartbeat"), data, qos=0, expiry_s=HEARTBEAT_EXPIRY_S)
            await asyncio.sleep(HEARTBEAT_S)

    async def _mirror_forever(self, client: Client) -> None:
        """Every record once, in order, each answered before the next: the journal is the queue."""
        while True:
            try:
                records = self._cursor.next(RECORDS_MAX)
                self._unread = ""
            except (sqlite3.Error, OSError, ValueError) as error:
                self._unread, records = f"the journal cannot be read: {error}", []
            for record in records:
                content = record.content()
                data = topics.payload(
                    "event", record.seq, self._clock.utc(), topics.event_of(content, record.hash)
                )
                if not await client.put(self._place.topic("event"), data):
                    records = []
                    break
                self._cursor.done(record)
            self._cursor.save()
            if len(records) < RECORDS_MAX:
                await asyncio.sleep(LOOK_S)


def _matters(state: Mapping[str, Any]) -> tuple[object, ...]:
    if "mode" not in state:
        return (state["state"],)
    return (state["state"], *topics.matters(state))
