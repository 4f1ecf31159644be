"""One journal record: a numbered, timed, hash-chained JSON body."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.engine.events import Event
from daemon.journal.codec import CodecError, decode_event, encode

_SHAPE = {
    "seq": int,
    "at_ms": int,
    "wire_ms": int,
    "utc": str,
    "sync": bool,
    "boot": str,
    "type": str,
    "data": dict,
}
_LARGEST = 2**53
"""Of a number or a time in milliseconds: far beyond any that is true, and exact everywhere."""
GENESIS = "0" * 64
"""Stands where the first record names the hash before it."""
_TEXT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Record:
    """`seq` counts from 1 without a hole; `hash` is SHA-256 over the hash before it and the body."""

    seq: int
    body: str
    hash: str

    def content(self) -> dict[str, Any]:
        """The body: seq, at_ms, wire_ms, utc, sync, boot, type, data; ValueError if it is of no record."""
        try:
            content: dict[str, Any] = json.loads(self.body)
        except RecursionError:
            raise CodecError("the body is nested too deeply") from None
        if not isinstance(content, dict):
            raise CodecError("the body is no mapping")
        for key, kind in _SHAPE.items():
            value = content.get(key)
            if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= _LARGEST):
                raise CodecError(f"{key} is {value!r:.60}")
        datetime.fromisoformat(content["utc"])
        return content

    def event(self) -> Event:
        """The fact this record holds."""
        return event_of(self.content())


def event_of(content: Mapping[str, Any]) -> Event:
    """The fact in the content of a record."""
    return decode_event(content["type"], content["data"])


DOES_NOT_FOLLOW = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What a whole record of another version, or of another run, makes of a state it does not belong to."""


def not_following(record: Record, error: Exception) -> CodecError:
    """What is said of a record that does not follow from those before it."""
    if isinstance(error, CodecError):
        return error
    return CodecError(f"record {record.seq} does not follow from those before it: {error!r:.200}")


def chain(before: str, body: str) -> str:
    """The hash of a body that follows the record with hash `before`."""
    return hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()


def make(
    seq: int, before: str, event: Event, *, at_ms: int, wire_ms: int, utc: str, boot: str, sync: bool
) -> Record:
    """The record of one event."""
    content = {
        "seq": seq,
        "at_ms": at_ms,
        "wire_ms": wire_ms,
        "utc": utc,
        "sync": sync,
        "boot": boot,
        "type": type(event).__name__,
        "data": encode(event),
    }
    body = _TEXT.encode(content)
    return Record(seq, body, chain(before, body))
