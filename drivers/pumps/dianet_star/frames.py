"""DIANET-Star on the wire: bytes to replies, requests to bytes. Pure; source: docs/devices/dianet-star.md."""

from __future__ import annotations

import re
import struct
from binascii import crc_hqx
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from drivers.errors import BadFrame
from drivers.flagged import ESCAPE, FLAG, Flagged, Framed

FORBIDDEN = b"\x80"
STUFFED = ((ESCAPE, b"\x7d\x5d"), (FLAG, b"\x7d\x5e"), (FORBIDDEN, b"\x7d\xa0"))
"""Each byte that may not stand inside a frame, and what stands for it; the escape itself comes first."""
ACK = 0x06
NAK = 0x15
BODY_MAX = 256
UNASSIGNED = 0x00
ON = 0x01
OFF = 0x00
START_STOP = 0x00
TIME_UNCHANGED = 0xFFFFFFFF


class Segment(IntEnum):
    """The segments this driver uses, by their number on the wire."""

    IDENT = 0x01
    STATUS = 0x02
    ISTWERT = 0x03
    SOLLWERT = 0x04
    LIMITS = 0x06
    RELOAD = 0x09
    CC_MODE = 0x10
    AKTION = 0x11
    SOLLWERT_WRITE = 0x12


_FAULT = re.compile(rb"\x80|\x7d(?![\x5d\x5e\xa0])")
"""A byte that may not be there, or an escape that escapes nothing (yet, if it is the last byte)."""


def crc(body: bytes) -> int:
    """Poly 1021, start FFFF, the byte enters at the low end and is not flushed out: not CCITT-FALSE.

    The last two bytes (a body has at least an address and a segment) have met no feedback yet: the CCITT
    remainder of what is before them, from FFFF shifted by 16 (1D0F), xor these two.
    """
    return crc_hqx(body[:-2], 0x1D0F) ^ int.from_bytes(body[-2:], "big")


def encode(address: int, segment: int, data: bytes = b"") -> bytes:
    """A whole request: flags, CRC and stuffing."""
    body = bytes((address, segment)) + data
    inner = body + crc(body).to_bytes(2, "big")
    for byte, pair in STUFFED:
        inner = inner.replace(byte, pair)
    return FLAG + inner + FLAG


def encode_cc_mode(address: int, identnr: int, mode: int, new_address: int) -> bytes:
    """Enter or leave a mode; the identity goes out bit-inverted, the pump's clock is left alone."""
    data = struct.pack(">IBBI", identnr ^ 0xFFFFFFFF, mode, new_address, TIME_UNCHANGED)
    return encode(address, Segment.CC_MODE, data)


def encode_target(address: int, rate: int, limit: int) -> bytes:
    """Write rate [0.01 mL/h] and VTBD [0.1 mL]; every other field is all ones, that is unchanged."""
    return encode(address, Segment.SOLLWERT_WRITE, struct.pack(">II", rate, limit) + b"\xff" * 31)


def encode_action(address: int, action: int, flag: int) -> bytes:
    """One AKTION, such as START_STOP with ON or OFF."""
    return encode(address, Segment.AKTION, bytes((action, flag)))


class Reply(NamedTuple):
    """What a pump answered; `nak` is its code if it answered no."""

    address: int
    segment: int
    nak: int | None
    data: bytes


class Decoder:
    """Bytes in, replies out. Never raises; what is no reply is counted by reason in `rejected`."""

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._frames = bodies()

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._frames.reset()

    def feed(self, data: bytes) -> list[Reply]:
        """The replies these bytes complete."""
        return [reply for framed in self._frames.feed(data) if (reply := self._reply_of(framed)) is not None]

    def _reply_of(self, framed: Framed) -> Reply | None:
        broken = framed.broken
        if not broken:
            try:
                return parse_reply(framed.body)
            except BadFrame as error:
                broken = str(error)
        self.rejected[framed.reason(broken)] += 1
        return None


def bodies() -> Flagged:
    """Bytes cut anywhere to the bodies of frames, whoever sent them."""
    return Flagged(STUFFED, _FAULT, BODY_MAX, misread="stuffing", forbidden=FORBIDDEN, raw="raw 80")


def parse_reply(body: bytes) -> Reply:
    """An unstuffed body with its CRC; BadFrame says what is wrong in one word."""
    if len(body) < 5:
        raise BadFrame("short")
    _check_crc(body)
    address, segment, verdict, data = body[0], body[1], body[2], body[3:-2]
    if verdict == ACK:
        return Reply(address, segment, None, data)
    if verdict == NAK and len(data) == 1:
        return Reply(address, segment, data[0], b"")
    raise BadFrame("verdict")


