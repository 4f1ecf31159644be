"""The frame around each message on the serial port (MIB/RS232); on the network a datagram is the frame. Pure.

C0, protocol 11, type 01, length (u16, high byte first), the message, checksum (low byte first), C1. Inside,
C0, C1 and 7D travel as 7D and the byte XOR 20; 7D C1 is a frame its sender gave up.
"""

from __future__ import annotations

import re
from collections import Counter

from drivers.errors import BadFrame

BEGIN = 0xC0
END = 0xC1
ESCAPE = 0x7D
BIT_5 = 0x20
HEADER = b"\x11\x01"
MESSAGE_MAX = 8192
"""Longer than any message that is asked for: the offer is 2500 bytes."""
BODY_MAX = len(HEADER) + 2 + MESSAGE_MAX + 2
_ESCAPED = re.compile(rb"\x7d(.)", re.DOTALL)
_SPECIAL = re.compile(rb"[\xc0\xc1\x7d]")


def fcs(data: bytes) -> int:
    """CRC-16/X-25: reflected 0x8408, from FFFF, inverted at the end; 906E for "123456789"."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFF


def _step(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc


_TABLE = tuple(_step(byte) for byte in range(256))


def enclose(inner: bytes) -> bytes:
    """Bytes with their checksum, escaped, between the two flags."""
    whole = inner + fcs(inner).to_bytes(2, "little")
    escaped = _SPECIAL.sub(lambda found: bytes((ESCAPE, found[0][0] ^ BIT_5)), whole)
    return bytes((BEGIN,)) + escaped + bytes((END,))


def encode(message: bytes) -> bytes:
    """One message in its frame."""
    return enclose(HEADER + len(message).to_bytes(2) + message)


class Deframer:
    """Bytes cut anywhere in, messages out; never raises, in bounded memory. `rejected` counts by reason."""

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._body = bytearray()
        self._inside = False
        self._too_long = False

    @property
    def held(self) -> int:
        """Bytes of a half-received frame, still escaped."""
        return len(self._body)

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._begin(inside=False)

    def finish(self) -> None:
        """The bytes end here: a frame without its end is rejected."""
        if self._inside and (self._body or self._too_long):
            self.rejected["unfinished"] += 1
        self.reset()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages these bytes complete. What stands outside of frames is noise and skipped."""
        found = []
        for piece in re.split(rb"([\xc0\xc1])", data):
            if piece == b"\xc0":
                if self._inside and (self._body or self._too_long):
                    self.rejected["cut off"] += 1
                self._begin(inside=True)
            elif piece == b"\xc1":
                message = self._end() if self._inside else None
                if message is not None:
                    found.append(message)
                self._begin(inside=False)
            elif self._inside:
                self._take(piece)
        return found

    def _begin(self, *, inside: bool) -> None:
        self._body.clear()
        self._inside = inside
        self._too_long = False

    def _take(self, piece: bytes) -> None:
        if self._too_long or len(self._body) + len(piece) > 2 * BODY_MAX:
            self._too_long = True
            self._body.clear()
        else:
            self._body += piece

    def _end(self) -> bytes | None:
        reason = "too long"
        if not self._too_long:
            try:
                return _open(bytes(self._body))
            except BadFrame as error:
                reason = str(error)
        self.rejected[reason] += 1
        return None


def _open(raw: bytes) -> bytes:
    """The message between two flags; BadFrame says what is wrong in a word or two."""
    if raw.endswith(b"\x7d"):
        raise BadFrame("given up")
    body = _ESCAPED.sub(lambda found: bytes((found[1][0] ^ BIT_5,)), raw)
    inner = body[:-2]
    if len(inner) < 4:
        raise BadFrame("short")
    if fcs(inner) != int.from_bytes(body[-2:], "little"):
        raise BadFrame("checksum")
    if inner[:2] != HEADER:
        raise BadFrame("protocol")
    if int.from_bytes(inner[2:4]) != len(inner) - 4:
        raise BadFrame("length")
    return inner[4:]
