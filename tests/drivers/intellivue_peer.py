"""IntelliVue messages: the frames of documents we did not write, and others built by hand from them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

CHECKSUMS = (("3a71", "c03a719b26c1"), ("3a91", "c03a91957de1c1"))
"""Content and frame, from mdpnp's unit test."""
REQUEST = bytes.fromhex(
    "0dec0508130100160102800014020002c1dc3180a0808001010000a280a003000001a4803080020101060452010001308006"
    "025101000000003080020102060c2a8648ce14020100000001013080060c2a8648ce14020100000002010000000000006180"
    "3080020101a0806080a180060c2a8648ce14020100000003010000be802880060c2a8648ce14020100000001010201028148"
    "8000000040000000000000008000000020000000000000000001002c0001002880000000000009c4000009c4000003e8ffff"
    "ffff600000000001000cf00100088c0000000000000000000000000000000000000000000000"
)
"""As VSCaptureMP sends it for numerics."""
SINGLE_POLL = bytes.fromhex(
    "e1000002 0001001c 0000 0007 0016 0021 00000000 00000000 0c16 0008 0001 0001 0006 0000"
)
ACCEPTED = bytes.fromhex(
    "0ed60508130100160102800014020002c1c63180a0808001010000a280a003000001a5803080800100810251010000308080"
    "0100810c2a8648ce14020100000002010000000061803080020101a0806180a180060c2a8648ce14020100000003010000a2"
    "03020100a305a103020100be8028800201028150800000004000000000000000800000002000000000000000000200340001"
    "002880000000000753000000057800000578ffffffff600000000001000cf00100088e000000000000000102000400000000"
    "00000000000000000000000000000000"
)
"""As mdpnp's simulated monitor answers it."""
PULSE_AND_SPO2 = bytes.fromhex("094b 0018 0002 0014 4822 0000 0aa0 fc0b98c0 4bb8 0000 0220 fc0ef420")
CREATED = bytes.fromhex(
    "e10000000001005300000000004d000000000000000753000d06003f000000000000000300350928001600064d4420504e50"
    "000c4943452054455354204f4e45091e00020000092d00110001000d00010008000731323334353637"
)
CREATED_RESULT = bytes.fromhex("e1000002 0002 0014 0001 0001 000e 0021 00000000 000abd00 0d06 0000")
NAN = 0x007FFFFF
FLOATS = {0xFD007D00: 32, 0xFF000140: 32, 0x01000140: 3200, 0x02000020: 3200, 0xFFFFEC78: -500}
BPM, RPM, PERCENT, MMHG, CELSIUS, KPA = 0x0AA0, 0x0AE0, 0x0220, 0x0F20, 0x17A0, 0x0F03
HR, PLETH, SPO2, SYS, DIA, MEAN = 0x4182, 0x4822, 0x4BB8, 0x4A05, 0x4A06, 0x4A07

Attribute = tuple[int, bytes]
Object = tuple[int, Sequence[Attribute]]


def attributes(found: Sequence[Attribute]) -> bytes:
    body = b"".join(struct.pack(">HH", number, len(data)) + data for number, data in found)
    return struct.pack(">HH", len(found), len(body)) + body


def at(text: str = "2026-01-01 12:00:00.00") -> bytes:
    """A time in BCD: CC YY MM DD hh mm ss and hundredths."""
    return bytes.fromhex("".join(one for one in text if one.isdigit()))


def tenths(value: float) -> int:
    """A FLOAT with one decimal."""
    return 0xFF000000 | round(value * 10) & 0xFFFFFF


def observed(code: int, unit: int, value: int, state: int = 0) -> bytes:
    return struct.pack(">HHHI", code, state, unit, value)


def one(code: int, unit: int, value: float, state: int = 0, stamp: str = "", handle: int = 0) -> Object:
    """An object with a single number of one decimal."""
    found = [(0x0950, observed(code, unit, tenths(value), state))]
    if stamp:
        found.append((0x0990, at(stamp)))
    return handle or code & 0xFF, found


def several(values: Sequence[bytes], stamp: str = "", handle: int = 9) -> Object:
    """An object with a compound of numbers."""
    body = b"".join(values)
    found = [(0x094B, struct.pack(">HH", len(values), len(body)) + body)]
    if stamp:
        found.append((0x0990, at(stamp)))
    return handle, found


def cuff(systolic: float, diastolic: float, mean: float, stamp: str = "", state: int = 0) -> Object:
    pairs = ((SYS, systolic), (DIA, diastolic), (MEAN, mean))
    return several([observed(code, MMHG, tenths(value), state) for code, value in pairs], stamp)


def listed(objects: Sequence[Object]) -> bytes:
    entries = b"".join(struct.pack(">H", handle) + attributes(found) for handle, found in objects)
    context = struct.pack(">HHH", 0, len(objects), len(entries)) + entries
    return struct.pack(">HH", 1, len(context)) + context


def data(operation: int, body: bytes) -> bytes:
    return bytes.fromhex("e1000002") + struct.pack(">HH", operation, len(body)) + body


def reply(
    objects: Sequence[Object],
    *,
    ticks: int,
    sequence: int | None = None,
    number: int = 1,
    invoke: int = 3,
    kind: int = 6,
    link: tuple[int, int] | None = None,
    now: bytes | None = None,
    scope: bool = False,
) -> bytes:
    """A poll reply: extended with a `sequence`, linked with a `link` of state and count."""
    content = struct.pack(">H", number) + (b"" if sequence is None else struct.pack(">H", sequence))
    content += struct.pack(">I", ticks) + (at() if now is None else now) + struct.pack(">HHH", 1, kind, 0)
    content += listed(objects)
    action = 0x0C16 if sequence is None else 0xF13B
    argument = bytes.fromhex("002100000000") + (bytes(4) if scope else b"")
    argument += struct.pack(">HH", action, len(content)) + content
    body = struct.pack(">HHH", invoke, 7, len(argument)) + argument
    return data(2, body) if link is None else data(5, bytes(link) + body)


def denied(invoke: int, code: int = 9) -> bytes:
    return data(3, struct.pack(">HHH", invoke, code, 0))


def alarm(source: int, code: int, *, technical: bool = True, handle: int = 0) -> Object:
    """The alert object with one alarm in one of its lists."""
    entry = struct.pack(">HHHHHHH", source, code, 2 if technical else 0x200, 8, 6, 0, handle)
    entry += struct.pack(">HH", 513, 2) + bytes(2)
    full, empty = struct.pack(">HH", 1, len(entry)) + entry, bytes(4)
    lists = (empty, full) if technical else (full, empty)
    return 1, [(0x0916, bytes(10)), (0x0902, lists[0]), (0x0904, lists[1])]


def patient(name: bytes) -> Object:
    return 1, [(0x095A, struct.pack(">H", len(name)) + name)]


def framed(message: bytes) -> bytes:
    """A serial frame, with the checksum computed as a polynomial division."""
    body = b"\x11\x01" + struct.pack(">H", len(message)) + message
    register = 0xFFFF
    for bit in (byte >> place & 1 for byte in body for place in range(8)):
        register = register >> 1 ^ (0x8408 if (register ^ bit) & 1 else 0)
    body += struct.pack("<H", register ^ 0xFFFF)
    for byte, pair in ((b"\x7d", b"\x7d\x5d"), (b"\xc0", b"\x7d\xe0"), (b"\xc1", b"\x7d\xe1")):
        body = body.replace(byte, pair)
    return b"\xc0" + body + b"\xc1"
