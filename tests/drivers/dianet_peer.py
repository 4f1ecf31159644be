"""A DIANET-Star pump played by hand: exact request bytes to exact reply bytes, typed from the documents."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from drivers.errors import DeviceError
from drivers.links.memory import NullModem
from drivers.pumps.dianet_star.driver import DianetStar
from drivers.values import PumpIdentity, PumpSetting

TARGET = PumpSetting(Decimal("12.50"), Decimal("10.0"))
"""What SET_TARGET writes and SOLLWERT_REPLY says."""

IDENT_00 = bytes.fromhex("7E00011D0E7E")
IDENT_REPLY = bytes.fromhex("7E0001060FEC3039000E50464D204131323334353B9ACA0030E37E")
CC_FERNREGEL = bytes.fromhex("7E0010F013CFC60241FFFFFFFFD5787E")
CC_FERNSTEUER = bytes.fromhex("7E0010F013CFC60141FFFFFFFF4EA47E")
CC_ACCEPTED = bytes.fromhex("7E411006847F7E")
STATUS = bytes.fromhex("7E41025C0D7E")
ISTWERT = bytes.fromhex("7E41035C0C7E")
SOLLWERT = bytes.fromhex("7E41045C0B7E")
LIMITS = bytes.fromhex("7E41065C097E")
SET_TARGET = bytes.fromhex("7E4112000004E200000064" + "FF" * 31 + "174E7E")
TARGET_REFUSED = bytes.fromhex("7E411215069D487E")
START = bytes.fromhex("7E41110001B82C7E")
STOP = bytes.fromhex("7E41110000B82D7E")
CLEAR_VOLUME = bytes.fromhex("7E41110401BC2C7E")
ACTION_ACCEPTED = bytes.fromhex("7E411106857F7E")
ACTION_REFUSED = bytes.fromhex("7E4111150CAD217E")
STATUS_REPLY = bytes.fromhex("7E410206010000100000000098000004E200000049002308D77E")
ISTWERT_REPLY = bytes.fromhex("7E4103060C0000001B000D000000F000000032000000000000C1C27E")
SOLLWERT_REPLY = bytes.fromhex(
    "7E410406000004E200000064" + "00" * 8 + "050000434152424F504C4154494E" + "20" * 9 + "57D97E"
)
STUFFED_STATUS = bytes.fromhex("7E41020600000000000000007DA000007D5E7D5D000000000000FDE07E")


def wire(body: str) -> bytes:
    """A frame around a body in hex: bitwise CRC and stuffing, as the document puts it in words."""
    data = bytes.fromhex(body)
    register = 0xFFFF
    for byte in data:
        top = register >> 8
        entry = top << 8
        for _ in range(8):
            entry = ((entry << 1) ^ 0x1021) & 0xFFFF if entry & 0x8000 else (entry << 1) & 0xFFFF
        register = ((register << 8) & 0xFFFF) ^ byte ^ entry
    out = b""
    for byte in data + register.to_bytes(2, "big"):
        out += bytes((0x7D, byte ^ 0x20)) if byte in {0x7E, 0x7D, 0x80} else bytes((byte,))
    return b"\x7e" + out + b"\x7e"


RELOAD = wire("4109")
RELOAD_OFF = wire("41090600" + "00" * 8)
RELOAD_ARMED = wire("41090601000004E200000064")
SET_ZERO = wire("4112" + "00" * 8 + "FF" * 31)
CC_LEAVE = wire("4110F013CFC60041FFFFFFFF")
TARGET_ACCEPTED = wire("411206")
# bolus rate max, personalisation, reserve, 500.00 and 0.50 mL/h, pre-alarm, functions, pressure,
# VTBD 999.0 mL, bolus volumes and rates, reserve bolus, local 400.00 and 0.40, remote 300.00 and 0.30 mL/h
LIMITS_REPLY = wire(
    "41060600030D4000000000C350000000320300000000090000270600640000000A00010000009C4000000028000075300000001E"
)


def status(
    *, request: int = 0, alarm: int = 0, state: int = 0x14, rate: int = 1250, remaining: int = 73
) -> bytes:
    """A STATUS reply; state 0x14 = FERNSTEUER on mains, stopped."""
    return wire(f"410206{request:02X}{alarm:08X}{state:08X}{rate:08X}{remaining:08X}0023")


def sollwert(rate: int, limit: int) -> bytes:
    """A SOLLWERT reply."""
    return wire(f"410406{rate:08X}{limit:08X}" + "00" * 8 + "050000" + "20" * 20)


def nak(segment: int, code: int) -> bytes:
    """A refusal."""
    return wire(f"41{segment:02X}15{code:02X}")


class Peer:
    """The pump end of a cable. `replies` maps a request to its reply; `lose` drops that many replies."""

    def __init__(self, cable: NullModem) -> None:
        self.link = cable.b
        self.seen: list[bytes] = []
        self.lose = 0
        self.hold = False
        self.held: list[bytes] = []
        self.replies = {
            IDENT_00: IDENT_REPLY,
            CC_FERNSTEUER: CC_ACCEPTED,
            CC_FERNREGEL: CC_ACCEPTED,
            LIMITS: LIMITS_REPLY,
            STATUS: status(),
            ISTWERT: ISTWERT_REPLY,
            SOLLWERT: SOLLWERT_REPLY,
            RELOAD: RELOAD_OFF,
            SET_TARGET: TARGET_ACCEPTED,
            SET_ZERO: TARGET_ACCEPTED,
            CC_LEAVE: CC_ACCEPTED,
            START: ACTION_ACCEPTED,
            STOP: ACTION_ACCEPTED,
        }

    async def open(self) -> None:
        """Listen."""
        await self.link.open(self._heard, self._lost)

    def _lost(self, error: DeviceError) -> None:
        self.held.clear()

    def _heard(self, data: bytes) -> None:
        self.seen.append(data)
        reply = self.replies.get(data)
        if reply is None:
            return
        if self.lose:
            self.lose -= 1
        elif self.hold:
            self.held.append(reply)
        else:
            self.link.write(reply)

    def deliver(self) -> None:
        """Send what was held, late."""
        self.hold = False
        for reply in self.held:
            self.link.write(reply)
        self.held.clear()


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def connected(**options: Any) -> tuple[DianetStar, Peer, PumpIdentity]:
    """A driver in remote operation, its peer, and who answered."""
    cable = NullModem("p1")
    peer = Peer(cable)
    await peer.open()
    pump = DianetStar(cable.a, **options)
    identity = await pump.connect()
    return pump, peer, identity
