"""The envelope of an `mqtt:` link, byte for byte as docs/reference/mqtt-link.md has it. Pure.

Big-endian: magic `IFL1`, kind, direction, validity (2), near session (16), far session (16), counter (8),
stamp (8), echo (8), length (2), payload, HMAC-SHA-256 (32) over topic, a zero byte, and all before it.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import IntEnum, StrEnum

MAGIC = b"IFL1"
KEY_BYTES = 32
SESSION_BYTES = 16
NO_SESSION = bytes(SESSION_BYTES)
PAYLOAD_MAX = 4096
VALID_MAX_MS = 2_000
"""No envelope is good for longer (F28)."""
_HEAD = struct.Struct(">4sBBH16s16sQQQH")
_MAC_BYTES = 32


class Kind(IntEnum):
    """What an envelope is for. DATA without payload is a beat."""

    HELLO = 1
    WELCOME = 2
    REFUSED = 3
    DATA = 4
    END = 5


class Direction(IntEnum):
    """DOWN: to the device; UP: from it."""

    DOWN = 0x44
    UP = 0x55


class Refusal(StrEnum):
    """Why an envelope was thrown away unread."""

    RETAINED = "kept by the broker"
    MALFORMED = "no envelope"
    KEY = "not sealed with this link's key, or not for this topic"
    DIRECTION = "for the other direction"
    SESSION = "of another conversation"
    COUNTER = "doubled or out of order"
    STALE = "too old"


class EnvelopeError(Exception):
    """These bytes are no envelope that counts; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message. `stamp_ms`: the sender's own clock; `echo_ms`: the newest stamp it has of the other's."""

    kind: Kind
    direction: Direction
    valid_ms: int
    near: bytes
    far: bytes
    counter: int
    stamp_ms: int
    echo_ms: int
    payload: bytes = b""


def seal(envelope: Envelope, key: bytes, topic: str) -> bytes:
    """The bytes of an envelope; ValueError for one that no receiver would take."""
    if len(key) != KEY_BYTES or len(envelope.payload) > PAYLOAD_MAX or envelope.valid_ms > VALID_MAX_MS:
        raise ValueError(f"a key has {KEY_BYTES} bytes, a payload at most {PAYLOAD_MAX}; {VALID_MAX_MS} ms")
    if {len(envelope.near), len(envelope.far)} != {SESSION_BYTES}:
        raise ValueError(f"a session has {SESSION_BYTES} bytes")
    try:
        head = _HEAD.pack(
            MAGIC,
            envelope.kind,
            envelope.direction,
            envelope.valid_ms,
            envelope.near,
            envelope.far,
            envelope.counter,
            envelope.stamp_ms,
            envelope.echo_ms,
            len(envelope.payload),
        )
    except struct.error as error:
        raise ValueError(f"{envelope}: {error}") from None
    body = head + envelope.payload
    return body + _mac(body, key, topic)


def unseal(data: bytes, key: bytes, topic: str) -> Envelope:
    """The envelope in these bytes if this key sealed it for this topic; EnvelopeError otherwise."""
    size = len(data) - _HEAD.size - _MAC_BYTES
    if not 0 <= size <= PAYLOAD_MAX or data[: len(MAGIC)] != MAGIC:
        raise EnvelopeError(Refusal.MALFORMED)
    body, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    if not hmac.compare_digest(_mac(body, key, topic), mac):
        raise EnvelopeError(Refusal.KEY)
    _, kind, direction, valid_ms, near, far, counter, stamp_ms, echo_ms, length = _HEAD.unpack_from(body)
    if length != size or valid_ms > VALID_MAX_MS:
        raise EnvelopeError(Refusal.MALFORMED)
    try:
        return Envelope(
            Kind(kind),
            Direction(direction),
            valid_ms,
            near,
            far,
            counter,
            stamp_ms,
            echo_ms,
            body[_HEAD.size :],
        )
    except ValueError:
        raise EnvelopeError(Refusal.MALFORMED) from None


def _mac(body: bytes, key: bytes, topic: str) -> bytes:
    return hmac.digest(key, topic.encode() + b"\0" + body, hashlib.sha256)
