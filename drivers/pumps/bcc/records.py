"""The records inside BCC blocks: `time_s,address,parameter,value`, separated by RS. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.errors import BadFrame

RS = "\x1e"
RACK = "00"
"""The address of the rack itself."""
ACCEPTED = "GNACK"
ERROR = "GNERR"
"""Parameters of the records that answer a request instead of values."""
VALUES = 4
VERSION = 3
"""Fields of a record of values, and of the one that ADMIN:VERSION is answered with."""

_TIME = re.compile(r"[0-9]{1,10}")
_ADDRESS = re.compile(r"501([0-3])([0-9A-O]|0[1-9]|1[0-9]|2[0-4])")
_SLOT = re.compile(r"[1-3]([1-9A-O]|1[0-9]|2[0-4])")


@dataclass(frozen=True, slots=True)
class Record:
    """One value; `slot` is pillar and slot, such as 11 or 2A, or RACK. `time_s` is the rack's clock."""

    time_s: int
    slot: str
    parameter: str
    value: str


def slot_named(text: str) -> str:
    """A slot as a person writes it, 1A or 110, as MEM:GETSLOT takes it; ValueError if there is none such."""
    if not _SLOT.fullmatch(text):
        raise ValueError(f"slot {text!r}: expected pillar 1-3 and slot 1-9 or A-O, such as 11 or 2A")
    return text[0] + _letter(text[1:])


def records_of(blocks: Sequence[bytes], fields: int = VALUES) -> list[Record]:
    """The records of all blocks of one reply; BadFrame if one is none.

    Whether a record may run on into the next block is not documented. Where none does, each block is whole
    by itself; where one does, its rest is no record, and the blocks are read as one text.
    """
    try:
        return [record for block in blocks for record in _records(block, fields)]
    except BadFrame:
        return _records(b"".join(blocks), fields)


def _records(info: bytes, fields: int) -> list[Record]:
    try:
        texts = info.decode("utf-8").split(RS)
    except UnicodeDecodeError:
        raise BadFrame("a record is no UTF-8") from None
    return [record_of(text, fields) for text in texts if text]


def record_of(text: str, fields: int) -> Record:
    """One record of so many fields; BadFrame if it is none."""
    parts = text.split(",", VALUES - 1)
    address = _ADDRESS.fullmatch(parts[1]) if len(parts) == fields else None
    if address is None or not _TIME.fullmatch(parts[0]) or not parts[2]:
        raise BadFrame(f"{text[:40]!r} is no record")
    slot = address[1] + _letter(address[2])
    return Record(int(parts[0]), slot, parts[2], "".join(parts[3:]))


def _letter(slot: str) -> str:
    """Slots from 10 on are written as a letter or, by some racks, as two digits."""
    if len(slot) == 1:
        return slot
    number = int(slot)
    return str(number) if number < 10 else chr(ord("A") + number - 10)
