"""The end of an `mqtt:` link at the device, as a state machine. Pure: time and randomness are handed in.

It says nothing of its own to the device: when the session is over, the device hears nothing more and its own
watchdog acts.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.links.mqtt.envelope import NO_SESSION, Direction, Envelope, Kind, Refusal
from drivers.links.mqtt.stream import NOTHING, VALID_MS, Books, Seal, Stream, Turn

PENDING_MAX = 4
"""Greetings that wait for their confirmation; an old one played again can push out no session."""


class FarEnd:
    """Greets anybody, opens the device for whoever proves to be there now, one at a time."""

    def __init__(self, shared: Seal, new_session: Callable[[], bytes], books: Books) -> None:
        self._shared = shared
        self._new_session = new_session
        self._books = books
        self._pending: dict[bytes, bytes] = {}
        self._stream: Stream | None = None
        self._device_open = False

    def take(self, data: bytes, now_ms: int, *, retained: bool = False) -> Turn:
        """One message from the broker; `opened` in the answer: open the device, then call `device_opened`."""
        envelope = self._books.read(self._shared, data, Direction.DOWN, retained=retained)
        if envelope is None:
            return NOTHING
        if envelope.kind is Kind.HELLO:
            return self._greeted(envelope, now_ms)
        if envelope.kind not in (Kind.DATA, Kind.END):
            self._books.refuse(Refusal.SESSION)
            return NOTHING
        if self._stream is None:
            return self._confirmed(envelope, now_ms)
        if not self._stream.take(envelope, now_ms, self._books):
            return NOTHING
        if envelope.kind is Kind.END:
            return self._over("the near end has closed it")
        return Turn(deliver=envelope.payload) if self._device_open else NOTHING

    def tick(self, now_ms: int) -> Turn:
        """Called a few times a second: beat, notice silence."""
        if self._stream is None:
            return NOTHING
        if self._stream.silent(now_ms):
            return self._over("nothing from the near end")
        return Turn(send=self._stream.beat(now_ms)) if self._device_open else NOTHING

    def device_opened(self, now_ms: int) -> Turn:
        """The device's own link is open: the near end may write."""
        if self._stream is None:
            return NOTHING
        self._device_open = True
        return Turn(send=self._stream.data(b"", now_ms))

    def device_said(self, data: bytes, now_ms: int) -> Turn:
        """Bytes of the device for the near end."""
        return Turn(send=self._stream.data(data, now_ms)) if self._stream is not None else NOTHING

    def device_lost(self, why: str, now_ms: int) -> Turn:
        """The device's own link is gone or cannot be opened: so is the session."""
        if self._stream is None:
            return NOTHING
        last = self._stream.end(why, now_ms)
        return Turn(send=last, over=self._over(why).over)

    @property
    def session(self) -> bytes | None:
        """Names whoever has the device; None = nobody."""
        return self._stream.far if self._stream is not None else None

    def _greeted(self, envelope: Envelope, now_ms: int) -> Turn:
        near = envelope.near
        if self._stream is not None:
            if near == self._stream.near:
                self._books.refuse(Refusal.COUNTER)
                return NOTHING
            return self._answer(Kind.REFUSED, envelope, NO_SESSION, now_ms, b"in use")
        if near not in self._pending:
            if len(self._pending) >= PENDING_MAX:
                del self._pending[next(iter(self._pending))]
            self._pending[near] = self._new_session()
        return self._answer(Kind.WELCOME, envelope, self._pending[near], now_ms)

    def _answer(self, kind: Kind, to: Envelope, far: bytes, now_ms: int, payload: bytes = b"") -> Turn:
        answer = Envelope(kind, Direction.UP, VALID_MS, to.near, far, 0, now_ms, to.stamp_ms, payload)
        return Turn(send=(self._shared.close(answer),))

    def _confirmed(self, envelope: Envelope, now_ms: int) -> Turn:
        """The first envelope of a session we have offered: its sender has our answer, so it is there now."""
        if envelope.kind is not Kind.DATA or self._pending.get(envelope.near) != envelope.far:
            self._books.refuse(Refusal.SESSION)
            return NOTHING
        heard = envelope.stamp_ms, now_ms
        stream = Stream(self._shared, envelope.near, envelope.far, Direction.UP, heard)
        if not stream.take(envelope, now_ms, self._books):
            return NOTHING
        self._stream = stream
        self._pending.clear()
        return Turn(opened=True)

    def _over(self, why: str) -> Turn:
        self._stream = None
        self._device_open = False
        return Turn(over=why)
