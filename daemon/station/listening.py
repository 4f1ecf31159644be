"""A station on the broker: it confirms every alarm it hears, and knows when it hears nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiomqtt
from aiomqtt import ProtocolVersion

from daemon import exact_json
from daemon.clock import Clock
from daemon.feeds.mqtt.client import Broker, Client
from daemon.feeds.mqtt.topics import ROOT
from daemon.station.ward import Ward

AGAIN_S = 1.0


class Listening:
    """`down` = why nothing is heard; `confirms`: it sends receipts, because somebody looks at it.

    `unconfirmed` = why no bed knows that it hears.
    """

    def __init__(
        self,
        broker: Broker,
        ward: Ward,
        clock: Clock,
        name: str,
        *,
        confirms: bool = True,
        client: Callable[..., Client] = Client,
    ) -> None:
        self._client = client
        self._broker = broker
        self._ward = ward
        self._clock = clock
        self._name = name
        self._confirms = confirms
        self.down = "not connected yet"
        self.unconfirmed = ""
        self.on_change: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Until cancelled."""
        version = ProtocolVersion.V5
        while True:
            try:
                await self._listen(version)
            except (aiomqtt.MqttError, OSError) as error:
                self.down = f"the broker is not reached ({str(error) or type(error).__name__})"
                self.on_change()
                if "rotocol version" in self.down:
                    version = ProtocolVersion.V311
            await asyncio.sleep(AGAIN_S)

    async def _listen(self, version: ProtocolVersion) -> None:
        async with self._client(self._broker, version, lambda _: None) as client:
            granted = await client.hear(f"{ROOT}/#")
            self.down = "" if granted else "the broker refuses its subscription"
            self.unconfirmed = ""
            self._ward.cut_off(self._clock.wire_ms())
            async for message in client.messages:
                topic = str(message.topic)
                alarm = self._ward.hear(topic, bytes(message.payload), self._clock.wire_ms())
                if alarm is not None and self._confirms:
                    await self._receipt(client, topic, str(alarm["key"]))
                self.on_change()

    async def _receipt(self, client: Client, topic: str, key: str) -> None:
        branch, name = topic.rsplit("/alarm/", 1)
        taken = await client.put(f"{branch}/ack/{name}", receipt(key, "received", self._name))
        self.unconfirmed = "" if taken else "the broker refuses its receipts"


def receipt(key: str, kind: str, station: str, by: str = "") -> bytes:
    """What a station says of one occurrence of an alarm: `received`, or `acknowledged` by a person."""
    said: dict[str, Any] = {"schema": "infusiond.ack/1", "key": key, "kind": kind, "station": station}
    return exact_json.dumps({**said, "by": by} if by else said).encode("utf-8", "replace")
