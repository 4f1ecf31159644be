"""Messages of a broker as lines of JSON, as `mosquitto_sub -F %j` prints them: bytes to messages. Pure."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LINE_MAX = 16_384
_DEPTH_FAULTS = (ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: where, what (a JSON object), and whether the broker had kept it."""

    topic: str
    content: dict[str, Any]
    retained: bool


class Decoder:
    """Bytes in, messages out. Never raises, in bounded memory; `rejected` counts what was none, by reason."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self._held = bytearray()
        self._too_long = False

    def reset(self) -> None:
        """Forget a half-received line."""
        self._held.clear()
        self._too_long = False

    def feed(self, data: bytes) -> list[Message]:
        """The messages these bytes end."""
        *ended, rest = data.split(b"\n")
        found = []
        for piece in ended:
            self._take(piece)
            message = self._message()
            self.reset()
            if message is not None:
                self.accepted["message"] += 1
                found.append(message)
        self._take(rest)
        return found

    def _take(self, piece: bytes) -> None:
        if len(self._held) + len(piece) > LINE_MAX:
            self._too_long = True
            self._held.clear()
        elif not self._too_long:
            self._held += piece

    def _message(self) -> Message | None:
        if self._too_long:
            self.rejected["too long"] += 1
            return None
        if not self._held.strip():
            return None
        line = _object(bytes(self._held))
        payload = line.get("payload") if line is not None else None
        content = _object(payload.encode(errors="replace")) if isinstance(payload, str) else payload
        if line is None or not isinstance(line.get("topic"), str):
            self.rejected["no message"] += 1
            return None
        if not isinstance(content, dict):
            self.rejected["no JSON object"] += 1
            return None
        return Message(line["topic"], content, bool(line.get("retain", True)))


def line_of(topic: str, payload: bytes, retained: bool) -> bytes:
    """A message as a line; what is no UTF-8 does not become any."""
    text = payload.decode(errors="replace")
    return json.dumps({"topic": topic, "retain": int(retained), "payload": text}).encode() + b"\n"


def _object(data: bytes) -> dict[str, Any] | None:
    """The object in a text, numbers exact; None if there is none, if a key is doubled or a number is none."""
    try:
        found = json.loads(
            data,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_once,
        )
    except _DEPTH_FAULTS:
        return None
    return found if isinstance(found, dict) else None


def _no_number(word: str) -> None:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found
