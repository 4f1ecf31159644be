"""Asena frames: golden in both directions, cut anywhere, any bytes, bounded memory."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame
from drivers.pumps.alaris_asena import frames
from drivers.pumps.alaris_asena.frames import Decoder, Fields
from tests.drivers import asena_peer as golden
from tests.drivers.asena_peer import COMMANDS, REPLIES, wire

EVERY = b"".join([*COMMANDS.values(), *REPLIES.values()])


@pytest.mark.parametrize(("fields", "frame"), COMMANDS.items())
def test_every_documented_command(fields: Fields, frame: bytes) -> None:
    assert frames.encode(*fields) == frame
    assert Decoder().feed(frame) == [fields]


@pytest.mark.parametrize(("fields", "frame"), REPLIES.items())
def test_every_documented_reply_cut_at_every_byte(fields: Fields, frame: bytes) -> None:
    assert Decoder().feed(frame) == [fields]
    assert frames.encode(*fields) == frame
    for cut in range(len(frame) + 1):
        decoder = Decoder()
        assert decoder.feed(frame[:cut]) + decoder.feed(frame[cut:]) == [fields]
        assert not decoder.rejected


def test_keys_come_from_the_serial_number() -> None:
    assert frames.key_of("8002-51740") == "3CC1"
    assert frames.key_of("8002-51733") == "9535"


@pytest.mark.parametrize(
    ("rate", "text"), [("0.1", "0.1"), ("12.50", "12.5"), ("10", "10"), ("100.00", "100"), ("0.05", "0.05")]
)
def test_rates_are_written_as_clients_write_them(rate: str, text: str) -> None:
    assert frames.rate_command(Decimal(rate)) == ("INF_RATE", text, "ml/h")


def test_limits_have_three_places_and_always_stop_f24() -> None:
    assert frames.encode(*frames.limit_command(Decimal(11))) == golden.SET_LIMIT


def test_esc_forgets_a_half_frame_f18() -> None:
    decoder = Decoder()
    assert decoder.feed(golden.STATUS[:-4] + golden.ESC + golden.STOP) == [("INF_STOP",)]
    assert decoder.rejected == {"unfinished": 1}


def test_a_frame_that_lost_its_end_does_not_take_the_next_one_with_it() -> None:
    decoder = Decoder()
    assert decoder.feed(golden.STATUS_REPLY[:20] + golden.ALARM_REPLY) == [("ALARM", "AL_NOALM", " ", " ")]
    assert decoder.rejected == {"unfinished": 1}


def test_a_drug_may_have_an_exclamation_mark_and_a_bar() -> None:
    assert Decoder().feed(wire("INF^a!b|c^\xb5g")) == [("INF", "a!b|c", "\xb5g")]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (b"!INF|4962\r", "crc"),
        (b"!INF|496\r", "form"),
        (b"!INF4961\r", "form"),
        (b"!inf|4961\r", "crc"),
        (golden.START[:-5] + b"38f3\r", "form"),
        (b"!|FFFF\r", "form"),
        (b"!IN\x07F|4961\r", "form"),
        (b"!" + b"A" * 300 + b"|0000\r", "too long"),
        (b"INF|4961\r", "no beginning"),
    ],
)
def test_what_is_no_frame_is_counted_once_by_reason(wrong: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(wrong + golden.STOP) == [("INF_STOP",)]
    assert decoder.rejected == {reason: 1}


def test_a_flipped_bit_anywhere_makes_no_other_reply() -> None:
    frame = golden.STATUS_REPLY
    for place, bit in ((place, bit) for place in range(len(frame)) for bit in range(8)):
        bad = bytearray(frame)
        bad[place] ^= 1 << bit
        assert Decoder().feed(bytes(bad)) in ([], [tuple(frame[1:-6].decode().split("^"))])


STREAM = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from([golden.STATUS_REPLY, golden.STOP, b"!", b"\r", b"\x1b", b"!" + b"x" * 256]),
    ),
    max_size=8,
).map(b"".join)


@given(STREAM, st.lists(st.integers(1, 300), max_size=12))
def test_any_cut_gives_what_byte_by_byte_gives(stream: bytes, lengths: list[int]) -> None:
    slow, fast = Decoder(), Decoder()
    expected = [found for byte in stream for found in slow.feed(bytes((byte,)))]
    found: list[Fields] = []
    rest = stream
    for length in [*lengths, len(stream) + 1]:
        found += fast.feed(rest[:length])
        rest = rest[length:]
    assert found == expected
    assert fast.rejected == slow.rejected
    assert max(fast.held, slow.held) <= frames.LONGEST


def test_random_bytes_are_survived_in_bounded_memory() -> None:
    rng = random.Random(1)
    decoder = Decoder()
    for _ in range(300):
        decoder.feed(rng.randbytes(rng.randrange(900)))
        assert decoder.held <= frames.LONGEST
    decoder.reset()
    assert decoder.feed(EVERY) == [*COMMANDS, *REPLIES]


def test_time_grows_with_the_bytes_and_not_with_their_square() -> None:
    """Work is counted: no byte is looked at again when more come."""
    decoder = Decoder()
    held = []
    for _ in range(2000):
        decoder.feed(b"!x")
        held.append(decoder.held)
    assert max(held) <= frames.LONGEST
    assert all(after - before <= 2 for before, after in pairwise(held))


def test_the_recorded_status_is_read() -> None:
    (fields,) = Decoder().feed(golden.STATUS_REPLY)
    seen = frames.parse_infusion(fields)
    assert (seen.serial, seen.alarm, seen.mode, seen.log) == ("8002-51733", True, "HLD", "214725")
    assert (seen.rate_ml_h, seen.infused_ml) == (Decimal("0.00"), Decimal("0.969"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("INF_VTBI^ACTIV^0.1^ml^STOP", Decimal("0.1")),
        ("INF_VTBI^ACTIV^11.000^ml^STOP", Decimal("11.000")),
        ("INF_VTBI^ACTIV^11.000^ml", Decimal("11.000")),
        ("INF_VTBI^ACTIV^0.000^ml^STOP", None),
        ("INF_VTBI^^11.000^ml^STOP", None),
        ("INF_VTBI^^", None),
        ("INF_VTBI^DEACT", None),
        ("INF_VTBI^ACTIV^11.000^ml^KVO", None),
        ("INF_VTBI^ACTIV^11.000^ml^CONTINUE", None),
    ],
)
def test_f7_f24_only_an_active_limit_that_stops_is_one(text: str, left: Decimal | None) -> None:
    assert frames.parse_limit(tuple(text.split("^"))) == left


@pytest.mark.parametrize(
    "text",
    [
        "INF_VTBI^ACTIV^^ml^STOP",
        "INF_VTBI^ACTIV^NaN^ml^STOP",
        "INF_VTBI^ACTIV^1e3^ml^STOP",
        "INF_VTBI^ACTIV^1^l",
    ],
)
def test_a_limit_that_is_no_number_of_millilitres_is_no_reading(text: str) -> None:
    with pytest.raises(BadFrame):
        frames.parse_limit(tuple(text.split("^")))


@pytest.mark.parametrize("place", [4, 5, 7, 8])
def test_a_status_with_a_field_that_is_wrong_is_no_reading(place: int) -> None:
    (fields,) = Decoder().feed(golden.STATUS_REPLY)
    for wrong in ("", "-1", "mg/h", "1.0.0", "\u0661"):
        with pytest.raises(BadFrame):
            frames.parse_infusion((*fields[:place], wrong, *fields[place + 1 :]))
    with pytest.raises(BadFrame):
        frames.parse_infusion(fields[:13])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ALARM^AL_OCC", {"AL_OCC"}),
        ("ALARM^ AL_OCC ^AL_BATT", {"AL_OCC", "AL_BATT"}),
        ("ALARM^AL_NOALM", set()),
        ("ALARM^AL_NOALARM", set()),
        ("ALARM^", set()),
        ("ALARM", set()),
        ("ALARM^^AL_OCC^ ", {"AL_OCC"}),
    ],
)
def test_alarms_are_the_words_behind_the_command(text: str, words: set[str]) -> None:
    """The first word is one of them; the word for none is none."""
    assert frames.parse_alarms(tuple(text.split("^"))) == words


@pytest.mark.parametrize(("size", "kept"), [(0, True), (1, False)])
def test_the_longest_frame_is_read_and_a_longer_one_is_not(size: int, *, kept: bool) -> None:
    text = b"INF^" + b"x" * (frames.LONGEST + size - len("INF^|0000"))
    whole = b"!" + text + b"|%04X\r" % frames.crc(text)
    for cut in (1, 20, len(whole) - 1):
        decoder = Decoder()
        assert bool(decoder.feed(whole[:cut]) + decoder.feed(whole[cut:])) is kept
        assert decoder.rejected == ({} if kept else {"too long": 1})
