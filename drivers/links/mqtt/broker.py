"""One connection to an MQTT broker: QoS 0, nothing kept, nothing queued for later, never in the loop's way.

aiomqtt connects (address, TCP, TLS) in a thread of its own; that thread is bounded in time, not cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt

from drivers.errors import LinkLost

CONNECT_S = 2.0
"""Limit of the TCP connection, and again of the TLS handshake."""
ANSWER_S = 2.0
"""Limit of an answer of the broker."""
KEEP_ALIVE_S = 5
FAREWELL_S = 0.5
WAITING_MAX = 32
"""Messages that the broker has not taken; more, and the connection is given up."""
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2_000),
)


_UNHEARD = logging.getLogger("drivers.links.mqtt")
"""aiomqtt's own lines: what happened is told once, by `on_lost`, and not at each try."""
_UNHEARD.addHandler(logging.NullHandler())
_UNHEARD.propagate = False


@dataclass(frozen=True, slots=True)
class Tls:
    """`server_name` is what the broker's certificate must say; `cert` and `key` are ours, if it asks."""

    ca: Path
    server_name: str
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is: an address, never a name, so that no name server holds anything up."""

    address: str
    port: int
    tls: Tls | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return f"broker {self.address}:{self.port}"


class _NamedContext(ssl.SSLContext):
    """Checks the certificate against a name although an address is connected to."""

    server_name = ""

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        kwargs["server_hostname"] = self.server_name
        return super().wrap_socket(*args, **kwargs)


def tls_context(tls: Tls) -> ssl.SSLContext:
    """What a connection is checked with. OSError (ssl.SSLError is one) if a file cannot be used."""
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.server_name = tls.server_name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(tls.ca)
    if tls.cert is not None:
        context.load_cert_chain(tls.cert, tls.key)
    return context


class Connection:
    """Subscribes to `topics` once; `on_message(topic, payload, retained)`, and `on_lost` at most once."""

    def __init__(
        self,
        broker: Broker,
        topics: tuple[str, ...],
        *,
        on_ready: Callable[[], None],
        on_message: Callable[[str, bytes, bool], None],
        on_lost: Callable[[LinkLost], None],
    ) -> None:
        self._broker = broker
        self._topics = topics
        self._on_ready = on_ready
        self._on_message = on_message
        self._on_lost = on_lost
        self._waiting: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self._over = False
        self._is_up = False
        self._client: aiomqtt.Client | None = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    def send(self, topic: str, payload: bytes) -> None:
        """Hand one message on; LinkLost if the broker has not taken the last WAITING_MAX."""
        if self._over:
            raise LinkLost(f"{self._broker.name}: not connected")
        if self._waiting.qsize() >= WAITING_MAX:
            self._lose("it takes nothing")
            raise LinkLost(f"{self._broker.name}: it takes nothing")
        self._waiting.put_nowait((topic, payload))

    def stop(self, last: tuple[str, bytes] | None = None) -> None:
        """Over now, told to nobody: what waits is void, except one last message."""
        if self._over:
            return
        self._over = True
        while not self._waiting.empty():
            self._waiting.get_nowait()
        if last is not None and self._is_up:
            self._waiting.put_nowait(last)
        self._waiting.put_nowait(None)

    async def stopped(self) -> None:
        """Wait until nothing is left of it, but no longer than FAREWELL_S."""
        await asyncio.wait([self._task], timeout=FAREWELL_S)
        if self._client is not None:
            cut(self._client)

    async def _run(self) -> None:
        try:
            broker = self._broker
            client = aiomqtt.Client(
                broker.address,
                broker.port,
                tls_context=tls_context(broker.tls) if broker.tls is not None else None,
                timeout=ANSWER_S,
                keepalive=KEEP_ALIVE_S,
                max_queued_incoming_messages=WAITING_MAX,
                max_queued_outgoing_messages=WAITING_MAX,
                socket_options=_OPTIONS,
                logger=_UNHEARD,
            )
            self._client = client
            paho(client).connect_timeout = CONNECT_S
            async with client:
                self._is_up = True
                sending = asyncio.get_running_loop().create_task(self._send_all(client))
                try:
                    await self._listen(client)
                finally:
                    sending.cancel()
                    cut(client)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            self._lose(str(error) or type(error).__name__)
        else:
            self._lose("the connection ended")
        finally:
            if self._client is not None:
                cut(self._client)

    async def _listen(self, client: aiomqtt.Client) -> None:
        for topic in self._topics:
            await client.subscribe(topic, qos=0)
        self._tell(self._on_ready)
        async for message in client.messages:
            self._tell(self._on_message, message.topic.value, message.payload, bool(message.retain))

    def _tell(self, listener: Callable[..., None], *words: Any) -> None:
        """What comes after `stop` is told to nobody."""
        if not self._over:
            listener(*words)

    async def _send_all(self, client: aiomqtt.Client) -> None:
        """One after the other, in order; ends by cutting the line."""
        try:
            while (waiting := await self._waiting.get()) is not None:
                topic, payload = waiting
                await client.publish(topic, payload, qos=0, retain=False)
        except aiomqtt.MqttError:
            pass
        finally:
            cut(client)

    def _lose(self, why: str) -> None:
        if self._over:
            return
        self.stop()
        asyncio.get_running_loop().call_soon(self._on_lost, LinkLost(f"{self._broker.name}: {why}"))


def paho(client: aiomqtt.Client) -> Any:
    """The client below: aiomqtt gives neither a limit for connecting nor a way to hang up at once."""
    return client._client  # noqa: SLF001 - as above


def cut(client: aiomqtt.Client) -> None:
    """Hang up without a word, as a pulled cable does; what was not sent is void (F28)."""
    line = paho(client).socket()
    if line is not None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
