"""S/5 DRI on the wire: bytes to records, requests to bytes. Pure; source: docs/devices/s5-dri.md."""

from __future__ import annotations

import re
import struct
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum

from drivers.errors import BadFrame

FLAG = b"\x7e"
ESCAPE = b"\x7d"
ESCAPED = ((ESCAPE, b"\x7d\x5d"), (FLAG, b"\x7d\x5e"))
"""Each byte that may not stand inside a frame, and what stands for it; the escape itself comes first."""
RECORD_MAX = 8192
HEADER = 40
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


def _unescape(inner: bytes) -> bytes:
    for byte, pair in reversed(ESCAPED):
        inner = inner.replace(pair, byte)
    return inner


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
        self._record = bytearray()
        self._escaped = False
        self._broken = ""

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._record.clear()
        self._escaped = False
        self._broken = ""

    def feed(self, data: bytes) -> list[Record]:
        """The records these bytes complete."""
        *ended, rest = data.split(FLAG)
        records = []
        for piece in ended:
            self._take(piece)
            record = self._close()
            if record is not None:
                records.append(record)
        self._take(rest)
        return records

    def _take(self, piece: bytes) -> None:
        """Bytes of one frame, without flags."""
        if self._broken or not piece:
            return
        if self._escaped:
            piece = ESCAPE + piece
        fault = _FAULT.search(piece)
        good = len(piece) if fault is None else fault.start()
        bad = piece[good : good + 2]
        self._escaped = bad == ESCAPE
        self._record += _unescape(piece[:good])
        if len(self._record) > RECORD_MAX:
            self._broken = "too long"
        elif len(bad) == 2:
            self._broken = "escape" if len(self._record) < RECORD_MAX else "too long"
        if self._broken:
            self._record.clear()

    def _close(self) -> Record | None:
        raw, broken = bytes(self._record), self._broken or ("escape" if self._escaped else "")
        self.reset()
        if not raw and not broken:
            return None
        if not broken:
            try:
                record = parse_record(raw)
            except BadFrame as error:
                broken = str(error)
            else:
                self.accepted[kind_name(record.kind)] += 1
                return record
        self.rejected[broken] += 1
        return None


def kind_name(kind: int) -> str:
    """A word for r_maintype; every kind without a name is `other`."""
    try:
        return Kind(kind).name.lower()
    except ValueError:
        return "other"


def parse_record(raw: bytes) -> Record:
    """Unescaped bytes with their checksum; BadFrame says what is wrong in one word.

    The additive checksum does not see inserted zero bytes: length and offsets are checked as well.
    """
    record, checksum = raw[:-1], raw[-1]
    if len(record) < HEADER:
        raise BadFrame("short")
    if sum(record) & 0xFF != checksum:
        raise BadFrame("checksum")
    length, _, level, _, time_s, _, kind = struct.unpack_from("<hBBHI4sH", record)
    if length != len(record):
        raise BadFrame("length")
    body = record[HEADER:]
    return Record(kind, level, time_s, _subrecords(record, kind, len(body)), body)


def _subrecords(record: bytes, kind: int, body_length: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for number in range(SUBRECORDS):
        offset, code = struct.unpack_from("<hB", record, 16 + 3 * number)
        if code == END_OF_LIST:
            break
        needed = DISPLAY_LENGTH if kind == Kind.PHDB and code == DISPLAY else 0
        if offset < 0 or offset + needed > body_length:
            raise BadFrame("offset")
        found.append((offset, code))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the basic class: status bits, label bits, and its values by their name."""

    status: int
    label: int
    values: dict[str, int]


@dataclass(frozen=True, slots=True)
class Basic:
    """The basic class of a display record, raw as sent; `temps` are T1 to T4."""

    ecg: Group
    nibp: Group
    temps: tuple[Group, ...]
    spo2: Group
    co2: Group


def basic_of(record: Record) -> Basic | None:
    """The basic display class of a PHDB record, None if it carries none (trends, other classes)."""
    if record.kind != Kind.PHDB:
        return None
    for offset, code in record.subrecords:
        if code == DISPLAY:
            sub = record.body[offset : offset + DISPLAY_LENGTH]
            tag = int.from_bytes(sub[CLASS_TAG:DISPLAY_LENGTH], "little")
            if (tag >> 8) & 0x0F == CLASS_BASIC:
                return _basic(sub[CLASS_START:])
    return None


def _basic(data: bytes) -> Basic:
    return Basic(
        ecg=_group(data, 0, {"hr": 6, "rr": 14}),
        nibp=_group(data, 72, {"sys": 78, "dia": 80, "mean": 82}),
        temps=tuple(_group(data, start, {"temp": start + 6}) for start in (86, 94, 102, 110)),
        spo2=_group(data, 118, {"spo2": 124, "pulse": 126}),
        co2=_group(data, 132, {"et": 138, "rr": 142, "ambient": 144}),
    )


def _group(data: bytes, start: int, places: dict[str, int]) -> Group:
    status, label = struct.unpack_from("<IH", data, start)
    values = {name: int(struct.unpack_from("<h", data, place)[0]) for name, place in places.items()}
    return Group(status, label, values)
