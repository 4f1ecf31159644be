"""Frames between flags, and lines: where a stream ends, and how long is too long, to the byte."""

from __future__ import annotations

import re

import pytest

from drivers.flagged import NO_START, TOO_LONG, UNFINISHED, Flagged, Framed
from drivers.lines import LINE_MAX, Lines

PAIRS = ((b"\x7d", b"\x7d\x5d"), (b"\x7e", b"\x7d\x5e"))
FAULT = re.compile(rb"\x7d(?![\x5d\x5e])", re.DOTALL)
LONGEST = 8


def flagged() -> Flagged:
    return Flagged(PAIRS, FAULT, LONGEST, misread="escape")


@pytest.mark.parametrize(
    ("data", "inside"),
    [
        (b"", False),
        (b"\x7e", False),
        (b"\x7eabc\x7e", False),
        (b"\x7eabc", True),
        (b"abc", True),
        (b"\x7e\x7d", True),
        (b"\x7ea\x7d\x00", True),
        (b"\x7e" + b"a" * 99, True),
        (b"\x7ea\x7d\x00\x7e", False),
    ],
)
def test_a_stream_ends_inside_a_frame_or_between_two(data: bytes, *, inside: bool) -> None:
    one = flagged()
    one.feed(data)
    assert one.finish() is inside
    assert not one.finish(), "it is told once"
    assert one.feed(b"abc\x7e") == [Framed(b"abc", "", whole=False)], "no flag is remembered"


@pytest.mark.parametrize("size", range(LONGEST - 1, LONGEST + 3))
@pytest.mark.parametrize("byte", [b"a", b"\x7d\x5e"])
def test_the_longest_body_is_counted_without_its_escapes(size: int, byte: bytes) -> None:
    (ended,) = flagged().feed(b"\x7e" + byte * size + b"\x7e")
    assert ended.broken == ("" if size <= LONGEST else TOO_LONG)
    assert len(ended.body) == (size if size <= LONGEST else 0)


def test_a_wrong_escape_breaks_its_frame_and_no_other() -> None:
    ended = flagged().feed(b"\x7ea\x7d\x00b\x7ecd\x7e\x7d\x7e")
    assert ended == [
        Framed(b"", "escape", whole=True),
        Framed(b"cd", "", whole=True),
        Framed(b"", "escape", whole=True),
    ]


def test_a_frame_met_in_its_middle_is_rejected_for_that() -> None:
    broken, good = flagged().feed(b"abc\x7ede\x7e")
    assert (broken.reason("crc"), good.reason("crc")) == (NO_START, "crc")
    assert UNFINISHED


def test_a_line_without_its_end_counts_when_the_stream_ends() -> None:
    lines = Lines()
    assert lines.feed(b"one\r\ntw") == ["one"]
    assert lines.held == 2
    assert lines.finish() == ["tw"]
    assert lines.held == 0
    assert lines.finish() == []
    assert lines.feed(b"three\n") == ["three"], "nothing of the end is left"


@pytest.mark.parametrize(("size", "kept"), [(LINE_MAX - 1, 1), (LINE_MAX, 1), (LINE_MAX + 1, 0)])
def test_the_longest_line_whole_and_in_two(size: int, kept: int) -> None:
    for cut in (0, 1, LINE_MAX):
        lines = Lines()
        text = b"a" * size
        assert len(lines.feed(text[:cut]) + lines.feed(text[cut:] + b"\n" + b"b\n")) == kept + 1
        assert lines.rejected == ({} if kept else {"too long": 1})


def test_a_reset_forgets_a_line_and_that_it_was_too_long() -> None:
    lines = Lines()
    lines.feed(b"a" * (LINE_MAX + 1))
    lines.reset()
    assert lines.feed(b"b\n") == ["b"]
    lines.feed(b"half")
    lines.reset()
    assert lines.feed(b"b\n") == ["b"]
    assert not lines.rejected


def test_nothing_is_kept_of_a_line_that_is_too_long() -> None:
    lines = Lines()
    lines.feed(b"a" * LINE_MAX)
    assert lines.held == LINE_MAX
    for piece in (b"a", b"a" * LINE_MAX):
        lines.feed(piece)
        assert lines.held == 0


@pytest.mark.parametrize("byte", sorted(set(range(256)) - {0x5D, 0x5E, 0x7E}))
def test_whatever_else_stands_behind_an_escape_is_a_wrong_one(byte: int) -> None:
    ended = flagged().feed(b"\x7ea\x7d" + bytes((byte,)) + b"b\x7ecd\x7e")
    assert ended == [Framed(b"", "escape", whole=True), Framed(b"cd", "", whole=True)]
