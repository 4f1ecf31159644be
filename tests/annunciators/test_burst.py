"""F9: what sounds is an alarm burst of IEC 60601-1-8, measured on the samples that go to the device."""

from __future__ import annotations

import math
import struct
from itertools import pairwise

import pytest

from daemon.annunciator.burst import BURSTS, RATE_HZ, samples
from daemon.engine.alarms import Priority

QUIET = 0.02
"""Of the loudest sample: below is silence."""
PULSES = {Priority.HIGH: 10, Priority.MEDIUM: 3, Priority.LOW: 2}
LENGTH_MS = {Priority.HIGH: (75, 200), Priority.MEDIUM: (125, 250), Priority.LOW: (125, 250)}
SPACING_MS = {Priority.HIGH: (50, 125), Priority.MEDIUM: (125, 250), Priority.LOW: (125, 250)}
REPEAT_MS = {Priority.HIGH: (2_500, 15_000), Priority.MEDIUM: (2_500, 30_000), Priority.LOW: (15_000, 60_000)}
SLACK_MS = 6
"""Where a rising pulse passes QUIET."""


def heard(priority: Priority) -> list[float]:
    raw = samples(BURSTS[priority])
    return [value / 32768 for (value,) in struct.iter_unpack("<h", raw)]


def pulses(wave: list[float]) -> list[tuple[int, int]]:
    """Start and end of every pulse as samples: loud, with no millisecond of silence inside."""
    level = QUIET * max(map(abs, wave))
    loud = [index for index, value in enumerate(wave) if abs(value) > level]
    found: list[tuple[int, int]] = []
    start = loud[0]
    for before, after in pairwise([*loud, len(wave) * 2]):
        if after - before > RATE_HZ // 200:
            found.append((start, before))
            start = after
    return found


def milliseconds(count: int) -> float:
    return count * 1000 / RATE_HZ


def power(wave: list[float], hertz: float) -> float:
    """Goertzel: how much of one frequency is in it, in dB."""
    turn = 2 * math.cos(2 * math.pi * hertz / RATE_HZ)
    last = older = 0.0
    for value in wave:
        last, older = value + turn * last - older, last
    return 10 * math.log10(max(last * last + older * older - turn * last * older, 1e-12))


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_number_length_and_spacing_of_the_pulses(priority: Priority) -> None:
    found = pulses(heard(priority))
    assert len(found) == PULSES[priority]
    low, high = LENGTH_MS[priority]
    assert all(low - SLACK_MS <= milliseconds(end - start) <= high for start, end in found)
    gaps = [milliseconds(after[0] - before[1]) for before, after in pairwise(found)]
    if priority is Priority.HIGH:
        halves = gaps.pop(4)
        assert 350 <= halves <= 1300
        between_groups = [gaps.pop(2), gaps.pop(5)]
        assert all(gap > 2 * max(gaps) for gap in between_groups)
    low, high = SPACING_MS[priority]
    assert all(low <= gap <= high + 2 * SLACK_MS for gap in gaps)
    assert len({round(milliseconds(end - start)) for start, end in found}) == 1


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_it_comes_again_in_time_and_never_runs_into_itself(priority: Priority) -> None:
    burst = BURSTS[priority]
    low, high = REPEAT_MS[priority]
    assert low <= burst.every_ms - burst.length_ms
    assert burst.every_ms <= high


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_a_fundamental_and_at_least_four_harmonics(priority: Priority) -> None:
    """The fundamental between 150 and 1000 Hz; four harmonics or more from 300 to 4000 Hz within 15 dB."""
    wave = heard(priority)
    start, end = pulses(wave)[0]
    pulse = wave[start:end]
    loud = {hertz: power(pulse, hertz) for hertz in range(100, 5000, 1) if hertz % 523 in (0, 261)}
    loudest = max(loud.values())
    tones = [hertz for hertz, level in loud.items() if level > loudest - 15]
    assert tones[0] == 523
    assert 150 <= tones[0] <= 1000
    assert all(hertz % 523 == 0 for hertz in tones)
    assert len([hertz for hertz in tones[1:] if 300 <= hertz <= 4000]) >= 4


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_a_pulse_rises_in_ten_to_twenty_percent_of_its_length(priority: Priority) -> None:
    wave = heard(priority)
    start, end = pulses(wave)[0]
    peak = max(map(abs, wave[start:end]))
    period = RATE_HZ // 523 + 1
    envelope = [max(map(abs, wave[at : at + period])) for at in range(start, end - period, period // 4)]
    to_ten = next(index for index, level in enumerate(envelope) if level >= 0.1 * peak)
    to_ninety = next(index for index, level in enumerate(envelope) if level >= 0.9 * peak)
    part = (to_ninety - to_ten) * (period // 4) / (end - start)
    assert 0.08 <= part <= 0.20
