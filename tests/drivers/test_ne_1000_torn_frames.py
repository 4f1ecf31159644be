"""NE-1000 frames at the edge of their form: short, long, without an end, and packets hidden inside others."""

from __future__ import annotations

from collections import Counter

import pytest

from drivers.errors import BadFrame
from drivers.pumps.ne_1000 import frames
from drivers.pumps.ne_1000.frames import Decoder, Reply

STOPPED = Reply(0, "S", "", "", safe=False)
BASIC = b"\x0200S\x03"
SAFE = bytes.fromhex("0207 303053 AAA6 03")


def packet(payload: bytes) -> bytes:
    """Length, payload, CRC-16/XMODEM bit by bit, ETX."""
    register = 0
    for byte in payload:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ (0x1021 if register & 0x8000 else 0)) & 0xFFFF
    return bytes((2, len(payload) + 4)) + payload + register.to_bytes(2, "big") + b"\x03"


def test_the_writer_of_this_file_writes_the_documented_packets() -> None:
    assert packet(b"00S") == SAFE
    assert packet(b"00SI250.6W0.000UL") == b"\x02\x1500SI250.6W0.000UL\xb1\x8b\x03"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "end"),
        (b"\x02", "end"),
        (b"\x02\x03", "end"),
        (b"\x0200S\x04", "end"),
        (b"\x0100S\x03", "end"),
        (SAFE[:-1] + b"\x02", "end"),
        (b"\x01" + SAFE[1:], "end"),
        (b"\x020\x03", "payload"),
        (b"\x02\x02\x03", "length"),
        (b"\x02\x03\x00\x03", "length"),
        (b"\x02\x04\x00\x00\x03", "payload"),
        (packet(b"0"), "payload"),
        (b"\x0200s\x03", "payload"),
        (b"\x0200\x03", "payload"),
        (b"\x020S\x03", "payload"),
        (b"\x02000S\x03", "payload"),
        (b"\x0200A?\x03", "payload"),
        (b"\x0200A?RS\x03", "payload"),
        (b"\x0200S\xb2\x03", "payload"),
        (b"\x0200S\x03\x03", "payload"),
        (b"\x0200S\r\x03", "payload"),
    ],
)
def test_what_is_no_reply_says_why(frame: bytes, reason: str) -> None:
    with pytest.raises(BadFrame, match=f"^{reason}$"):
        frames.parse(frame)


def test_a_packet_whose_last_byte_is_no_etx_is_none_though_its_crc_is_right() -> None:
    for last in set(range(256)) - {3}:
        decoder = Decoder()
        assert decoder.feed(SAFE[:-1] + bytes((last,))) == []
        assert decoder.rejected == Counter({"end": 1})


@pytest.mark.parametrize(("size", "kept"), [(42, True), (43, True), (44, False)])
def test_the_longest_packet_has_the_length_2f(size: int, *, kept: bool) -> None:
    """A byte from 30 on would be the first digit of an address in Basic mode."""
    data = b"1" * (size - 3)
    whole = packet(b"00S" + data)
    assert whole[1] == size + 4
    wanted = Reply(0, "S", "", data.decode(), safe=True)
    assert Decoder().feed(whole) == ([wanted] if kept else [])
    if kept:
        assert frames.parse(whole) == wanted


def test_the_longest_packet_ends_where_its_length_says_also_with_an_etx_in_its_crc() -> None:
    """Its length is 2F, its ETX the last byte; another 03 stands before it."""
    texts = (f"00S{number:040}".encode() for number in range(1000))
    whole = next(one for one in map(packet, texts) if 3 in one[-3:-1])
    assert whole[1] == 0x2F
    (reply,) = Decoder().feed(whole)
    assert (reply.status, len(reply.data), reply.safe) == ("S", 40, True)


def test_a_packet_without_a_payload_is_one_reply_that_is_none() -> None:
    decoder = Decoder()
    assert decoder.feed(b"\x02\x04\x00\x00\x03" + BASIC) == [STOPPED]
    assert decoder.rejected == Counter({"payload": 1})


@pytest.mark.parametrize(("size", "kept"), [(60, True), (61, True), (62, False)])
def test_the_longest_line_has_64_bytes_before_its_end(size: int, *, kept: bool) -> None:
    decoder = Decoder()
    data = "1" * (size - 1)
    found = decoder.feed(b"\x0200S" + data.encode() + b"\x03" + BASIC)
    assert found == [*([Reply(0, "S", "", data, safe=False)] if kept else []), STOPPED]
    assert decoder.rejected == Counter({} if kept else {"too long": 1})


@pytest.mark.parametrize("starts", range(1, 5))
def test_a_reply_behind_starts_that_lead_nowhere_is_read(starts: int) -> None:
    decoder = Decoder()
    assert decoder.feed(b"\x02" * starts + SAFE + BASIC) == [Reply(0, "S", "", "", safe=True), STOPPED]
    assert decoder.rejected == Counter({"length": starts})


@pytest.mark.parametrize(
    ("inside", "replies"),
    [
        (b"\x0200S\x03\x0200I\x03\x0200P\x03\x0200W\x03", "SIPW"),
        (packet(b"00S") + packet(b"00I"), "SI"),
        (b"\x03\x03" + packet(b"00S") + packet(b"00W"), "SW"),
        (packet(b"00I") + b"\x0200S\x03", "IS"),
    ],
)
def test_replies_inside_what_looked_like_a_packet_are_all_read_in_their_order(
    inside: bytes, replies: str
) -> None:
    """A start and a length that noise made swallow what follows; no CRC fits, and nothing is lost."""
    decoder = Decoder()
    found = decoder.feed(b"\x02" + bytes((len(inside) + 1,)) + inside)
    assert "".join(one.status for one in found) == replies
    assert decoder.rejected == Counter({"crc": 1})
    assert decoder.held == 0


def test_a_reset_forgets_the_half_of_a_reply() -> None:
    decoder = Decoder()
    decoder.feed(BASIC[:3])
    assert decoder.held == 3
    decoder.reset()
    assert decoder.held == 0
    assert decoder.feed(BASIC[3:]) == []
    assert decoder.feed(BASIC) == [STOPPED]
    assert not decoder.rejected


@pytest.mark.parametrize("unit", ["MH", "UH", "MM", "UM", "UL", "ML", "MX", "XX", "HM"])
def test_a_rate_is_in_a_unit_of_rates_and_a_volume_in_one_of_volumes(unit: str) -> None:
    data = f"12.34{unit}"
    if unit not in {"MH", "UH", "MM", "UM"}:
        with pytest.raises(BadFrame, match="RAT"):
            frames.parse_rate(data)
    if unit not in {"UL", "ML"}:
        with pytest.raises(BadFrame, match="VOL"):
            frames.parse_volume(data)
