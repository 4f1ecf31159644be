"""S/5 PHDB records as the monitor builds them, and its framing (facts: monitors 4.2 to 4.4, 20)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

FLAG: Final = 0x7E
ESCAPE: Final = 0x7D
BIT_5: Final = 0x20
HEADER: Final = 40
CLASS_SIZE: Final = 270
SUBRECORD: Final = 278
RECORD: Final = HEADER + 4 * SUBRECORD
DRI_LEVEL: Final = 10
SUBTYPE: Final = 0xA1
DISPL: Final = 1
INVALID: Final = -32767
PRESENT: Final = 1
ACTIVE: Final = 2
GROUPS: Final[Mapping[str, tuple[int, int]]] = {
    "ecg": (0, 5),
    "p1": (16, 4),
    "p2": (30, 4),
    "p3": (44, 4),
    "p4": (58, 4),
    "nibp": (72, 4),
    "t1": (86, 1),
    "t2": (94, 1),
    "t3": (102, 1),
    "t4": (110, 1),
    "spo2": (118, 4),
    "co2": (132, 4),
}
"""Group: (offset in the class, number of values after status u32 and label u16)."""


def enclose(record: bytes) -> bytes:
    """Record with its checksum, escaped, between flags."""
    inner = record + bytes([sum(record) & 0xFF])
    for byte in (ESCAPE, FLAG):
        inner = inner.replace(bytes([byte]), bytes([ESCAPE, byte & ~BIT_5]))
    return bytes([FLAG]) + inner + bytes([FLAG])


def open_frame(raw: bytes) -> bytes | None:
    """The record between two flags, or None when checksum or length is wrong."""
    plain, *escaped = raw.split(bytes([ESCAPE]))
    content = plain + b"".join(bytes([piece[0] | BIT_5]) + piece[1:] for piece in escaped if piece)
    record = content[:-1]
    if len(record) < HEADER or sum(record) & 0xFF != content[-1]:
        return None
    return record if int.from_bytes(record[:2], "little") == len(record) else None


class Group:
    """One measurement group; values are wire integers, None goes out as invalid."""

    def __init__(self, values: list[int | None], *, status: int = PRESENT | ACTIVE, label: int = 0) -> None:
        self.values = values
        self.status = status
        self.label = label


def record(groups: Mapping[str, Group], *, number: int, time_s: int) -> bytes:
    """A full DISPL record: four class sub-records, groups not given are absent."""
    basic = bytearray(CLASS_SIZE)
    for name, (offset, count) in GROUPS.items():
        group = groups.get(name, Group([], status=0))
        values = [INVALID if value is None else value for value in group.values]
        values += [INVALID] * (count - len(values))
        struct.pack_into(f"<IH{count}h", basic, offset, group.status, group.label, *values)
    classes = [bytes(basic), bytes(CLASS_SIZE), bytes(CLASS_SIZE), bytes(CLASS_SIZE)]
    body = b"".join(
        struct.pack("<I", time_s) + content + struct.pack("<BBH", 0, 0, index << 8 | SUBTYPE)
        for index, content in enumerate(classes)
    )
    return _header(number, time_s) + body


def _header(number: int, time_s: int) -> bytes:
    head = struct.pack("<hBBHIBBHH", RECORD, number & 0xFF, DRI_LEVEL, 0, time_s, 0, 0, 0, 0)
    directory = b"".join(struct.pack("<hB", index * SUBRECORD, DISPL) for index in range(4))
    return head + directory + struct.pack("<hB", 0, 0xFF) + bytes(9)
