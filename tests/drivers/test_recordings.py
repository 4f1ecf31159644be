"""Recordings of every model, taken from the wire: each frame counts once, however it is cut or damaged."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from drivers.recordings import Reading, Recording
from drivers.registry import models
from drivers.shelf import recording_of
from tests.drivers.capture import captured, damaged

SHELVED = {name: model.shelf for name, model in models().items()}
DAMAGES = 24
TORN_MAX = 3
"""A frame at either end, and a line below one that was torn, which only that one would explain."""


def decode(model: str, stream: bytes, size: int = 1 << 16) -> tuple[list[Reading], Recording]:
    recording = recording_of(SHELVED[model])
    readings: list[Reading] = []
    for start in range(0, len(stream), size):
        readings += recording.feed(stream[start : start + size])
    return [*readings, *recording.finish()], recording


@pytest.mark.parametrize("both", [False, True], ids=["device", "both"])
@pytest.mark.parametrize("model", SHELVED)
def test_what_the_device_said_is_read_whole(model: str, both: bool) -> None:
    readings, recording = decode(model, captured(model, both=both))
    tally = recording.tally()
    assert sum(tally.accepted.values()) >= 10
    assert tally.rejected == {}
    assert [one for one in readings if one.valid and one.value is not None]
    assert all(bool(one.reason) != one.valid for one in readings)


@pytest.mark.parametrize("model", SHELVED)
def test_any_cut_gives_the_same_readings_and_counts(model: str) -> None:
    stream = captured(model)
    whole, recording = decode(model, stream)
    for size in (1, 1000):
        readings, again = decode(model, stream, size)
        assert readings == whole
        assert again.tally() == recording.tally()


@pytest.mark.parametrize("model", SHELVED)
def test_a_recording_may_begin_and_end_anywhere(model: str) -> None:
    stream = captured(model)
    whole, recording = decode(model, stream)
    said = Counter(whole)
    accepted = sum(recording.tally().accepted.values())
    rng = random.Random(model)
    for _ in range(DAMAGES):
        first, last = sorted(rng.sample(range(len(stream)), 2))
        part, cut = decode(model, stream[first:last])
        tally = cut.tally()
        assert not Counter(part) - said
        assert sum(tally.accepted.values()) <= accepted
        assert sum(tally.rejected.values()) <= TORN_MAX


@pytest.mark.parametrize("model", SHELVED)
def test_damage_never_makes_a_frame(model: str) -> None:
    stream = captured(model)
    _, recording = decode(model, stream)
    accepted = sum(recording.tally().accepted.values())
    rng = random.Random(model)
    rejected = 0
    for _ in range(DAMAGES):
        _, hurt = decode(model, damaged(stream, rng))
        tally = hurt.tally()
        assert sum(tally.accepted.values()) <= accepted
        rejected += sum(tally.rejected.values())
    assert rejected > 0


def test_nothing_is_an_empty_recording() -> None:
    for model in SHELVED:
        readings, recording = decode(model, b"")
        tally = recording.tally()
        assert (readings, sum(tally.accepted.values()), tally.rejected) == ([], 0, {})
