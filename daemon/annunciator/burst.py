"""Alarm bursts as samples. Pure; pulse limits as in IEC 60601-1-8, table of auditory signals."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from daemon.engine.alarms import Priority

RATE_HZ = 44_100
FUNDAMENTAL_HZ = 523
"""Within 150 to 1000 Hz."""
HARMONICS = (1.0, 0.8, 0.7, 0.6, 0.5, 0.4)
"""Amplitudes from the fundamental up, within 15 dB of the loudest; all between 300 and 4000 Hz."""
RISE = 0.15
"""Part of a pulse in which it rises, and in which it falls."""
LOUDEST = 30_000


@dataclass(frozen=True, slots=True)
class Burst:
    """`pulses`: start and length of each in ms; `every_ms` from the start of one burst to the next."""

    pulses: tuple[tuple[int, int], ...]
    every_ms: int

    @property
    def length_ms(self) -> int:
        """From the first to the end of the last pulse."""
        start, length = self.pulses[-1]
        return start + length


def _train(pulse_ms: int, spacings_ms: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    starts = [0]
    for spacing in spacings_ms:
        starts.append(starts[-1] + pulse_ms + spacing)
    return tuple((start, pulse_ms) for start in starts)


_HALF = (100, 100, 320, 100)
"""Three pulses and two; between the groups twice the spacing and a pulse more."""

BURSTS: Mapping[Priority, Burst] = {
    Priority.HIGH: Burst(_train(120, (*_HALF, 500, *_HALF)), 7_000),
    Priority.MEDIUM: Burst(_train(200, (200, 200)), 12_000),
    Priority.LOW: Burst(_train(200, (200,)), 30_000),
}


def samples(burst: Burst) -> bytes:
    """The burst as signed 16-bit little-endian mono samples at RATE_HZ."""
    out = [0.0] * (burst.length_ms * RATE_HZ // 1000)
    for start_ms, length_ms in burst.pulses:
        begin, count = start_ms * RATE_HZ // 1000, length_ms * RATE_HZ // 1000
        for index in range(count):
            out[begin + index] = _tone(index) * _envelope(index, count)
    loudest = max(abs(value) for value in out)
    return struct.pack(f"<{len(out)}h", *(round(value * LOUDEST / loudest) for value in out))


def _tone(index: int) -> float:
    turn = 2 * math.pi * FUNDAMENTAL_HZ * index / RATE_HZ
    return sum(part * math.sin(turn * number) for number, part in enumerate(HARMONICS, start=1))


def _envelope(index: int, count: int) -> float:
    ramp = RISE * count
    return min(1.0, index / ramp, (count - index) / ramp)
