"""One session of an `mqtt:` link, seen from one end: what it sends, and what it takes (F28). Pure.

Two hosts have two clocks, and nobody compares them: each end is told the newest stamp the other had of *its
own* clock, so how old a message can be at most is measured by the receiver's clock alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from drivers.links.mqtt.envelope import (
    PAYLOAD_MAX,
    VALID_MAX_MS,
    Direction,
    Envelope,
    EnvelopeError,
    Kind,
    Refusal,
    seal,
    unseal,
)

VALID_MS = 1_000
"""What our own envelopes are good for; a receiver takes at most VALID_MAX_MS."""
BEAT_MS = 250
"""An end that has said nothing for so long says so: the other learns a fresh stamp by it."""
SILENCE_MS = 2_000
"""A session in which nothing that counts has come for so long is over."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What the two ends of a link share: its key and its topic."""

    key: bytes = field(repr=False)
    topic: str

    def close(self, envelope: Envelope) -> bytes:
        """The bytes of an envelope."""
        return seal(envelope, self.key, self.topic)

    def open(self, data: bytes) -> Envelope:
        """The envelope in these bytes; EnvelopeError if it does not count."""
        return unseal(data, self.key, self.topic)


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from one message, one tick or one wish. `over` says why the session is over."""

    send: tuple[bytes, ...] = ()
    deliver: bytes = b""
    opened: bool = False
    over: str = ""


NOTHING = Turn()


@dataclass(slots=True)
class Books:
    """What was thrown away, by reason, and how many envelopes of a session never came."""

    refused: Counter[Refusal] = field(default_factory=Counter)
    gaps: int = 0

    def refuse(self, refusal: Refusal) -> None:
        """Count one."""
        self.refused[refusal] += 1

    def __str__(self) -> str:
        """Such as `3 too old, 1 of another session`; empty if nothing was thrown away or lost."""
        lost = {f"{refusal}": number for refusal, number in self.refused.items()}
        if self.gaps:
            lost["never came"] = self.gaps
        return ", ".join(f"{number} {what}" for what, number in lost.items())

    def read(self, shared: Seal, data: bytes, mine: Direction, *, retained: bool) -> Envelope | None:
        """The envelope in a message for this end, or None, counted: whatever it is, it is not delivered."""
        if retained:
            self.refuse(Refusal.RETAINED)
            return None
        try:
            envelope = shared.open(data)
        except EnvelopeError as error:
            self.refuse(error.refusal)
            return None
        if envelope.direction is not mine:
            self.refuse(Refusal.DIRECTION)
            return None
        return envelope


class Stream:
    """The numbers of one session; `out` is the direction in which this end sends."""

    def __init__(self, shared: Seal, near: bytes, far: bytes, out: Direction, heard: tuple[int, int]) -> None:
        self._shared = shared
        self.near = near
        self.far = far
        self._out = out
        self._stamp_in, self.heard_ms = heard
        self._counter_out = 0
        self._counter_in = 0
        self._sent_ms: int | None = None

    def data(self, payload: bytes, now_ms: int) -> tuple[bytes, ...]:
        """Envelopes with these bytes; without any, a beat."""
        pieces = [payload[at : at + PAYLOAD_MAX] for at in range(0, len(payload), PAYLOAD_MAX)] or [b""]
        return tuple(self._close(Kind.DATA, piece, now_ms) for piece in pieces)

    def end(self, why: str, now_ms: int) -> tuple[bytes, ...]:
        """The last envelope of a session."""
        return (self._close(Kind.END, why.encode()[:200], now_ms),)

    def beat(self, now_ms: int) -> tuple[bytes, ...]:
        """A beat if one is due."""
        due = self._sent_ms is None or now_ms - self._sent_ms >= BEAT_MS
        return self.data(b"", now_ms) if due else ()

    def silent(self, now_ms: int) -> bool:
        """Nothing that counts has come for too long."""
        return now_ms - self.heard_ms > SILENCE_MS

    def take(self, envelope: Envelope, now_ms: int, books: Books) -> bool:
        """Whether an envelope of DATA or END counts now; one that does not is counted in the books.

        The stamp of one that is too old is learned all the same: what is sealed after it is younger still.
        """
        if (envelope.near, envelope.far) != (self.near, self.far):
            books.refuse(Refusal.SESSION)
            return False
        if envelope.counter <= self._counter_in:
            books.refuse(Refusal.COUNTER)
            return False
        books.gaps += envelope.counter - self._counter_in - 1
        self._counter_in = envelope.counter
        self._stamp_in = max(self._stamp_in, envelope.stamp_ms)
        if not fresh(envelope, now_ms):
            books.refuse(Refusal.STALE)
            return False
        self.heard_ms = now_ms
        return True

    def _close(self, kind: Kind, payload: bytes, now_ms: int) -> bytes:
        self._counter_out += 1
        self._sent_ms = now_ms
        return self._shared.close(
            Envelope(
                kind,
                self._out,
                VALID_MS,
                self.near,
                self.far,
                self._counter_out,
                now_ms,
                self._stamp_in,
                payload,
            )
        )


def fresh(envelope: Envelope, now_ms: int) -> bool:
    """By the receiver's clock: sent after the stamp it echoes, and that was not too long ago."""
    return 0 <= now_ms - envelope.echo_ms <= min(envelope.valid_ms, VALID_MAX_MS)
