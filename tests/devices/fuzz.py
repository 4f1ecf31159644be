"""Random and damaged inputs, one after the other, for one decoder of every model.

A seed replays exactly. What must hold: nothing is raised, every frame counts once, every reading is sound,
and no decoder ever holds more than HELD_MAX.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from drivers.recordings import Reading, Recording
from drivers.registry import models
from drivers.shelf import Shelf, recording_of
from tests.devices.weigh import held_bytes
from tests.drivers.capture import captured, damaged

HELD_MAX = 1 << 18
REASONS_MAX = 64
INPUT_MAX = 2048
WEIGH_EVERY = 500
FRESH_EVERY = 2000
MARKS = bytes((0x00, 0x01, 0x02, 0x03, 0x04, 0x0A, 0x0B, 0x0D, 0x1C, 0x7D, 0x7E, 0x80, 0xC0, 0xC1, 0xFF))


def shelved() -> dict[str, Shelf]:
    """Every model with a decoder."""
    return {name: model.shelf for name, model in models().items()}


def inputs(model: str, count: int, seed: int) -> Iterator[bytes]:
    """So many inputs: any bytes, bytes that mean something, pieces of what it says, whole and damaged."""
    rng = random.Random(f"{seed}/{model}")
    stream = captured(model, both=True)
    common = bytes(byte for byte, _ in Counter(stream).most_common(24)) + MARKS
    for _ in range(count):
        start = rng.randrange(len(stream))
        piece = stream[start : start + rng.randint(1, INPUT_MAX)]
        match rng.randrange(6):
            case 0:
                yield rng.randbytes(rng.randint(0, 200))
            case 1:
                yield bytes(rng.choices(common, k=rng.randint(0, 300)))
            case 2:
                yield piece
            case 3:
                yield piece + bytes(rng.choices(common, k=rng.randint(1, 20)))
            case _:
                yield damaged(piece, rng)


def check(model: str, count: int, seed: int) -> Counter[str]:
    """Feed them all, and count; AssertionError names seed and input where something does not hold."""
    shelf, total = shelved()[model], Counter[str]()
    recording = recording_of(shelf)
    rng = random.Random(seed)
    for number, data in enumerate(inputs(model, count, seed)):
        if number % FRESH_EVERY == FRESH_EVERY - 1:
            total += _end(recording, f"{model}, seed {seed}, input {number}")
            recording = recording_of(shelf)
        cut = rng.randint(0, len(data))
        for part in (data[:cut], data[cut:]):
            for reading in recording.feed(part):
                total["readings"] += 1
                assert sound(reading), f"{model}, seed {seed}, input {number}: {reading}"
        if number % WEIGH_EVERY == 0:
            held = held_bytes(recording)
            assert held <= HELD_MAX, f"{model}, seed {seed}, input {number}: holds {held} bytes"
    return total + _end(recording, f"{model}, seed {seed}, end") + Counter({"inputs": count})


def _end(recording: Recording, where: str) -> Counter[str]:
    found = Counter({"readings": len([one for one in recording.finish() if sound(one)])})
    tally = recording.tally()
    assert len(tally.accepted) + len(tally.rejected) <= REASONS_MAX, f"{where}: reasons without end"
    assert all(count >= 0 for count in (*tally.accepted.values(), *tally.rejected.values())), where
    found["accepted"] = sum(tally.accepted.values())
    found["rejected"] = sum(tally.rejected.values())
    return found


def sound(reading: Reading) -> bool:
    """A valid reading has a value and no reason; one that is not says why; numbers are finite."""
    finite = not isinstance(reading.value, Decimal) or reading.value.is_finite()
    return finite and bool(reading.signal) and bool(reading.reason) != reading.valid
