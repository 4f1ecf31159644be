"""DIANET-Star framing: flags, stuffing, checksum (facts: pumps 4.1)."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

FLAG = b"\x7e"
ESCAPE = b"\x7d"
RESERVED = b"\x80"
FLIP = 0x20
POLYNOMIAL = 0x1021
ACK = 0x06
NAK = 0x15
FRAME_MAX = 512


class Nak(IntEnum):
    """Why the pump refuses."""

    CRC = 0x01
    FRAME = 0x02
    SEGMENT = 0x03
    OPERATING = 0x04
    IDENT = 0x05
    RANGE = 0x06
    LENGTH = 0x07
    ADDRESS = 0x08
    MODE = 0x09
    IMPOSSIBLE = 0x0C


def _table_entry(index: int) -> int:
    register = index << 8
    for _ in range(8):
        register = (register << 1) ^ (POLYNOMIAL if register & 0x8000 else 0)
    return register & 0xFFFF


TABLE = tuple(_table_entry(index) for index in range(256))


@lru_cache(maxsize=256)
def checksum(data: bytes) -> int:
    """The pump's CRC: each byte enters the low end of the register, no flush at the end."""
    register = 0xFFFF
    for byte in data:
        register = (register << 8 & 0xFFFF) ^ byte ^ TABLE[register >> 8]
    return register


def enclose(content: bytes) -> bytes:
    """Content with checksum, stuffed, between flags."""
    inner = content + checksum(content).to_bytes(2, "big")
    for byte in (ESCAPE, FLAG, RESERVED):
        if byte in inner:
            inner = inner.replace(byte, ESCAPE + bytes([byte[0] ^ FLIP]))
    return FLAG + inner + FLAG


def unstuff(raw: bytes) -> bytes | None:
    """What stands between two flags, unstuffed; None for a frame error."""
    if RESERVED in raw:
        return None
    out, *flipped = raw.split(ESCAPE)
    if not all(flipped):
        return None
    for piece in flipped:
        out += bytes([piece[0] ^ FLIP]) + piece[1:]
    return None if len(out) < 4 else out


class Splitter:
    """Cuts the byte stream at flags; forgets a half frame that is older than the inter-frame time-out."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._raw = bytearray()
        self._last_s = 0.0

    def feed(self, data: bytes, now_s: float) -> list[bytes]:
        """The raw contents of all frames that ended in `data`."""
        if now_s - self._last_s > self._timeout_s:
            self._raw.clear()
        self._last_s = now_s
        *ended, rest = data.split(FLAG)
        frames: list[bytes] = []
        for piece in ended:
            self._keep(piece)
            if self._raw:
                frames.append(bytes(self._raw))
            self._raw.clear()
        self._keep(rest)
        return frames

    def _keep(self, piece: bytes) -> None:
        self._raw += piece[: FRAME_MAX - len(self._raw)]
