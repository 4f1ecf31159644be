"""DIANET-Star frames against the documented bytes, and against any bytes at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame
from drivers.flagged import FLAG
from drivers.pumps.dianet_star import frames
from drivers.pumps.dianet_star.frames import Decoder, Reply, Segment
from tests.drivers import dianet_peer as golden

A = 0x41
REPLIES = {
    golden.IDENT_REPLY: (0x00, Segment.IDENT, None),
    golden.CC_ACCEPTED: (A, Segment.CC_MODE, None),
    golden.ACTION_ACCEPTED: (A, Segment.AKTION, None),
    golden.ACTION_REFUSED: (A, Segment.AKTION, 0x0C),
    golden.TARGET_REFUSED: (A, Segment.SOLLWERT_WRITE, 0x06),
    golden.STATUS_REPLY: (A, Segment.STATUS, None),
    golden.ISTWERT_REPLY: (A, Segment.ISTWERT, None),
    golden.SOLLWERT_REPLY: (A, Segment.SOLLWERT, None),
    golden.STUFFED_STATUS: (A, Segment.STATUS, None),
}


def one(data: bytes) -> Reply:
    (reply,) = Decoder().feed(data)
    return reply


@pytest.mark.parametrize(
    ("encoded", "document"),
    [
        (frames.encode(0, Segment.IDENT), golden.IDENT_00),
        (frames.encode_cc_mode(0, 0x0FEC3039, 2, A), golden.CC_FERNREGEL),
        (frames.encode_cc_mode(0, 0x0FEC3039, 1, A), golden.CC_FERNSTEUER),
        (frames.encode(A, Segment.STATUS), golden.STATUS),
        (frames.encode(A, Segment.ISTWERT), golden.ISTWERT),
        (frames.encode(A, Segment.SOLLWERT), golden.SOLLWERT),
        (frames.encode(A, Segment.LIMITS), golden.LIMITS),
        (frames.encode_target(A, 1250, 100), golden.SET_TARGET),
        (frames.encode_action(A, frames.START_STOP, frames.ON), golden.START),
        (frames.encode_action(A, frames.START_STOP, frames.OFF), golden.STOP),
        (frames.encode_action(A, 0x04, frames.ON), golden.CLEAR_VOLUME),
    ],
)
def test_requests_are_the_documented_bytes(encoded: bytes, document: bytes) -> None:
    assert encoded == document


@pytest.mark.parametrize(("data", "expected"), REPLIES.items())
def test_replies_are_read(data: bytes, expected: tuple[int, int, int | None]) -> None:
    reply = one(data)
    assert (reply.address, reply.segment, reply.nak) == expected


@pytest.mark.parametrize("data", REPLIES)
def test_a_reply_split_at_every_byte(data: bytes) -> None:
    whole = Decoder().feed(data)
    for cut in range(len(data) + 1):
        decoder = Decoder()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == whole
    decoder = Decoder()
    assert [reply for byte in data for reply in decoder.feed(bytes((byte,)))] == whole


def test_fields_of_the_documented_replies() -> None:
    ident = frames.parse_ident(one(golden.IDENT_REPLY).data)
    assert (ident.type_code, ident.serial, ident.protocol, ident.software) == (
        1019,
        12345,
        0x000E,
        "PFM A12345",
    )
    status = frames.parse_status(one(golden.STATUS_REPLY).data)
    assert (status.request, status.alarm, status.state) == (1, 1 << 12, 1 << 3 | 1 << 4 | 1 << 7)
    assert (status.rate, status.remaining, status.remaining_min) == (1250, 73, 35)
    actual = frames.parse_actual(one(golden.ISTWERT_REPLY).data)
    assert actual == frames.Actual(pressure=12, infused=27, infused_min=13, battery_min=240, syringe_ml=50)
    target = frames.parse_target(one(golden.SOLLWERT_REPLY).data)
    assert target == frames.Target(rate=1250, limit=100, pressure_limit=5, drug="CARBOPLATIN")
    stuffed = frames.parse_status(one(golden.STUFFED_STATUS).data)
    assert (stuffed.state, stuffed.rate) == (0x80, 0x7E7D)


def test_fields_of_limits_and_reload() -> None:
    limits = frames.parse_limits(one(golden.LIMITS_REPLY).data)
    assert limits == frames.Limits(
        rate_max=50000, rate_min=50, limit_max=9990, remote_rate_max=30000, remote_rate_min=30
    )
    reload = frames.parse_reload(one(golden.RELOAD_ARMED).data)
    assert reload == frames.Reload(active=True, rate=1250, limit=100)


def test_the_crc_is_the_vendors_not_ccitt_false() -> None:
    assert frames.crc(bytes.fromhex("0001")) == 0x1D0E
    assert frames.crc(bytes.fromhex("4111")) == 0x5C1E
    assert frames.crc(b"123456789") != 0x29B1


@given(st.binary(max_size=60))
def test_what_is_encoded_holds_no_flag_inside_and_no_80(data: bytes) -> None:
    frame = frames.encode(A, Segment.STATUS, data)
    assert FLAG not in frame[1:-1]
    assert frames.FORBIDDEN not in frame
    assert frame == golden.wire("4102" + data.hex())


def test_a_raw_80_inside_a_frame_is_an_error() -> None:
    decoder = Decoder()
    assert decoder.feed(golden.STUFFED_STATUS.replace(b"\x7d\xa0", b"\x80")) == []
    assert decoder.rejected == {"raw 80": 1}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (golden.STATUS_REPLY.replace(b"\x23", b"\x24"), "crc"),
        (b"\x7e\x41\x02\x7e", "short"),
        (b"\x7e\x41\x02\x7d\x7e", "stuffing"),
        (b"\x7e\x41\x7d\x41\x7e", "stuffing"),
        (b"\x7e" + b"\x01" * 300 + b"\x7e", "too long"),
        (golden.STATUS, "short"),
        (golden.wire("4102070000"), "verdict"),
        (golden.wire("41021500000000"), "verdict"),
    ],
)
def test_what_is_no_reply_is_counted_and_the_next_reply_read(data: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(data) == []
    assert decoder.rejected == {reason: 1}
    assert decoder.feed(golden.CC_ACCEPTED) == [one(golden.CC_ACCEPTED)]


def test_a_reply_after_half_a_reply_is_read() -> None:
    decoder = Decoder()
    assert decoder.feed(golden.STATUS_REPLY[:9] + golden.CC_ACCEPTED) == [one(golden.CC_ACCEPTED)]


@given(st.lists(st.binary(max_size=400), max_size=8))
def test_any_bytes_raise_nothing_in_bounded_memory(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
        assert decoder._frames.held <= frames.BODY_MAX + 1
    assert len(decoder.rejected) <= 6


@given(st.sampled_from(sorted(REPLIES)), st.integers(0, 200), st.integers(1, 255))
def test_no_single_wrong_byte_passes(data: bytes, place: int, flip: int) -> None:
    index = place % len(data)
    mutated = data[:index] + bytes((data[index] ^ flip,)) + data[index + 1 :]
    assert one(data) not in Decoder().feed(mutated) or mutated.strip(b"\x7e") == data.strip(b"\x7e")


@pytest.mark.parametrize(
    ("parse", "name", "length"),
    [
        (frames.parse_ident, "IDENT", 20),
        (frames.parse_status, "STATUS", 19),
        (frames.parse_actual, "ISTWERT", 21),
        (frames.parse_target, "SOLLWERT", 39),
        (frames.parse_limits, "LIMITS", 49),
        (frames.parse_reload, "RELOAD", 9),
    ],
)
def test_a_segment_of_another_length_is_a_bad_frame(
    parse: Callable[[bytes], object], name: str, length: int
) -> None:
    parse(b"\xff" * length)
    for wrong in (0, length - 1, length + 1):
        with pytest.raises(BadFrame, match=f"^{name}: {wrong} data bytes instead of {length}$"):
            parse(b"\xff" * wrong)


def test_the_shortest_bodies_of_both_directions() -> None:
    """A question is address, segment and CRC: four bytes; the shortest reply has a verdict more."""
    asked = frames.encode(A, Segment.STATUS)[1:-1]
    assert len(asked) == 4
    assert frames.is_request(asked)
    with pytest.raises(BadFrame, match="short"):
        frames.parse_reply(asked)
    for size in range(4):
        with pytest.raises(BadFrame, match="short"):
            frames.is_request(asked[:size])
    accepted = golden.ACTION_ACCEPTED.strip(FLAG)
    assert len(accepted) == 5
    assert not frames.is_request(accepted)
    assert frames.parse_reply(accepted).data == b""


def test_what_is_damaged_is_said_by_nobody() -> None:
    """Whoever sent it: a body with a wrong CRC is neither a request nor a reply."""
    for frame in (golden.START, golden.STATUS, golden.ACTION_ACCEPTED, golden.ACTION_REFUSED):
        body = frame.strip(FLAG)
        frames.is_request(body)
        for place in range(len(body)):
            hurt = body[:place] + bytes((body[place] ^ 1,)) + body[place + 1 :]
            with pytest.raises(BadFrame, match="crc"):
                frames.is_request(hurt)


def test_a_refusal_has_its_code_and_no_data() -> None:
    assert one(golden.ACTION_REFUSED) == Reply(A, Segment.AKTION, 0x0C, b"")
    assert one(golden.ACTION_ACCEPTED) == Reply(A, Segment.AKTION, None, b"")


def test_a_reset_forgets_the_half_of_a_reply() -> None:
    decoder = Decoder()
    decoder.feed(golden.STATUS_REPLY[:9])
    decoder.reset()
    assert decoder.feed(golden.CC_ACCEPTED) == [one(golden.CC_ACCEPTED)]
    assert not decoder.rejected


@pytest.mark.parametrize("letter", [chr(code) for code in range(0x21, 0x7F)])
def test_only_padding_is_taken_off_a_text(letter: str) -> None:
    """Twenty characters of drug and ten of software, padded with spaces (or, by some, with NUL)."""
    for pad in (b" ", b"\0"):
        drug = f" A {letter}".encode().ljust(20, pad)
        assert frames.parse_target(bytes(19) + drug).drug == f" A {letter}"
        software = f"V1 {letter}".encode().ljust(10, pad)
        assert frames.parse_ident(bytes(6) + software + bytes(4)).software == f"V1 {letter}"
