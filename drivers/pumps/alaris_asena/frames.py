"""Asena on the wire: bytes to replies, commands to bytes. Pure; source: docs/devices/alaris-asena.md."""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from drivers.errors import BadFrame

ESC = b"\x1b"
"""Makes the pump forget a half-sent frame."""
LONGEST = 256
"""Bytes between the exclamation mark and CR; the longest reply known has 90."""

SERIAL = "INST_SERIALNO"
PROTOCOL = "COMMS_PROTOCOL"
RESPONSE_MAX = "COMMS_RESPONSE_MAX"
CONTROL = "REMOTE_CTRL"
CONFIG = "REMOTE_CFG"
SYRINGE = "SYRINGE_STATUS"
RATE_MAX = "INF_RATE_MAX_SYRINGE"
STATUS = "INF"
RATE = "INF_RATE"
LIMIT = "INF_VTBI"
START = "INF_START"
STOP = "INF_STOP"
ALARM = "ALARM"
WORDS = frozenset(
    {
        SERIAL,
        PROTOCOL,
        RESPONSE_MAX,
        CONTROL,
        CONFIG,
        SYRINGE,
        RATE_MAX,
        STATUS,
        RATE,
        LIMIT,
        START,
        STOP,
        ALARM,
    }
)
"""The command words this driver uses; a reply begins with the word it answers."""

Fields = tuple[str, ...]

_FRAME = re.compile(rb"([^\x00-\x1f\x7f]+)\|([0-9A-F]{4})")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_END = re.compile(rb"([\r\x1b])")


def crc(text: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    return crc_hqx(text, 0xFFFF)


def encode(*fields: str) -> bytes:
    """A whole command."""
    text = "^".join(fields).encode("ascii")
    return b"!%b|%04X\r" % (text, crc(text))


def key_of(serial: str) -> str:
    """What opens remote control of the pump with this serial number."""
    return f"{crc(serial.encode('latin-1')):04X}"


def plain(value: Decimal) -> str:
    """A rate as clients write it: no more places than needed."""
    return f"{value.normalize():f}"


def rate_command(rate_ml_h: Decimal) -> Fields:
    """Set the rate."""
    return RATE, plain(rate_ml_h), "ml/h"


def limit_command(limit_ml: Decimal) -> Fields:
    """Set the volume limit, with the end action STOP (F24)."""
    return LIMIT, "ACTIV", f"{limit_ml:.3f}", "ml", "STOP"


class Decoder:
    """Bytes in, replies out as their fields. Never raises; what is no reply is counted in `rejected`."""

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._body = bytearray()
        self._begun = False
        self._stray = False
        """Something stands before CR that did not begin with an exclamation mark."""
        self._too_long = False

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._body.clear()
        self._begun = self._stray = self._too_long = False

    def finish(self) -> None:
        """Nothing more comes: a half-received frame is none."""
        if self._begun:
            self.rejected["unfinished"] += 1
        self.reset()

    @property
    def held(self) -> int:
        """Bytes of a half-received frame."""
        return len(self._body)

    def feed(self, data: bytes) -> list[Fields]:
        """The replies these bytes complete."""
        found = []
        for piece in _END.split(data):
            if piece == b"\r":
                fields = self._ended()
                if fields:
                    found.append(fields)
                self.reset()
            elif piece == ESC:
                self.finish()
            elif piece:
                self._take(piece)
        return found

    def _take(self, piece: bytes) -> None:
        if not self._begun:
            stray, mark, piece = piece.partition(b"!")
            self._begun = bool(mark)
            self._stray = not mark and (self._stray or bool(stray.strip(b"\n\0")))
        if not self._begun or self._too_long:
            return
        if len(self._body) + len(piece) > LONGEST:
            self._too_long = True
            self._body.clear()
        else:
            self._body += piece

    def _ended(self) -> Fields | None:
        """The frame that a CR ended; one whose beginning was followed by another's end is read from there."""
        if not self._begun:
            self.rejected["no beginning"] += int(self._stray)
            return None
        if self._too_long:
            self.rejected["too long"] += 1
            return None
        body = bytes(self._body)
        try:
            return parse(body)
        except BadFrame as error:
            _, mark, last = body.rpartition(b"!")
            if mark:
                self.rejected["unfinished"] += 1
                return self._second(last)
            self.rejected[str(error)] += 1
            return None

    def _second(self, body: bytes) -> Fields | None:
        try:
            return parse(body)
        except BadFrame as error:
            self.rejected[str(error)] += 1
            return None


def parse(body: bytes) -> Fields:
    """What stands between the exclamation mark and CR; BadFrame says in one word what is wrong."""
    match = _FRAME.fullmatch(body)
    if match is None:
        raise BadFrame("form")
    text, check = match.groups()
    if crc(text) != int(check, 16):
        raise BadFrame("crc")
    return tuple(text.decode("latin-1").split("^"))


@dataclass(frozen=True, slots=True)
class Infusion:
    """INF: rate in mL/h, volume infused in mL. `mode` is the pump's word, `log` the id of its last event."""

    serial: str
    alarm: bool
    mode: str
    rate_ml_h: Decimal
    infused_ml: Decimal
    log: str


def parse_infusion(fields: Fields) -> Infusion:
    """The reply to INF; BadFrame if a field is missing, no number or in another unit (as for every reply)."""
    if len(fields) < 14:
        raise BadFrame(f"INF: {len(fields)} fields instead of 14")
    _, serial, flag, mode = fields[:4]
    rate = number(fields, 4, "ml/h")
    infused = number(fields, 7, "ml")
    return Infusion(serial.strip(), flag.strip() != "-", mode.strip(), rate, infused, fields[13].strip())


def parse_limit(fields: Fields) -> Decimal | None:
    """The reply to INF_VTBI in mL; None = no limit the pump stops at (F7, F24)."""
    if field(fields, 1) != "ACTIV":
        return None
    limit = number(fields, 2, "ml")
    return limit if field(fields, 4) in {"STOP", ""} and limit > 0 else None


def parse_alarms(fields: Fields) -> frozenset[str]:
    """The reply to ALARM: its words, without the one for none."""
    return frozenset(word.strip() for word in fields[1:] if word.strip()) - {"AL_NOALM", "AL_NOALARM"}


def field(fields: Sequence[str], place: int) -> str:
    """A field without padding; empty if there is none."""
    return fields[place].strip() if place < len(fields) else ""


def number(fields: Fields, place: int, unit: str) -> Decimal:
    """The number at a place, with its unit behind it."""
    text = field(fields, place)
    if not _NUMBER.fullmatch(text) or field(fields, place + 1) != unit:
        raise BadFrame(f"{fields[0]}: {text!r} {field(fields, place + 1)!r} is no number of {unit}")
    return Decimal(text)
