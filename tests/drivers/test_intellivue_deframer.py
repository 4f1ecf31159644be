"""The serial frame of the IntelliVue at its edges: what stays of a torn frame, and how long one may be."""

from __future__ import annotations

from collections import Counter

import pytest

from drivers.monitors.intellivue.serial_frames import Deframer, enclose
from tests.drivers import intellivue_peer as golden

FRAME = golden.framed(golden.CREATED)
ESCAPED_MAX = 2 * (2 + 2 + 8192 + 2)
"""Header, length, the longest message and checksum, every byte escaped."""


def test_the_longest_message_is_read() -> None:
    for size in (8191, 8192):
        for message in (b"x" * size, b"\x7d" * size):
            assert Deframer().feed(golden.framed(message)) == [message]


@pytest.mark.parametrize("cut", [1, 9_000])
@pytest.mark.parametrize(
    ("size", "reason"),
    [(ESCAPED_MAX - 1, "checksum"), (ESCAPED_MAX, "checksum"), (ESCAPED_MAX + 1, "too long")],
)
def test_a_frame_longer_than_the_longest_escaped_one_is_not_kept(size: int, reason: str, cut: int) -> None:
    deframer = Deframer()
    assert deframer.feed(b"\xc0" + b"x" * cut) == []
    assert deframer.held == cut
    deframer.feed(b"x" * (size - cut))
    assert deframer.held == (size if reason == "checksum" else 0)
    deframer.feed(b"")
    assert deframer.feed(b"\xc1" + FRAME) == [golden.CREATED]
    assert deframer.rejected == Counter({reason: 1})


def test_of_a_frame_that_is_too_long_nothing_more_is_kept() -> None:
    deframer = Deframer()
    deframer.feed(b"\xc0" + b"x" * ESCAPED_MAX)
    for _ in range(3):
        deframer.feed(b"x" * 100)
        assert deframer.held == 0
    assert deframer.feed(FRAME) == [golden.CREATED]
    assert deframer.rejected == Counter({"cut off": 1})


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        (b"", {}),
        (b"noise", {}),
        (b"\xc1", {}),
        (b"\xc1noise\xc1", {}),
        (b"\xc0", {}),
        (b"\xc0\xc0", {}),
        (b"\xc0x", {"unfinished": 1}),
        (b"\xc0" + b"x" * (ESCAPED_MAX + 1), {"unfinished": 1}),
        (b"\xc0x\xc0", {"cut off": 1}),
        (b"\xc0x\xc0x", {"cut off": 1, "unfinished": 1}),
        (FRAME, {}),
        (FRAME + b"noise", {}),
        (FRAME + FRAME[1:], {}),
        (FRAME + b"\xc1noise", {}),
    ],
)
def test_where_the_bytes_end(data: bytes, counts: dict[str, int]) -> None:
    """Only a frame that has begun and holds something is unfinished; noise outside of frames is none."""
    deframer = Deframer()
    assert deframer.feed(data) == [golden.CREATED] * data.startswith(FRAME)
    deframer.finish()
    assert deframer.held == 0
    deframer.finish()
    assert deframer.rejected == Counter(counts)
    assert deframer.feed(FRAME[1:]) == [], "no beginning is remembered"
    assert deframer.feed(FRAME) == [golden.CREATED]
    assert deframer.rejected == Counter(counts)


def test_a_reset_forgets_the_half_of_a_frame() -> None:
    for begun in (FRAME[:9], b"\xc0" + b"x" * (ESCAPED_MAX + 1)):
        deframer = Deframer()
        deframer.feed(begun)
        deframer.reset()
        assert deframer.held == 0
        assert deframer.feed(FRAME[9:]) == []
        assert deframer.feed(FRAME) == [golden.CREATED]
        assert not deframer.rejected


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (b"", "short"),
        (b"\x11\x01\x00", "short"),
        (b"\x11\x01\x00\x01", "length"),
        (b"\x10\x01\x00\x00", "protocol"),
        (b"\x11\x00\x00\x00", "protocol"),
        (b"\x11\x01\x01\x00", "length"),
    ],
)
def test_a_good_checksum_is_not_enough(inner: bytes, reason: str) -> None:
    deframer = Deframer()
    assert deframer.feed(enclose(inner)) == []
    assert deframer.rejected == Counter({reason: 1})
    assert Deframer().feed(enclose(b"\x11\x01\x00\x00")) == [b""]
