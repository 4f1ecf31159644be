"""MLLP on the wire: bytes to HL7 messages, answers to bytes. Pure; source: docs/devices/hl7-oru.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.errors import BadFrame
from drivers.monitors.hl7_oru.message import Header, Message, header_of, parse_message

START = b"\x0b"
END = b"\x1c"
MESSAGE_MAX = 1 << 16
"""Longer than any message of one patient; what is longer is refused, and its beginning kept to say so."""
HEAD_MAX = 1024
"""An MSH segment stands within these."""
_MARK = re.compile(rb"([\x0b\x1c])")
_PADDING = b"\r\n \x00"
_LINES = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Faulty:
    """A block that is no message, why, and its header if that could be read: then it is answered."""

    why: str
    header: Header | None


class Decoder:
    """Bytes in, blocks out. Never raises; `accepted` counts by kind, `rejected` by reason."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self._body = bytearray()
        self._inside = self._stray = False
        self._length = 0

    def reset(self) -> None:
        """Forget a half-received message."""
        self._begin(inside=False)

    @property
    def held(self) -> int:
        """Bytes of a half-received message."""
        return len(self._body)

    def feed(self, data: bytes) -> list[Message | Faulty]:
        """The blocks these bytes complete; what stands between blocks is counted and dropped."""
        return [block for piece in _MARK.split(data) for block in self._take(piece)]

    def finish(self) -> None:
        """The stream ends here: a block it ends in, or what is none, is rejected."""
        if self._inside:
            self.rejected["unfinished"] += 1
        elif self._stray:
            self.rejected["no start"] += 1
        self._begin(inside=False)

    def _take(self, piece: bytes) -> Iterator[Message | Faulty]:
        if piece == START:
            self.finish()
            self._begin(inside=True)
        elif piece == END:
            if self._inside:
                yield self._block()
            else:
                self.rejected["no start"] += 1
            self._begin(inside=False)
        elif self._inside:
            self._length += len(piece)
            self._body += piece[: MESSAGE_MAX - len(self._body)]
        elif piece.strip(_PADDING):
            self._stray = True

    def _begin(self, *, inside: bool) -> None:
        self._body.clear()
        self._length = 0
        self._inside, self._stray = inside, False

    def _block(self) -> Message | Faulty:
        segments = _segments(bytes(self._body))
        why = "too long" if self._length > MESSAGE_MAX else ""
        if not why:
            try:
                message = parse_message(segments)
            except BadFrame as error:
                why = str(error)
            else:
                self.accepted[message.kind] += 1
                return message
        self.rejected[why] += 1
        return Faulty(why, _header(segments))


def _segments(body: bytes) -> list[str]:
    """Text in UTF-8, otherwise byte by byte; segments end with CR, a few senders' with LF."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return [segment for segment in _LINES.split(text) if segment]


def _header(segments: list[str]) -> Header | None:
    try:
        return header_of(segments[0][:HEAD_MAX]) if segments else None
    except BadFrame:
        return None


def encode_ack(header: Header, code: str, number: int, text: str = "") -> bytes:
    """An answer in the sender's own separators: AA taken, AE not; MSA-2 is its control id.

    It carries no time (a driver has no clock), and is numbered instead.
    """
    sep, component = header.separators[0], header.separators[1]
    trigger = f"{component}{header.trigger}" if header.trigger else ""
    msh = [
        *("MSH", header.separators[1:], "infusiond", "", header.application, header.facility, "", ""),
        *(f"ACK{trigger}", f"infusiond-{number}", header.processing or "P", header.version or "2.6"),
    ]
    msa = ["MSA", code, header.raw_control_id, *([_plain(text, header.separators)] if text else [])]
    body = f"{sep.join(msh)}\r{sep.join(msa)}\r"
    return START + body.encode("utf-8") + END + b"\r"


def _plain(text: str, separators: str) -> str:
    return "".join(" " if char in separators or not char.isprintable() else char for char in text)