def is_request(body: bytes) -> bool:
    """Whether the host sent this body: a question has no data, a write more than a verdict on it has.

    BadFrame if it is too short for either or its CRC is wrong.
    """
    if len(body) < 4:
        raise BadFrame("short")
    _check_crc(body)
    data = body[2:-2]
    if body[1] < Segment.CC_MODE:
        return not data
    return not (data == bytes((ACK,)) or (len(data) == 2 and data[0] == NAK))


def _check_crc(body: bytes) -> None:
    if crc(body[:-2]) != int.from_bytes(body[-2:], "big"):
        raise BadFrame("crc")


@dataclass(frozen=True, slots=True)
class Ident:
    """IDENT: who answers."""

    identnr: int
    protocol: int
    software: str

    @property
    def serial(self) -> int:
        """Bits 0-17 of the identity number."""
        return self.identnr & 0x3FFFF

    @property
    def type_code(self) -> int:
        """Bits 18-31 of the identity number."""
        return self.identnr >> 18


class Status(NamedTuple):
    """STATUS: bits as sent, rate [0.01 mL/h], remaining VTBD [0.1 mL], remaining time [min]."""

    request: int
    alarm: int
    state: int
    rate: int
    remaining: int
    remaining_min: int


class Actual(NamedTuple):
    """ISTWERT, as far as used: pressure [%], infused [0.1 mL], time [min], battery [min], syringe [mL]."""

    pressure: int
    infused: int
    infused_min: int
    battery_min: int
    syringe_ml: int


@dataclass(frozen=True, slots=True)
class Target:
    """SOLLWERT: rate [0.01 mL/h], VTBD [0.1 mL; 0 = none], pressure limit 1-9, drug text."""

    rate: int
    limit: int
    pressure_limit: int
    drug: str


@dataclass(frozen=True, slots=True)
class Limits:
    """LIMITS, as far as it is used: rates [0.01 mL/h], VTBD [0.1 mL]."""

    rate_max: int
    rate_min: int
    limit_max: int
    remote_rate_max: int
    remote_rate_min: int


@dataclass(frozen=True, slots=True)
class Reload:
    """RELOAD: a second setting that the pump would load by itself at the end of this one."""

    active: bool
    rate: int
    limit: int


_IDENT = struct.Struct(">IH10sI")
_STATUS = struct.Struct(">BIIIIH")
_ISTWERT = struct.Struct(">BIHHHHHHHH")
_SOLLWERT = struct.Struct(">IIHIHBH20s")
_LIMITS = struct.Struct(">IBBIIBIBIHIHBIIII")
_RELOAD = struct.Struct(">BII")


def _fields(layout: struct.Struct, data: bytes, name: str) -> tuple[Any, ...]:
    if len(data) != layout.size:
        raise BadFrame(f"{name}: {len(data)} data bytes instead of {layout.size}")
    return layout.unpack(data)


def _text(data: bytes) -> str:
    return data.decode("latin-1").rstrip(" \0")


def parse_ident(data: bytes) -> Ident:
    """The data of an IDENT reply; BadFrame if the length is wrong (as for every segment)."""
    identnr, protocol, software, _ = _fields(_IDENT, data, "IDENT")
    return Ident(identnr, protocol, _text(software))


def parse_status(data: bytes) -> Status:
    """The data of a STATUS reply."""
    return Status(*_fields(_STATUS, data, "STATUS"))


def parse_actual(data: bytes) -> Actual:
    """The data of an ISTWERT reply."""
    pressure, infused, minutes, _, battery, _, syringe, *_ = _fields(_ISTWERT, data, "ISTWERT")
    return Actual(pressure, infused, minutes, battery, syringe)


def parse_target(data: bytes) -> Target:
    """The data of a SOLLWERT reply."""
    rate, limit, _, _, _, pressure_limit, _, drug = _fields(_SOLLWERT, data, "SOLLWERT")
    return Target(rate, limit, pressure_limit, _text(drug))


def parse_limits(data: bytes) -> Limits:
    """The data of a LIMITS reply."""
    values = _fields(_LIMITS, data, "LIMITS")
    return Limits(values[3], values[4], values[8], values[15], values[16])


def parse_reload(data: bytes) -> Reload:
    """The data of a RELOAD reply."""
    active, rate, limit = _fields(_RELOAD, data, "RELOAD")
    return Reload(active != 0, rate, limit)
