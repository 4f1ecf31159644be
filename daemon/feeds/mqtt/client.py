"""aiomqtt with its broker's refusals made visible: they are answers that the library keeps to itself."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiomqtt
from aiomqtt import ProtocolVersion
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, MQTT_ERR_SUCCESS
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_S = 5
TIMEOUT_S = 5.0
"""A broker that has not answered for so long is gone."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a feed or a station connects; `tls` None = in the clear, for a network of its own."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = None


class Client(aiomqtt.Client):
    """One connection; `on_refused` is told what the broker refuses. 3.1.1 has no words for refusals."""

    def __init__(
        self,
        broker: Broker,
        version: ProtocolVersion,
        on_refused: Callable[[str], None],
        will: aiomqtt.Will | None = None,
    ) -> None:
        super().__init__(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            protocol=version,
            will=will,
            keepalive=KEEPALIVE_S,
            timeout=TIMEOUT_S,
            tls_context=broker.tls,
            clean_start=True if version is ProtocolVersion.V5 else MQTT_CLEAN_START_FIRST_ONLY,
            clean_session=None if version is ProtocolVersion.V5 else True,
        )
        self._client.connect_timeout = TIMEOUT_S
        self.five = version is ProtocolVersion.V5
        self._on_refused = on_refused
        self._refused_mids: set[int] = set()

    async def __aenter__(self) -> Self:
        """Connect; what was begun of a connection that failed is hung up too."""
        try:
            return await super().__aenter__()
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Hang up at once and without a word: the broker publishes the last will, and nobody waits for it."""
        line: Any = self._client.socket()
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            self._client.loop_read()
        if not self._disconnected.done():
            self._disconnected.set_result(None)
        self._disconnected.exception()
        if self._lock.locked():
            self._lock.release()

    async def put(
        self,
        topic: str,
        data: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expiry_s: int | None = None,
        answer_to: str = "",
        correlation: bytes = b"",
    ) -> bool:
        """Publish and wait for the broker's answer: whether it took it. MqttError if there is none."""
        properties = None
        if self.five and (expiry_s is not None or answer_to):
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if expiry_s is not None:
                properties.MessageExpiryInterval = expiry_s
            if answer_to:
                properties.ResponseTopic = answer_to
                properties.CorrelationData = correlation
        info = self._client.publish(topic, data, qos, retain, properties)
        if info.rc != MQTT_ERR_SUCCESS:
            raise aiomqtt.MqttCodeError(info.rc, "Could not publish message")
        if not info.is_published():
            answered = asyncio.Event()
            with self._pending_call(info.mid, answered, self._pending_publishes):
                await self._wait_for(answered.wait(), timeout=None)
        _still_wanted()
        refused = info.mid in self._refused_mids
        self._refused_mids.discard(info.mid)
        return not refused

    async def hear(self, topic: str) -> bool:
        """Subscribe; whether the broker grants it. What it refuses is told."""
        granted = await self.subscribe(topic, qos=1)
        _still_wanted()
        for code in granted:
            value = code.value if isinstance(code, ReasonCode) else code
            if value >= 0x80:
                self._on_refused(f"the broker refuses the subscription to {topic}: {code}")
                return False
        return True

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if reason_code.is_failure:
            self._refused_mids.add(mid)
            self._on_refused(f"the broker refuses a message: {reason_code}")
        super()._on_publish(client, userdata, mid, reason_code, properties)


def _still_wanted() -> None:
    """The library waits in `asyncio.wait_for`, and that of Python 3.11 can lose a cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
