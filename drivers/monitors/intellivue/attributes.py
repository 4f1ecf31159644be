"""Attributes of an object and the types they are made of (Data Export types; FLOAT of IEEE 11073). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from drivers.errors import BadFrame
from drivers.monitors.intellivue.reader import Reader, items

MODEL = 0x0928
BED_LABEL = 0x091E
SPECIFICATION = 0x092D
PATIENT_ID = 0x095A
SERIAL_NUMBER = 1
DAY_HUNDREDTHS = 24 * 3600 * 100


class Special(Enum):
    """What a FLOAT can be instead of a number."""

    NAN = 0x7FFFFF
    NOT_AT_THIS_RESOLUTION = 0x800000
    PLUS_INFINITY = 0x7FFFFE
    MINUS_INFINITY = 0x800002
    RESERVED = 0x800001


_SPECIAL = {one.value: one for one in Special}


def float_of(raw: int) -> Decimal | Special:
    """Exponent i8 and mantissa i24 of four bytes, exactly; special is a mantissa, whatever its exponent."""
    mantissa, exponent = raw & 0xFFFFFF, raw >> 24
    if mantissa in _SPECIAL:
        return _SPECIAL[mantissa]
    if mantissa >= 0x800000:
        mantissa -= 0x1000000
    if exponent >= 0x80:
        exponent -= 0x100
    return Decimal(mantissa).scaleb(exponent)


def attributes_of(reader: Reader) -> Mapping[int, bytes]:
    """A list of attributes by number. BadFrame where count and lengths do not agree, or one stands twice."""
    count, body = items(reader)
    found: dict[int, bytes] = {}
    while body.left:
        number = body.u16()
        if number in found:
            raise BadFrame("attribute twice")
        found[number] = body.sized().rest()
    if len(found) != count:
        raise BadFrame("attribute count")
    return found


def absolute_time(data: bytes) -> int | None:
    """Hundredths of seconds on the monitor's calendar, from 8 BCD bytes; None for a time no clock shows.

    A clock that is not set shows none. Only differences count.
    """
    digits = data.hex()
    if len(data) != 8 or not digits.isdecimal():
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second, part = (int(digits[place : place + 2]) for place in (8, 10, 12, 14))
    if not (1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return None
    if not 1 <= day <= _days(year, month + 1, 1) - _days(year, month, 1):
        return None
    of_day = ((hour * 60 + minute) * 60 + second) * 100 + part
    return _days(year, month, day) * DAY_HUNDREDTHS + of_day


def time_text(data: bytes) -> str | None:
    """The same 8 bytes as ISO 8601 without a zone; None for a time no clock shows."""
    if absolute_time(data) is None:
        return None
    text = data.hex()
    whole = f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}"
    return whole if text[14:] == "00" else f"{whole}.{text[14:]}"


def _days(year: int, month: int, day: int) -> int:
    """Days of the Gregorian calendar, counted with March as the first month; month 13 is the next January."""
    if month < 3:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day


def text_of(reader: Reader) -> str:
    """A string of its own length: UTF-16 with the high byte first, or one byte a character; trimmed.

    BadFrame for bytes that are neither.
    """
    data = reader.sized().rest()
    bare = data.rstrip(b"\x00")
    wide = b"\x00" in bare or not bare.isascii()
    try:
        text = data.decode("utf-16-be") if wide else bare.decode("ascii")
    except UnicodeDecodeError:
        raise BadFrame("text") from None
    return "".join(one for one in text if one.isprintable()).strip()


def model_of(data: bytes) -> str:
    """Manufacturer and model."""
    reader = Reader(data)
    words = (text_of(reader), text_of(reader))
    reader.end()
    return " ".join(word for word in words if word)


def serial_of(data: bytes) -> str:
    """The first serial number in a production specification; empty if it has none."""
    count, entries = items(Reader(data))
    found = ""
    for _ in range(count):
        kind, _component = entries.u16(), entries.u16()
        text = text_of(entries)
        if kind == SERIAL_NUMBER and not found:
            found = text
    entries.end()
    return found
