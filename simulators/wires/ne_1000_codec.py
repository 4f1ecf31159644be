"""NE-1000 bytes as the pump sees them: commands in, replies out (facts: pumps 6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

STX, ETX, CR = 0x02, 0x03, 0x0D
GAP_S = 0.5
"""A packet whose bytes are further apart is given up."""
LINE_MAX = 64


@dataclass(frozen=True, slots=True)
class Command:
    """What came in, without spaces and controls, in capitals; `intact` False: a packet with a wrong CRC."""

    text: str
    safe: bool
    intact: bool = True


def checksum(payload: bytes) -> int:
    """Poly 1021, from 0, high bit first."""
    register = 0
    for byte in payload:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
            register &= 0xFFFF
    return register


def packet(payload: str) -> bytes:
    """A reply in Safe mode."""
    data = payload.encode("latin-1")
    return bytes((STX, len(data) + 4)) + data + checksum(data).to_bytes(2, "big") + bytes((ETX,))


def line(payload: str) -> bytes:
    """A reply in Basic mode."""
    return bytes((STX,)) + payload.encode("latin-1") + bytes((ETX,))


class Splitter:
    """Cuts what comes in; `packets` and `lines` say which of both are listened to."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._packet: bytearray | None = None
        self._heard_s = 0.0

    def feed(self, byte: int, now_s: float, *, packets: bool, lines: bool) -> Command | None:
        """The command this byte ends, if any."""
        if now_s - self._heard_s > GAP_S:
            self._packet = None
        self._heard_s = now_s
        if self._packet is not None:
            self._packet.append(byte)
            return self._closed()
        if packets and byte == STX:
            self._packet = bytearray()
            return None
        if not lines:
            return None
        if byte == CR:
            text, self._line = _plain(self._line), bytearray()
            return Command(text, safe=False)
        if len(self._line) < LINE_MAX:
            self._line.append(byte)
        return None

    def _closed(self) -> Command | None:
        whole = self._packet or bytearray()
        length = whole[0]
        if len(whole) < length and length >= 4:
            return None
        self._packet = None
        body, code, end = bytes(whole[1:-3]), bytes(whole[-3:-1]), whole[-1]
        good = length >= 4 and end == ETX and checksum(body) == int.from_bytes(code, "big")
        return Command(_plain(body), safe=True, intact=good)


def _plain(data: bytes | bytearray) -> str:
    return "".join(chr(byte).upper() for byte in data if 0x20 < byte < 0x7F)


def shown(value: Decimal, *, rounded: bool = False) -> str:
    """Four digits and a point: 0.000, 2.504, 25.04, 250.4, 1000."""
    for places in (3, 2, 1, 0):
        cut = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP if rounded else ROUND_FLOOR)
        if cut < Decimal(10) ** (4 - places):
            return f"{cut:f}" + ("" if places else ".")
    return "9999."


def number_of(text: str, *, may_round: bool) -> Decimal | None:
    """A number as the host writes it, in four digits; None if it is none."""
    whole, _, part = text.partition(".")
    if not (whole + part).isdecimal() or not text.isascii():
        return None
    value = Decimal(f"{whole or '0'}.{part or '0'}")
    if len(whole.lstrip("0")) > 4 or (not may_round and (len(part) > 3 or len(whole.lstrip("0") + part) > 4)):
        return None
    return Decimal(shown(value, rounded=True))
