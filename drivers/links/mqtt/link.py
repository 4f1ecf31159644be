"""`mqtt:TOPIC`: the wire of a device behind a broker and an `infusiond bridge`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.links.claim import claim
from drivers.links.mqtt.near import NearEnd
from drivers.links.mqtt.pipe import TICK_S, Connect, Pipe, down, up
from drivers.links.mqtt.stream import Books, Seal, Turn

OPEN_S = 6.0
"""Broker, bridge and device have answered by then, or the link cannot be had."""


class MqttLink:
    """A Link. `now_ms` is any clock that only goes forward; `new_session` gives 16 random bytes.

    `far_begins`: how the far end's sessions must begin, if it has said so beside the link (F36).
    """

    def __init__(
        self,
        shared: Seal,
        connect: Connect,
        now_ms: Callable[[], int],
        new_session: Callable[[], bytes],
        far_begins: bytes = b"",
    ) -> None:
        self._shared = shared
        self._connect = connect
        self._now_ms = now_ms
        self._new_session = new_session
        self._far_begins = far_begins
        self._claim: socket.socket | None = None
        self._end: NearEnd | None = None
        self._pipe: Pipe | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._opened: asyncio.Future[None] | None = None
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None
        self.books = Books()
        """What was thrown away since the link was made."""

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"mqtt:{self._shared.topic}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """A new session with the bridge, which takes the device exclusively; LinkLost if it cannot be had."""
        if self._claim is not None:
            raise LinkLost(f"{self.name}: already open")
        self._claim = claim(self.name)
        self._on_bytes = on_bytes
        self._opened = asyncio.get_running_loop().create_future()
        self._end = NearEnd(self._shared, self._new_session(), self.books, self._far_begins)
        self._pipe = self._connect(
            (up(self._shared.topic),), on_ready=self._tick, on_message=self._message, on_lost=self._broken
        )
        try:
            async with asyncio.timeout(OPEN_S):
                await self._opened
        except TimeoutError as error:
            self._shut()
            raise LinkLost(f"{self.name}: no answer within {OPEN_S:g} s{self._counted()}") from error
        except BaseException:
            self._shut()
            raise
        self._on_lost = on_lost

    def write(self, data: bytes) -> None:
        """Seal the bytes and hand them on now; LinkLost, and a closed link, if the broker takes nothing."""
        if self._end is None or self._on_lost is None:
            raise LinkLost(f"{self.name}: not open")
        self._follow(self._end.write(data, self._now_ms()))
        if self._end is None:
            raise LinkLost(f"{self.name}: the broker takes nothing")

    async def close(self) -> None:
        """End the session; unsent bytes are void. Safe to call twice."""
        pipe = self._pipe
        self._shut()
        if pipe is not None:
            await pipe.stopped()

    def _tick(self) -> None:
        if self._end is None:
            return
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        self._follow(self._end.tick(self._now_ms()))

    def _message(self, _topic: str, payload: bytes, retained: bool) -> None:
        if self._end is not None:
            self._follow(self._end.take(payload, self._now_ms(), retained=retained))

    def _follow(self, turn: Turn) -> None:
        try:
            for envelope in turn.send:
                if self._pipe is not None:
                    self._pipe.send(down(self._shared.topic), envelope)
        except LinkLost as error:
            self._fail(str(error))
            return
        if turn.opened and self._opened is not None and not self._opened.done():
            self._opened.set_result(None)
        if turn.deliver and self._on_bytes is not None:
            self._on_bytes(turn.deliver)
        if turn.over:
            self._fail(turn.over)

    def _broken(self, error: LinkLost) -> None:
        self._fail(str(error))

    def _fail(self, why: str) -> None:
        error = LinkLost(f"{self.name}: {why}{self._counted()}")
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(error)
        elif self._on_lost is not None:
            asyncio.get_running_loop().call_soon(self._on_lost, error)
        self._shut()

    def _counted(self) -> str:
        return f" (thrown away: {self.books})" if f"{self.books}" else ""

    def _shut(self) -> None:
        self._on_bytes = self._on_lost = None
        end, self._end = self._end, None
        pipe, self._pipe = self._pipe, None
        if self._timer is not None:
            self._timer.cancel()
        if pipe is not None and end is not None:
            last = end.close(self._now_ms()).send
            pipe.stop((down(self._shared.topic), last[0]) if last else None)
        held, self._claim = self._claim, None
        if held is not None:
            held.close()
