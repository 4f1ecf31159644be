"""Topics of a broker as a link that only listens: each message one line of JSON, like a recording of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.links.mqtt.pipe import Connect, Pipe

OPEN_S = 6.0
Line = Callable[[str, bytes, bool], bytes]
"""Topic below ours, payload and whether it was retained, as the bytes of one line."""


class TopicLink:
    """`mqtt:TOPIC` for a publisher: subscribed to `topics`, each below TOPIC; nothing is ever published."""

    def __init__(self, topic: str, topics: tuple[str, ...], connect: Connect, line: Line) -> None:
        self._topic = topic
        self._topics = tuple(f"{topic}/{one}" for one in topics)
        self._connect = connect
        self._line = line
        self._pipe: Pipe | None = None
        self._ready: asyncio.Future[None] | None = None
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"mqtt:{self._topic}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Connect and subscribe; LinkLost if the broker cannot be had."""
        if self._pipe is not None:
            raise LinkLost(f"{self.name}: already open")
        self._ready = asyncio.get_running_loop().create_future()
        self._on_bytes = on_bytes
        self._pipe = self._connect(
            self._topics, on_ready=self._is_ready, on_message=self._message, on_lost=self._broken
        )
        try:
            async with asyncio.timeout(OPEN_S):
                await self._ready
        except TimeoutError as error:
            self._shut()
            raise LinkLost(f"{self.name}: the broker does not answer within {OPEN_S:g} s") from error
        except BaseException:
            self._shut()
            raise
        self._on_lost = on_lost

    def write(self, data: bytes) -> None:  # noqa: ARG002 - whatever it is
        """LinkLost: nothing is published by a monitor's link."""
        raise LinkLost(f"{self.name}: this link only listens")

    async def close(self) -> None:
        """Leave the broker. Safe to call twice."""
        pipe = self._pipe
        self._shut()
        if pipe is not None:
            await pipe.stopped()

    def _is_ready(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _message(self, topic: str, payload: bytes, retained: bool) -> None:
        below = topic.removeprefix(f"{self._topic}/")
        if self._on_bytes is not None:
            self._on_bytes(self._line(below, payload, retained))

    def _broken(self, error: LinkLost) -> None:
        lost = LinkLost(f"{self.name}: {error}")
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(lost)
        elif self._on_lost is not None:
            asyncio.get_running_loop().call_soon(self._on_lost, lost)
        self._shut()

    def _shut(self) -> None:
        self._on_bytes = self._on_lost = None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.stop()
