"""The end of an `mqtt:` link at the daemon, as a state machine. Pure: time and randomness are handed in."""

from __future__ import annotations

from drivers.links.mqtt.envelope import NO_SESSION, Direction, Envelope, Kind, Refusal
from drivers.links.mqtt.stream import NOTHING, VALID_MS, Books, Seal, Stream, Turn, fresh

HELLO_MS = 500
"""A greeting nobody answered is said again."""


class NearEnd:
    """One connection. `session` is new and random: what was sealed before it counts nowhere."""

    def __init__(self, shared: Seal, session: bytes, books: Books, far_begins: bytes = b"") -> None:
        self._shared = shared
        self._session = session
        self._books = books
        self._far_begins = far_begins
        self._stream: Stream | None = None
        self._greeted_ms: int | None = None
        self.is_open = False

    def take(self, data: bytes, now_ms: int, *, retained: bool = False) -> Turn:
        """One message from the broker."""
        envelope = self._books.read(self._shared, data, Direction.UP, retained=retained)
        if envelope is None:
            return NOTHING
        if envelope.near != self._session:
            self._books.refuse(Refusal.SESSION)
            return NOTHING
        match envelope.kind:
            case Kind.WELCOME:
                return self._welcomed(envelope, now_ms)
            case Kind.REFUSED if self._stream is None:
                return Turn(over=_text(envelope))
            case Kind.DATA | Kind.END if self._stream is not None:
                return self._taken(self._stream, envelope, now_ms)
        self._books.refuse(Refusal.SESSION)
        return NOTHING

    def tick(self, now_ms: int) -> Turn:
        """Called a few times a second: greet, beat, notice silence."""
        if self._stream is None:
            if self._greeted_ms is not None and now_ms - self._greeted_ms < HELLO_MS:
                return NOTHING
            self._greeted_ms = now_ms
            hello = Envelope(Kind.HELLO, Direction.DOWN, VALID_MS, self._session, NO_SESSION, 0, now_ms, 0)
            return Turn(send=(self._shared.close(hello),))
        if self._stream.silent(now_ms):
            return Turn(over="nothing from the far end")
        return Turn(send=self._stream.beat(now_ms))

    def write(self, data: bytes, now_ms: int) -> Turn:
        """Bytes for the device; only while `is_open`."""
        return Turn(send=self._stream.data(data, now_ms)) if self.is_open and self._stream else NOTHING

    def close(self, now_ms: int) -> Turn:
        """The session is over from this end."""
        self.is_open = False
        return Turn(send=self._stream.end("closed", now_ms)) if self._stream is not None else NOTHING

    def _welcomed(self, envelope: Envelope, now_ms: int) -> Turn:
        if self._stream is not None:
            self._books.refuse(Refusal.COUNTER)
            return NOTHING
        if not envelope.far.startswith(self._far_begins):
            self._books.refuse(Refusal.SESSION)
            return NOTHING
        if not fresh(envelope, now_ms):
            self._books.refuse(Refusal.STALE)
            return NOTHING
        heard = envelope.stamp_ms, now_ms
        self._stream = Stream(self._shared, self._session, envelope.far, Direction.DOWN, heard)
        return Turn(send=self._stream.beat(now_ms))

    def _taken(self, stream: Stream, envelope: Envelope, now_ms: int) -> Turn:
        if not stream.take(envelope, now_ms, self._books):
            return NOTHING
        if envelope.kind is Kind.END:
            return Turn(over=_text(envelope))
        opened = not self.is_open
        self.is_open = True
        return Turn(deliver=envelope.payload, opened=opened)


def _text(envelope: Envelope) -> str:
    return "the far end: " + (envelope.payload.decode(errors="replace") or "the conversation is over")
