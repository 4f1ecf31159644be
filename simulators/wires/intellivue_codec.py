"""IntelliVue Data Export as the monitor writes it (facts: monitors 5.2 to 5.5, 20)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

FRAME_MAX: Final = 6000
NAN: Final = 0x007FFFFF
AARQ: Final = 0x0D
FIRST_BYTES: Final = frozenset((b"\x0d", b"\x09", b"\x19", b"\xe1"))
"""What a client's datagram may begin with."""
USER_DATA: Final = bytes.fromhex("be802880")
MDS: Final = b"\x00\x21\x00\x00\x00\x00"
SINGLE: Final = 0x0C16
EXTENDED: Final = 0xF13B
PERIOD: Final = 0xF13E
PORT: Final = 24105
CONNECT_INDICATION: Final = 0x0D18


def crc(data: bytes) -> int:
    """CRC-16/X-25, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0x8408 if value & 1 else value >> 1
    return value ^ 0xFFFF


def wrap(message: bytes) -> bytes:
    """A message in its serial frame."""
    body = b"\x11\x01" + struct.pack(">H", len(message)) + message
    body += struct.pack("<H", crc(body))
    out = bytearray(b"\xc0")
    for byte in body:
        out += bytes((0x7D, byte ^ 0x20)) if byte in b"\xc0\xc1\x7d" else bytes((byte,))
    return bytes(out) + b"\xc1"


def unwrap(raw: bytes) -> bytes | None:
    """What stands between C0 and C1; None if it is no whole frame."""
    body = bytearray()
    escaped = False
    for byte in raw:
        if byte == 0x7D and not escaped:
            escaped = True
            continue
        body.append(byte ^ 0x20 if escaped else byte)
        escaped = False
    if escaped or len(body) < 6 or struct.unpack("<H", body[-2:])[0] != crc(bytes(body[:-2])):
        return None
    good = body[:2] == b"\x11\x01" and struct.unpack(">H", body[2:4])[0] == len(body) - 6
    return bytes(body[4:-2]) if good else None


def cut(stream: bytes) -> list[bytes]:
    """Messages said one after the other, each by itself as on the network."""
    found = []
    while stream:
        if stream[0] in {0x00, 0xE1}:
            length = 8 + struct.unpack(">H", stream[6:8])[0]
        elif stream[1] == 0xFF:
            length = 4 + struct.unpack(">H", stream[2:4])[0]
        else:
            length = 2 + stream[1]
        found.append(stream[:length])
        stream = stream[length:]
    return found


def session(tag: int, rest: bytes) -> bytes:
    """An association message with its length in the short form or the long."""
    size = bytes((len(rest),)) if len(rest) <= 254 else b"\xff" + struct.pack(">H", len(rest))
    return bytes((tag,)) + size + rest


def asked_profile(request: bytes) -> tuple[int, int] | None:
    """Least poll period in 1/8 ms and extended flags a request asks for; None if it is no such request."""
    place = request.find(USER_DATA)
    offer = request[max(0, place) :].partition(b"\x02\x01\x02\x81")[2][21:]
    if request[:1] != bytes((AARQ,)) or place < 0 or len(offer) < 4:
        return None
    offer = offer[4 + struct.unpack(">H", offer[2:4])[0] + 4 :]
    if len(offer) < 28 or struct.unpack(">H", offer[:2])[0] != 1:
        return None
    flags = offer[28:].partition(b"\xf0\x01\x00\x08")[2][:4]
    return struct.unpack(">I", offer[8:12])[0], int.from_bytes(flags)


def accepted(min_poll_ticks: int, flags: int) -> bytes:
    """The answer as mdpnp's simulated monitor gives it, with what is granted."""
    profile = struct.pack(">IIIIII", 0x80000000, min_poll_ticks, 1400, 1400, 0xFFFFFFFF, 0x60000000)
    profile += listed([(0xF001, struct.pack(">II", flags, 0))])
    user = bytes.fromhex("80000000 40000000 00000000 80000000 20000000 00000000")
    user += listed([(0x0001, profile), (0x0102, bytes(4))])
    presentation = bytes.fromhex(
        "3180a0808001010000a280a003000001a58030808001008102510100003080800100810c2a8648ce1402010000000201"
        "0000000061803080020101a0806180a180060c2a8648ce14020100000003010000a203020100a305a103020100be8028"
        "8002010281"
    )
    presentation += bytes((len(user),)) + user + bytes(16)
    head = bytes.fromhex("0508130100160102800014020002c1")
    return session(0x0E, head + bytes((len(presentation),)) + presentation)


