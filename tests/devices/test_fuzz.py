"""Decoders that go on after whatever they heard, from a seed; memory and work are counted, not timed."""

from __future__ import annotations

from functools import partial

import pytest

from drivers.shelf import recording_of
from tests.devices.fuzz import HELD_MAX, check, shelved
from tests.devices.weigh import calls_of, held_bytes
from tests.drivers.capture import captured

SLICE = 600
SEED = 2026
ENDLESS = 300_000
PIECES = 400
GROWTH_MAX = 2.6
"""Twice the bytes may cost this many times the calls; a decoder that reads its past again costs four."""


@pytest.mark.parametrize("model", shelved())
def test_any_input_is_survived_and_every_frame_counts_once(model: str) -> None:
    """(A) P11."""
    counts = check(model, SLICE, SEED)
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0
    assert counts["readings"] > 0


@pytest.mark.parametrize("model", shelved())
def test_what_never_ends_is_not_kept(model: str) -> None:
    """(A) P11: Megabytes without an end of a frame, or of nothing but beginnings, or of one that goes on."""
    begun = captured(model)[:200]
    for body in (b"\x00", b"A", begun[:1], begun):
        recording = recording_of(shelved()[model])
        recording.feed(begun)
        recording.feed(body * (ENDLESS // len(body)))
        assert held_bytes(recording) <= HELD_MAX


@pytest.mark.parametrize("model", shelved())
def test_work_grows_as_the_bytes_do(model: str) -> None:
    """Byte by byte, over what the device says, over one mark, and over a frame that goes on for ever."""
    stream = captured(model)
    endless = stream[:20] + b"A" * 2 * PIECES
    for source in (stream * 2, *(mark * 2 * PIECES for mark in (b"\x7e", b"\x0b", b"\xc0")), endless):
        half, whole = (calls_of(partial(feed_slowly, model, source[:n])) for n in (PIECES, 2 * PIECES))
        assert whole <= GROWTH_MAX * half


def feed_slowly(model: str, data: bytes) -> None:
    """To a decoder that has heard its device before: some look at a beginning more than once."""
    recording = recording_of(shelved()[model])
    recording.feed(captured(model))
    for byte in data:
        recording.feed(bytes((byte,)))
