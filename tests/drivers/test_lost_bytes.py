"""A stream of oximeter lines that lost bytes or got foreign ones: no number is read that was not printed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.monitors.listening import LineReader
from drivers.monitors.masimo_ascii1.vitals import Reader as Masimo
from drivers.monitors.nellcor_n560.vitals import Reader as Nellcor
from drivers.monitors.oximeter import Heard
from drivers.values import Signal
from tests.drivers.oximeter_lines import NELLCOR_SETTINGS, masimo, nellcor

PRINTED = [(97, 61), (88, 140), (100, 99), (79, 103), (93, 58), (95, 175)]
LINES: dict[type[LineReader], list[bytes]] = {
    Nellcor: [
        nellcor(str(spo2), str(pulse), str(pulse + 1), codes, at=f"12:00:{second:02}")
        for second, ((spo2, pulse), codes) in enumerate(
            zip(PRINTED, ["", "MO SL", "SH", "AS", "LB", "PH"], strict=True)
        )
    ],
    Masimo: [
        masimo(f"{spo2:03}%", f"{pulse:03}", exc, at=f"12:00:{second:02}")
        for second, ((spo2, pulse), exc) in enumerate(
            zip(PRINTED, ["000800", "000804", "000800", "000810", "000C00", "000800"], strict=True)
        )
    ],
}


NOISE = st.one_of(st.binary(max_size=40), st.lists(st.sampled_from(b"0123456789 *-"), max_size=3).map(bytes))


def numbers(heard: Sequence[Heard]) -> list[tuple[object, object]]:
    return [(one.signals[Signal.SPO2].value, one.signals[Signal.PULSE].value) for one in heard]


@pytest.mark.parametrize("reader", LINES)
def test_any_lost_stretch_that_is_no_whole_line(reader: type[LineReader]) -> None:
    """A loss of exactly one line cannot be told from none where it begins inside a line."""
    lines = LINES[reader]
    stream, width = b"".join(lines[1:4]), len(lines[0])
    for begin in range(width):
        for lost in {*range(1, width + 15)} - {width}:
            made = reader()
            made.feed(lines[0])
            heard = made.feed(stream[:begin] + stream[begin + lost :])
            assert set(numbers(heard)) <= set(PRINTED), (begin, lost)


@pytest.mark.parametrize("reader", LINES)
@given(st.lists(st.tuples(st.integers(0, 380), NOISE), max_size=4))
def test_foreign_bytes_anywhere(reader: type[LineReader], noise: list[tuple[int, bytes]]) -> None:
    """The lines that got none of them are read as they were printed; the others say the same or nothing."""
    lines = LINES[reader]
    stream = b"".join(lines)
    for place, found in sorted(noise, reverse=True):
        stream = stream[:place] + found.translate(None, b"\r\n") + stream[place:]
    made = reader()
    made.feed(lines[0])
    heard = made.feed(stream)
    assert set(numbers(heard)) - {(None, None)} <= set(PRINTED)
    assert len(heard) >= len(lines) - len(noise) - (1 if noise else 0)


@given(st.integers(0, 5))
def test_headings_between_rows_change_nothing(place: int) -> None:
    lines = [*LINES[Nellcor][:place], NELLCOR_SETTINGS, *LINES[Nellcor][place:]]
    assert numbers(Nellcor().feed(b"".join(lines))) == PRINTED