REFUSED: Final = session(0x0C, bytes.fromhex("0508130100160102800014020002"))
ABORTED: Final = session(0x19, bytes.fromhex("110103"))
RELEASED: Final = session(0x0A, bytes.fromhex("c116 61803080020101a0806380800100 0000000000000000"))


def listed(attributes: Iterable[tuple[int, bytes]]) -> bytes:
    """An attribute list: count, length, and number, length, value of each."""
    entries = [struct.pack(">HH", number, len(value)) + value for number, value in attributes]
    return struct.pack(">HH", len(entries), len(b"".join(entries))) + b"".join(entries)


def word(text: str) -> bytes:
    """A text in two bytes a character, with its length."""
    raw = text.encode("utf-16-be")
    return struct.pack(">H", len(raw)) + raw


def plain(text: str) -> bytes:
    """A text in one byte a character, with its length."""
    return struct.pack(">H", len(text)) + text.encode("ascii")


def float_bytes(value: float | None, places: int = 1) -> bytes:
    """A FLOAT with so many decimals; None is NaN."""
    if value is None:
        return struct.pack(">I", NAN)
    return struct.pack(">I", (-places & 0xFF) << 24 | round(value * 10**places) & 0xFFFFFF)


def observed(code: int, state: int, unit: int, value: bytes) -> bytes:
    """One observed value."""
    return struct.pack(">HHH", code, state, unit) + value


def compound(values: Sequence[bytes]) -> bytes:
    """Several observed values in one attribute."""
    return struct.pack(">HH", len(values), len(b"".join(values))) + b"".join(values)


def calendar(seconds: float, start_unixtime: int) -> bytes:
    """A moment in 8 BCD bytes, the last for hundredths."""
    moment = datetime.fromtimestamp(start_unixtime, UTC) + timedelta(seconds=seconds)
    return bytes.fromhex(moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 10000:02}")


def data(operation: int, body: bytes) -> bytes:
    """A data message of one operation."""
    return b"\xe1\x00\x00\x02" + struct.pack(">HH", operation, len(body)) + body


def created(invoke: int, ticks: int, confirmed: bool, attributes: Mapping[int, bytes]) -> bytes:
    """The event in which the monitor tells who it is."""
    content = MDS + listed(attributes.items())
    argument = MDS + struct.pack(">IHH", ticks, 0x0D06, len(content)) + content
    return data(1, struct.pack(">HHH", invoke, 1 if confirmed else 0, len(argument)) + argument)


def result(invoke: int, action: int, content: bytes, link: tuple[int, int] | None = None) -> bytes:
    """A result, or one part of a linked one with its state and count."""
    argument = MDS + struct.pack(">HH", action, len(content)) + content
    body = struct.pack(">HHH", invoke, 7, len(argument)) + argument
    return data(2, body) if link is None else data(5, bytes(link) + body)


def error(invoke: int, code: int) -> bytes:
    """An error reply."""
    return data(3, struct.pack(">HHH", invoke, code, 0))


def objects(found: Sequence[tuple[int, bytes]]) -> bytes:
    """Handles with their attribute lists, in one context."""
    entries = b"".join(struct.pack(">H", handle) + attributes for handle, attributes in found)
    context = struct.pack(">HHH", 0, len(found), len(entries)) + entries
    return struct.pack(">HH", 1, len(context)) + context


def indication(ticks: int) -> bytes:
    """What a monitor sends to UDP 24005 while it waits for a client: association and data on 24105."""
    protocols = compound([struct.pack(">HHHH", 1, 1, PORT, 0), struct.pack(">HHHH", 5, 1, PORT, 0)])
    content = listed([(0xF101, protocols)])
    argument = MDS + struct.pack(">IHH", ticks, CONNECT_INDICATION, len(content)) + content
    body = struct.pack(">HHH", 0, 0, len(argument)) + argument
    return struct.pack(">IHH", 0x00000100, 1, len(body)) + body
