"""S/5 records built by hand from the documents, to be read by the driver."""

from __future__ import annotations

import struct
from collections.abc import Mapping

DISPLAY_10_S = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000010a000e0000000000497e"
)
DISPLAY_STOP = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000010000000000000000317e"
)
WAVE_START = bytes.fromhex(
    "7e480000000000000000000000000001000000000000ff00000000000000000000000000000000000000"
    "00000001ff0000000000000000000000000000000000000000000000000000487e"
)
SINGLE_BASIC = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff00000000000000000000000000000000000001ffff0000000000002f7e"
)

ON = 3
"""Present and active."""
GOOD: Mapping[int, int] = {
    0: ON,
    6: 72,
    14: 17,
    72: ON,
    76: 0x000B,
    78: 12050,
    80: 7000,
    82: 8700,
    86: ON,
    92: 3710,
    118: ON,
    124: 9800,
    126: 71,
    132: ON,
    138: 500,
    142: 16,
    144: 7600,
}
"""Offset in the basic class to value; 0, 72, 86, 94, 102, 110, 118, 132 are the u32 status words."""
STATUS_WORDS = frozenset((0, 16, 30, 44, 58, 72, 86, 94, 102, 110, 118, 132))


def basic_class(values: Mapping[int, int]) -> bytes:
    """270 bytes: status words as u32, everything else as 16 bits."""
    data = bytearray(270)
    for place, value in values.items():
        if place in STATUS_WORDS:
            struct.pack_into("<I", data, place, value)
        else:
            struct.pack_into("<H", data, place, value & 0xFFFF)
    return bytes(data)


def framed(record: bytes) -> bytes:
    """Checksum, escapes and flags as the document puts them in words."""
    inner = record + bytes((sum(record) % 256,))
    inner = inner.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    return b"\x7e" + inner + b"\x7e"


def header(length: int, kind: int, time_s: int, offsets: list[tuple[int, int]]) -> bytes:
    """The 40 bytes before the sub-records."""
    table = b"".join(struct.pack("<hB", *entry) for entry in offsets)
    table += b"\x00\x00\xff" * (8 - len(offsets))
    return struct.pack("<hBBHIB3xH", length, 7, 10, 0, time_s, 0, kind) + table[:24]


def display(changes: Mapping[int, int] | None = None, *, time_s: int = 1000, kind: int = 1) -> bytes:
    """A PHDB record with all four classes, 1152 bytes before escaping."""
    values = {**GOOD, **(changes or {})}
    body = b""
    for number in range(4):
        data = basic_class(values) if number == 0 else b"\x01\x80" * 135
        body += struct.pack("<I", time_s) + data + b"\x00\x00" + struct.pack("<H", number << 8 | 0xA1)
    offsets = [(278 * number, kind) for number in range(4)]
    return framed(header(40 + len(body), 0, time_s, offsets) + body)
