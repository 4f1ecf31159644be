"""S/5 DRI on the wire: bytes to records, requests to bytes. Pure; source: docs/devices/s5-dri.md."""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from drivers.errors import BadFrame
from drivers.flagged import ESCAPE, FLAG, UNFINISHED, Flagged, Framed

ESCAPED = ((ESCAPE, b"\x7d\x5d"), (FLAG, b"\x7d\x5e"))
"""Each byte that may not stand inside a frame, and what stands for it; the escape itself comes first."""
RECORD_MAX = 8192
HEADER = 40
DIRECTORY = 16
SUBRECORDS = 8
END_OF_LIST = 0xFF
DISPLAY = 1
DISPLAY_LENGTH = 278
CLASS_START = 4
CLASS_TAG = 276
CLASS_BASIC = 0
ALL_CLASSES = 0x0000000E
ONCE = -1
CANCEL = 0


class Kind(IntEnum):
    """r_maintype of a record."""

    PHDB = 0
    WAVE = 1
    ALARM = 4
    NETWORK = 5
    FO = 8


_NAMES = {int(kind): kind.name.lower() for kind in Kind}


@dataclass(frozen=True, slots=True)
class Record:
    """One record with a good checksum, its own length and offsets in range; the list is (offset, type)."""

    kind: int
    level: int
    time_s: int
    subrecords: tuple[tuple[int, int], ...]
    body: bytes


def encode(record: bytes) -> bytes:
    """A whole frame: checksum, escapes, flags."""
    inner = record + bytes((sum(record) & 0xFF,))
    for byte, pair in ESCAPED:
        inner = inner.replace(byte, pair)
    return FLAG + inner + FLAG


_FAULT = re.compile(rb"\x7d(?![\x5d\x5e])")
"""An escape that escapes nothing (yet, if it is the last byte)."""


def encode_display_request(interval_s: int, classes: int = ALL_CLASSES) -> bytes:
    """Ask for display values every `interval_s`, ONCE or CANCEL; `classes` is the class mask."""
    body = struct.pack("<BhIh", DISPLAY, interval_s, classes, 0)
    header = bytearray(HEADER)
    header[0:2] = (HEADER + len(body)).to_bytes(2, "little")
    header[21] = END_OF_LIST
    return encode(bytes(header) + body)


class Decoder:
    """Bytes in, records out. Never raises; `accepted` counts by kind, `rejected` by reason."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self._frames = Flagged(ESCAPED, _FAULT, RECORD_MAX, misread="escape")

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._frames.reset()

    def feed(self, data: bytes) -> list[Record]:
        """The records these bytes complete."""
        found = (self._record_of(framed) for framed in self._frames.feed(data))
        return [record for record in found if record is not None]

    def finish(self) -> None:
        """The stream ends here: a frame it ends in is rejected."""
        if self._frames.finish():
            self.rejected[UNFINISHED] += 1

    def _record_of(self, framed: Framed) -> Record | None:
        broken = framed.broken
        if not broken:
            try:
                record = parse_record(framed.body)
            except BadFrame as error:
                broken = str(error)
            else:
                self.accepted[kind_name(record.kind)] += 1
                return record
        self.rejected[framed.reason(broken)] += 1
        return None


def kind_name(kind: int) -> str:
    """A word for r_maintype; every kind without a name is `other`."""
    return _NAMES.get(kind, "other")


_HEADER = struct.Struct("<hxB2xI4xH")
_DIRECTORY = struct.Struct("<hB")


def parse_record(raw: bytes) -> Record:
    """Unescaped bytes with their checksum; BadFrame says what is wrong in one word.

    The additive checksum does not see inserted zero bytes: length and offsets are checked as well.
    """
    if len(raw) <= HEADER:
        raise BadFrame("short")
    record, checksum = raw[:-1], raw[-1]
    if sum(record) & 0xFF != checksum:
        raise BadFrame("checksum")
    length, level, time_s, kind = _HEADER.unpack_from(record)
    if length != len(record):
        raise BadFrame("length")
    body = record[HEADER:]
    return Record(kind, level, time_s, _subrecords(record, kind, len(body)), body)


def _subrecords(record: bytes, kind: int, body_length: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for offset, code in _DIRECTORY.iter_unpack(record[DIRECTORY : DIRECTORY + SUBRECORDS * _DIRECTORY.size]):
        if code == END_OF_LIST:
            break
        needed = DISPLAY_LENGTH if kind == Kind.PHDB and code == DISPLAY else 0
        if offset < 0 or offset + needed > body_length:
            raise BadFrame("offset")
        found.append((offset, code))
    return tuple(found)


class Group(NamedTuple):
    """A group of the basic class: status bits, label bits, and its values by their name."""

    status: int
    label: int
    values: dict[str, int]


class Basic(NamedTuple):
    """The basic class of a display record, raw as sent; `temps` are T1 to T4."""

    ecg: Group
    nibp: Group
    temps: tuple[Group, ...]
    spo2: Group
    co2: Group


def basic_of(record: Record) -> Basic | None:
    """The basic display class of a PHDB record, None if it carries none (trends, other classes)."""
    return next((_basic(sub[CLASS_START:]) for sub in _basic_displays(record)), None)


def displays_of(record: Record) -> list[tuple[int, Basic]]:
    """Every basic display class of a PHDB record with its own time; one that is listed twice counts once."""
    return [
        (int.from_bytes(sub[:CLASS_START], "little"), _basic(sub[CLASS_START:]))
        for sub in dict.fromkeys(_basic_displays(record))
    ]


def _basic_displays(record: Record) -> Iterator[bytes]:
    if record.kind != Kind.PHDB:
        return
    for offset, code in record.subrecords:
        if code == DISPLAY:
            sub = record.body[offset : offset + DISPLAY_LENGTH]
            tag = int.from_bytes(sub[CLASS_TAG:DISPLAY_LENGTH], "little")
            if (tag >> 8) & 0x0F == CLASS_BASIC:
                yield sub


_BASIC = struct.Struct("<IHh6xh 56x IHhhh 2x IHh IHh IHh IHh IHhh 4x IHh2xhh")
"""Status and label of each group with the values that are used: ecg, nibp, t1 to t4, spo2, co2."""


def _basic(data: bytes) -> Basic:
    values = _BASIC.unpack_from(data)
    ecg, nibp, temps, spo2, co2 = values[:4], values[4:9], values[9:21], values[21:25], values[25:]
    return Basic(
        ecg=Group(ecg[0], ecg[1], {"hr": ecg[2], "rr": ecg[3]}),
        nibp=Group(nibp[0], nibp[1], {"sys": nibp[2], "dia": nibp[3], "mean": nibp[4]}),
        temps=tuple(Group(temps[i], temps[i + 1], {"temp": temps[i + 2]}) for i in (0, 3, 6, 9)),
        spo2=Group(spo2[0], spo2[1], {"spo2": spo2[2], "pulse": spo2[3]}),
        co2=Group(co2[0], co2[1], {"et": co2[2], "rr": co2[3], "ambient": co2[4]}),
    )
