"""What stands between Asena frames, and frames that lost an end or a beginning: to the byte, and counted."""

from __future__ import annotations

from collections import Counter

import pytest

from drivers.pumps.alaris_asena import frames
from drivers.pumps.alaris_asena.frames import Decoder, Fields
from tests.drivers import asena_peer as golden

STOPPED: list[Fields] = [("INF_STOP",)]
SILENT = b"\n\0"
"""What a terminal or an idle line leaves between frames."""


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(
    ("data", "counts"),
    [
        (b"\r", {}),
        (b"\r\r", {}),
        (b"\n\r", {}),
        (b"\0\n\0\r", {}),
        (b"\r\n\0", {}),
        (b"\n?\r", {"no beginning": 1}),
        (b"?\n\r", {"no beginning": 1}),
        (b"?\n?\0\r", {"no beginning": 1}),
        (b"?\r?\r", {"no beginning": 2}),
        (b"?\r\r", {"no beginning": 1}),
        (b"??", {}),
    ],
)
def test_what_stands_between_two_frames(data: bytes, counts: dict[str, int], *, cut: bool) -> None:
    """Line ends and NUL are nothing; anything else before a CR was one frame whose beginning is lost."""
    decoder = Decoder()
    whole = golden.STOP + data + golden.STOP
    pieces = [whole[at : at + 1] for at in range(len(whole))] if cut else [whole]
    assert [one for piece in pieces for one in decoder.feed(piece)] == 2 * STOPPED
    assert decoder.rejected == Counter(counts)


@pytest.mark.parametrize("byte", sorted(set(range(256)) - set(b"!\r\x1b")))
def test_every_byte_alone_before_a_cr(byte: int) -> None:
    decoder = Decoder()
    assert decoder.feed(bytes((byte,)) + b"\r") == []
    assert decoder.rejected == Counter({} if byte in SILENT else {"no beginning": 1})


@pytest.mark.parametrize("place", range(1, len(golden.STOP) - 1))
def test_esc_cuts_a_frame_and_its_halves_are_none_f18(place: int) -> None:
    """A STOP is not confirmed by two halves with an ESC between them."""
    decoder = Decoder()
    assert decoder.feed(golden.STOP[:place] + golden.ESC + golden.STOP[place:]) == []
    assert decoder.rejected == Counter({"unfinished": 1, "no beginning": 1})
    assert decoder.feed(golden.STOP) == STOPPED


@pytest.mark.parametrize("torn", [b"!", b"!INF", b"!INF!INF_R", b"!INF|4961!!", b"!INF_STOP|CD5"])
def test_behind_frames_without_an_end_the_last_is_read(torn: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(torn + golden.STOP) == STOPPED
    assert decoder.rejected == Counter({"unfinished": 1})


@pytest.mark.parametrize(("last", "reason"), [(b"!INF|4962\r", "crc"), (b"!INF|496\r", "form")])
def test_behind_a_frame_without_an_end_a_damaged_one_is_counted_too(last: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(b"!INF" + last) == []
    assert decoder.rejected == Counter({"unfinished": 1, reason: 1})


def test_nothing_is_kept_of_a_frame_that_is_too_long() -> None:
    decoder = Decoder()
    decoder.feed(b"!" + b"x" * frames.LONGEST)
    assert decoder.held == frames.LONGEST
    for piece in (b"x", b"xx", b"!INF", b"x" * frames.LONGEST):
        assert decoder.feed(piece) == []
        assert decoder.held == 0
    assert decoder.feed(b"|0000\r" + golden.STOP) == STOPPED
    assert decoder.rejected == Counter({"too long": 1})
