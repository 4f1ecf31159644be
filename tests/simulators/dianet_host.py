"""The host's side of DIANET-Star for tests: requests from the document, replies taken apart by its letter."""

from __future__ import annotations

from decimal import Decimal

from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.bodies.pump_options import PumpOptions
from simulators.wires.dianet_codec import checksum, enclose
from simulators.wires.dianet_options import DianetOptions
from simulators.wires.dianet_star import DianetStar

D = Decimal
IDENT = bytes.fromhex("7E 00 01 1D 0E 7E")
REGEL = bytes.fromhex("7E 00 10 F0 13 CF C6 02 41 FF FF FF FF D5 78 7E")
STEUER = bytes.fromhex("7E 00 10 F0 13 CF C6 01 41 FF FF FF FF 4E A4 7E")
CC_ACCEPTED = bytes.fromhex("7E 41 10 06 84 7F 7E")
STATUS = bytes.fromhex("7E 41 02 5C 0D 7E")
ISTWERT = bytes.fromhex("7E 41 03 5C 0C 7E")
SOLLWERT = bytes.fromhex("7E 41 04 5C 0B 7E")
LIMITS = bytes.fromhex("7E 41 06 5C 09 7E")
SET_12_5 = bytes.fromhex("7E 41 12 00 00 04 E2 00 00 00 64" + "FF" * 31 + "17 4E 7E")
START = bytes.fromhex("7E 41 11 00 01 B8 2C 7E")
STOP = bytes.fromhex("7E 41 11 00 00 B8 2D 7E")
CLEAR = bytes.fromhex("7E 41 11 04 01 BC 2C 7E")
DONE = bytes.fromhex("7E 41 11 06 85 7F 7E")
IMPOSSIBLE = bytes.fromhex("7E 41 11 15 0C AD 21 7E")
TARGET_OUT_OF_RANGE = bytes.fromhex("7E 41 12 15 06 9D 48 7E")


def make(pump: dict[str, object] | None = None, **options: object) -> DianetStar:
    body = {"flow_error": D(0), "ramp_s": D(0), "stop_s": D(0), **(pump or {})}
    identity = {"device_type": 1019, "serial": 12345, "software": "PFM A12345", **options}
    return DianetStar(
        PumpBody(Bag(Solution("A", D(1)), D(250)), PumpOptions(**body)),  # type: ignore[arg-type]
        DianetOptions(**identity),  # type: ignore[arg-type]
    )


def remote(request: bytes = STEUER, pump: dict[str, object] | None = None, **options: object) -> DianetStar:
    wire = make(pump, **options)
    assert wire.receive(request, 0.0) == CC_ACCEPTED
    return wire


def running(pump: dict[str, object] | None = None, **options: object) -> DianetStar:
    wire = remote(STEUER, pump, **options)
    assert ack(wire.receive(SET_12_5, 0.0))
    assert wire.receive(START, 0.0) == DONE
    return wire


def content(reply: bytes) -> bytes:
    """Unstuffed content of exactly one reply, its checksum checked."""
    assert reply[0] == reply[-1] == 0x7E
    raw, out = iter(reply[1:-1]), bytearray()
    for byte in raw:
        out.append(next(raw) ^ 0x20 if byte == 0x7D else byte)
    assert checksum(bytes(out[:-2])) == int.from_bytes(out[-2:], "big")
    return bytes(out[:-2])


def ack(reply: bytes) -> bool:
    return content(reply)[2] == 0x06


def nak(reply: bytes) -> int:
    inner = content(reply)
    assert inner[2] == 0x15
    assert len(inner) == 4
    return inner[3]


def status(wire: DianetStar, now_s: float = 0.0) -> dict[str, int]:
    inner = content(wire.receive(STATUS, now_s))
    assert inner[:3] == b"A\x02\x06"
    assert len(inner) == 22
    sizes = {"request": 1, "alarm": 4, "state": 4, "rate": 4, "remaining": 4, "minutes": 2}
    fields, place = {}, 3
    for name, size in sizes.items():
        fields[name] = int.from_bytes(inner[place : place + size], "big")
        place += size
    return fields


def target(rate: int = 1250, vtbd: int = 100, rest: bytes = b"\xff" * 31) -> bytes:
    return enclose(b"A\x12" + rate.to_bytes(4, "big") + vtbd.to_bytes(4, "big") + rest)
