"""NE-1000 on the wire, Basic and Safe mode: bytes to replies, commands to bytes. Pure.

Source: docs/devices/ne-1000.md.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from drivers.errors import BadFrame, OutOfRange

STX = b"\x02"
ETX = 0x03
CR = b"\r"
SAFE_OVERHEAD = 4
"""Length byte, two bytes of CRC and ETX, all counted by the length byte."""
SAFE_LONGEST = 0x2F
"""A byte from 30 on, after STX, is the first digit of a Basic address."""
BASIC_LONGEST = 64
DIGITS = 4
PLACES = 3

_PAYLOAD = re.compile(r"(\d\d)(?:A\?(?P<alarm>.)|(?P<status>[IWSPTUX])(?P<data>.*))")
_DISPENSED = re.compile(r"I(\d*\.?\d*)W(\d*\.?\d*)(UL|ML)")
_MEASURE = re.compile(r"(\d*\.?\d*)([A-Z]{2})")
_NUMBER = re.compile(r"(?=.*\d)\d*\.?\d*")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a pump said; `alarm` is the letter after `A?`, and then `status` is empty, else the other way."""

    address: int
    status: str
    alarm: str
    data: str
    safe: bool
    """It came with length and CRC."""


def crc(payload: bytes) -> int:
    """CRC-16/XMODEM."""
    return crc_hqx(payload, 0)


def basic(address: int, command: str) -> bytes:
    """A command in Basic mode."""
    return f"{address}{command}".encode("ascii") + CR


def safe(address: int, command: str) -> bytes:
    """A command in Safe mode."""
    payload = f"{address}{command}".encode("ascii")
    return STX + bytes((len(payload) + SAFE_OVERHEAD,)) + payload + crc(payload).to_bytes(2, "big") + b"\x03"


def number(value: Decimal) -> str:
    """Four digits and a point, three of them behind it at the most; OutOfRange if that is not the value."""
    if not value.is_finite() or value <= 0:
        raise OutOfRange(f"{value}: this pump takes numbers above 0")
    whole, _, part = f"{value.normalize():f}".partition(".")
    whole = whole.lstrip("0")
    if len(part) > PLACES or len(whole) + len(part) > DIGITS:
        raise OutOfRange(f"{value}: this pump takes {DIGITS} digits, {PLACES} of them behind the point")
    return f"{whole or '0'}.{part or '0' if len(whole) < DIGITS else ''}"


class Decoder:
    """Bytes in, replies out, of both modes. Never raises; what is no reply is counted in `rejected`.

    A frame that turns out to be none gives up its first byte only: a reply may begin inside it.
    """

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._body = bytearray()

    def reset(self) -> None:
        """Forget a half-received reply."""
        self._body.clear()

    @property
    def held(self) -> int:
        """Bytes of a half-received reply."""
        return len(self._body)

    def feed(self, data: bytes) -> list[Reply]:
        """The replies these bytes complete."""
        found = []
        for byte in data:
            if self._body or byte == STX[0]:
                self._body.append(byte)
                found += self._whole()
        return found

    def _whole(self) -> list[Reply]:
        """Take off the front what is decided: a reply, or bytes that are none."""
        found: list[Reply] = []
        while self._body:
            try:
                end = end_of(self._body)
                if end is None:
                    return found
                found.append(parse(bytes(self._body[:end])))
                del self._body[:end]
            except BadFrame as error:
                self.rejected[str(error)] += 1
                del self._body[0]
            self._skip()
        return found

    def _skip(self) -> None:
        begin = self._body.find(STX)
        del self._body[: begin if begin >= 0 else len(self._body)]


def end_of(body: bytearray) -> int | None:
    """Where the frame that begins here ends; None = not yet known, BadFrame = there is none."""
    if len(body) < 2:
        return None
    length = body[1]
    if length > SAFE_LONGEST:
        end = body.find(ETX)
        if end < 0 and len(body) > BASIC_LONGEST:
            raise BadFrame("too long")
        return end + 1 if end >= 0 else None
    if length < SAFE_OVERHEAD:
        raise BadFrame("length")
    return length + 1 if len(body) > length else None


def parse(frame: bytes) -> Reply:
    """One whole frame of either mode; BadFrame says what is wrong in one word."""
    if len(frame) < 3 or frame[:1] != STX or frame[-1] != ETX:
        raise BadFrame("end")
    if frame[1] > SAFE_LONGEST:
        return _reply(frame[1:-1], safe_mode=False)
    if frame[1] != len(frame) - 1 or len(frame) < SAFE_OVERHEAD + 1:
        raise BadFrame("length")
    payload = frame[2:-3]
    if crc(payload) != int.from_bytes(frame[-3:-1], "big"):
        raise BadFrame("crc")
    return _reply(payload, safe_mode=True)


def _reply(payload: bytes, *, safe_mode: bool) -> Reply:
    text = payload.decode("latin-1")
    found = _PAYLOAD.fullmatch(text)
    if found is None or not text.isascii() or not text.isprintable():
        raise BadFrame("payload")
    return Reply(int(found[1]), found["status"] or "", found["alarm"] or "", found["data"] or "", safe_mode)


@dataclass(frozen=True, slots=True)
class Dispensed:
    """DIS: infused and withdrawn volume, mL."""

    infused_ml: Decimal
    withdrawn_ml: Decimal


def parse_dispensed(data: str) -> Dispensed:
    """The data of a reply to DIS; BadFrame if it is none (as for every reply)."""
    found = _DISPENSED.fullmatch(data)
    if found is None:
        raise BadFrame(f"DIS: {data!r}")
    places = -3 if found[3] == "UL" else 0
    return Dispensed(parse_number(found[1]).scaleb(places), parse_number(found[2]).scaleb(places))


def parse_number(data: str) -> Decimal:
    """A number as the pump writes it."""
    if not _NUMBER.fullmatch(data):
        raise BadFrame(f"number: {data!r}")
    return Decimal(data)


RATE_UNITS = {"MH": (Decimal(1), 0), "UH": (Decimal(1), -3), "MM": (Decimal(60), 0), "UM": (Decimal(60), -3)}
"""mL or microlitres, by hour or by minute: the factor and the power of ten to mL/h."""


def parse_rate(data: str) -> Decimal:
    """The data of a reply to RAT, in mL/h."""
    value, unit = _measure(data)
    if unit not in RATE_UNITS:
        raise BadFrame(f"RAT: {data!r}")
    factor, power = RATE_UNITS[unit]
    return (value * factor).scaleb(power)


def parse_volume(data: str) -> Decimal:
    """The data of a reply to VOL, in mL; 0 = it pumps for ever."""
    value, unit = _measure(data)
    if unit not in {"UL", "ML"}:
        raise BadFrame(f"VOL: {data!r}")
    return value.scaleb(-3 if unit == "UL" else 0)


def _measure(data: str) -> tuple[Decimal, str]:
    found = _MEASURE.fullmatch(data)
    if found is None:
        raise BadFrame(f"measure: {data!r}")
    return parse_number(found[1]), found[2]
