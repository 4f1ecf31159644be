"""Recordings of oximeters: the printed time, headings, pulse search, and what codes and bits say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.monitors.masimo_ascii1.recording import Recording as Masimo
from drivers.monitors.nellcor_n560.recording import Recording as Nellcor
from drivers.recordings import Reading
from tests.drivers import oximeter_lines as lines


def spo2_of(readings: list[Reading]) -> tuple[object, bool, str]:
    (one,) = [one for one in readings if one.signal == "spo2"]
    return one.value, one.valid, one.reason


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (lines.NELLCOR_GOOD, (Decimal(99), True, "")),
        (lines.NELLCOR_LOW, (Decimal(89), False, "questionable: interference")),
        (lines.nellcor(codes="SL"), (Decimal(98), True, "")),
        (lines.nellcor(codes="ZZ"), (Decimal(98), False, "questionable: code ZZ")),
        (lines.nellcor(codes="SD"), (None, False, "inactive: sensor disconnected")),
        (
            lines.nellcor("0", "0", "---", "PS"),
            (None, False, "invalid: pulse search, no amplitude, SpO2 and pulse zero"),
        ),
        (lines.nellcor("---", "---", "---"), (None, False, "invalid: no SpO2, no pulse, no amplitude")),
    ],
)
def test_a_nellcor_row(row: bytes, expected: tuple[object, bool, str]) -> None:
    assert spo2_of(Nellcor().feed(row)) == expected


def test_the_heading_counts_apart_and_the_printed_time_has_no_zone() -> None:
    recording = Nellcor()
    heading = b"                 ADULT      0SAT-S\r\nTIME       %SpO2   BPM    PA     Status\r\n"
    readings = recording.feed(lines.NELLCOR_SETTINGS + heading + lines.NELLCOR_GOOD)
    assert [one.at for one in readings] == ["2017-12-29T07:18:43"] * 2
    assert recording.tally().accepted == {"settings": 1, "heading": 2, "row": 1}
    assert recording.tally().rejected == {}


def test_a_third_line_under_the_settings_is_no_heading() -> None:
    recording = Nellcor()
    recording.feed(lines.NELLCOR_SETTINGS + b"A\r\nB\r\nC\r\n")
    assert recording.tally().accepted == {"settings": 1, "heading": 2}
    assert recording.tally().rejected == {"no time": 1}


def test_a_day_no_calendar_has_is_no_time() -> None:
    readings = Nellcor().feed(lines.NELLCOR_GOOD.replace(b"29-Dec", b"30-Feb"))
    assert [one.at for one in readings] == [None, None]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (lines.MASIMO_GOOD, (Decimal(98), True, "")),
        (lines.MASIMO_MUTED, (Decimal(98), True, "")),
        (lines.masimo("---%", "---", "000820"), (None, False, "inactive: sensor off, no number")),
        (lines.masimo("---%", "---", "000808"), (None, False, "invalid: pulse search, no number")),
        (lines.masimo(exc="000C04"), (Decimal(98), False, "questionable: low perfusion, low signal IQ")),
        (lines.masimo(exc="001800"), (Decimal(98), False, "questionable: EXC 1000")),
        (lines.masimo("000%"), (None, False, "invalid: zero")),
    ],
)
def test_a_masimo_line(row: bytes, expected: tuple[object, bool, str]) -> None:
    assert spo2_of(Masimo().feed(row)) == expected


def test_masimo_variants_without_percent_and_serial_number() -> None:
    row = b"02/22/16 22:47:45 SPO2=098% BPM=097 PI=00.55 ALARM=000000 EXC=0000800 EXC1=0000000\r\n"
    readings = Masimo().feed(row)
    assert [(one.at, one.value) for one in readings] == [
        ("2016-02-22T22:47:45", Decimal(98)),
        ("2016-02-22T22:47:45", Decimal(97)),
    ]


@pytest.mark.parametrize(("recording", "row"), [(Nellcor, lines.NELLCOR_GOOD), (Masimo, lines.MASIMO_GOOD)])
def test_a_last_line_lacks_only_its_end(recording: type[Nellcor | Masimo], row: bytes) -> None:
    """A file saved by an editor ends without CR LF; a line that was cut is none."""
    for cut in range(2, 12):
        last = recording()
        last.feed(row + row[:-cut])
        assert len(last.finish()) == (2 if cut == 2 else 0)


def test_lines_of_several_masimo_monitors_in_one_recording() -> None:
    """Each serial number has its own width; a line of a known one that lost a stretch is no line."""
    wide = lines.MASIMO_GOOD.replace(b"0000056661", b"0000099999").replace(b"PI=03.60%", b"PI=03.60")
    lost = wide.replace(b"97 PI=03.", b"")
    assert b"BPM=060" in lost
    recording = Masimo()
    readings = recording.feed(lines.MASIMO_GOOD + wide + lines.MASIMO_MUTED + lost + wide)
    assert [one.value for one in readings if one.signal == "pulse"] == [97, 97, 57, 97]
    assert recording.tally().rejected == {"width": 1}


def test_a_single_masimo_line_without_its_end_cannot_be_trusted() -> None:
    """Nothing tells EXC=0008000 that lost its last digit from EXC=000800."""
    recording = Masimo()
    recording.feed(lines.MASIMO_GOOD[:-2])
    assert recording.finish() == []
    assert recording.tally().rejected == {"unfinished": 1}
