"""S/5 recordings: what gives a reading, what gives none, and the reason of each that does not count."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from drivers.monitors.s5_dri.recording import Recording
from drivers.recordings import Reading
from tests.drivers.s5_peer import GOOD, basic_class, display, framed, header

AT = 1_427_360_000
AT_TEXT = "2015-03-26T08:53:20Z"


def decode(*frames: bytes) -> tuple[dict[str, Reading], Recording]:
    recording = Recording()
    readings = recording.feed(b"".join(frames))
    readings += recording.finish()
    assert len({one.signal for one in readings}) == len(readings)
    return {one.signal: one for one in readings}, recording


def said(changes: dict[int, int], signal: str) -> tuple[object, bool, str]:
    readings, _ = decode(display(changes, time_s=AT))
    one = readings[signal]
    return one.value, one.valid, one.reason


def sub_record(values: dict[int, int], *, time_s: int = AT, number: int = 0) -> bytes:
    tag = struct.pack("<H", number << 8 | 0xA1)
    return struct.pack("<I", time_s) + basic_class(values) + b"\0\0" + tag


def record(body: bytes, table: list[tuple[int, int]], *, kind: int = 0, length: int | None = None) -> bytes:
    return framed(header(40 + len(body) if length is None else length, kind, AT, table) + body)


def test_every_signal_with_its_time_and_unit() -> None:
    readings, recording = decode(display(time_s=AT))
    assert {(one.signal, one.value, one.unit) for one in readings.values()} == {
        ("hr", Decimal(72), "1/min"),
        ("pulse", Decimal(71), "1/min"),
        ("spo2", Decimal(98), "%"),
        ("nibp_sys", Decimal("120.50"), "mmHg"),
        ("nibp_dia", Decimal(70), "mmHg"),
        ("nibp_mean", Decimal(87), "mmHg"),
        ("rr", Decimal(16), "1/min"),
        ("temp", Decimal("37.10"), "degC"),
        ("etco2", Decimal(38), "mmHg"),
    }
    assert all(one.valid and not one.reason and one.at == AT_TEXT for one in readings.values())
    assert recording.tally().accepted == {"physiological": 1, "wave": 0, "alarm": 0}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (-32767, "invalid"),
        (-32766, "invalid: not updated"),
        (-32765, "invalid: discontinuity"),
        (-32764, "out_of_range: under range"),
        (-32763, "out_of_range: over range"),
        (-32762, "invalid: not calibrated"),
        (-32001, "invalid: code -32001"),
        (-16100, "implausible"),
    ],
)
def test_each_code_has_its_reason(raw: int, reason: str) -> None:
    assert said({124: raw}, "spo2") == (None, False, reason)


@pytest.mark.parametrize(
    ("changes", "signal", "expected"),
    [
        ({118: 0}, "spo2", (None, False, "not_present")),
        ({118: 1, 124: -32767}, "spo2", (None, False, "inactive")),
        ({0: 3 | 1 << 7 | 1 << 9}, "hr", (Decimal(72), False, "questionable: noise, learning")),
        ({132: 3 | 1 << 2}, "rr", (Decimal(16), False, "questionable: apnea")),
        ({144: -32767}, "etco2", (None, False, "invalid: ambient pressure")),
        ({76: 0x010B}, "nibp_sys", (Decimal("120.5"), False, "stale: older than 60 s")),
        ({76: 0x012B}, "nibp_dia", (Decimal(70), False, "stale: older than 60 s, the cuff is measuring")),
        ({76: 0x002B}, "nibp_sys", (Decimal("120.5"), True, "")),
        ({76: 0x0003}, "nibp_mean", (Decimal(87), True, "")),
        ({76: 0x010B, 78: -32767}, "nibp_sys", (None, False, "invalid")),
        ({80: 13000}, "nibp_sys", (None, False, "implausible")),
    ],
)
def test_what_speaks_against_a_value(
    changes: dict[int, int], signal: str, expected: tuple[object, bool, str]
) -> None:
    assert said(changes, signal) == expected


@pytest.mark.parametrize(
    ("changes", "signal", "source"),
    [
        ({0: 3 | 6 << 3}, "hr", "pleth"),
        ({0: 3 | 1 << 3}, "hr", "ecg1"),
        ({0: 3 | 2 << 3}, "hr", "p1"),
        ({0: 3 | 9 << 3}, "hr", "ecg"),
        ({0: 3}, "hr", ""),
        ({136: 1}, "rr", "co2"),
        ({132: 0}, "rr", "impedance"),
        ({}, "temp", "t1"),
        ({86: 0, 94: 3, 100: 3650}, "temp", "t2"),
    ],
)
def test_where_a_value_was_taken_from(changes: dict[int, int], signal: str, source: str) -> None:
    """Trap 8: the heart rate may be the oximeter's, or an arterial line's."""
    readings, _ = decode(display(changes, time_s=AT))
    assert readings[signal].source == source


def test_a_good_checksum_over_a_wrong_length_is_no_reading() -> None:
    """Trap 4: a stray zero is invisible to the sum: the record would decode to nonsense."""
    inner = display(time_s=AT).strip(b"\x7e")
    readings, recording = decode(b"\x7e\x00" + inner + b"\x7e")
    assert (readings, recording.tally().rejected) == ({}, {"length": 1})


@pytest.mark.parametrize("offset", [1, 1112 - 277, -1, 32767])
def test_an_offset_out_of_range_is_no_reading(offset: int) -> None:
    body = sub_record(dict(GOOD))
    readings, recording = decode(record(body, [(offset, 1)]))
    assert (readings, recording.tally().rejected) == ({}, {"offset": 1})


def test_fewer_sub_records_are_fine() -> None:
    readings, _ = decode(record(sub_record(dict(GOOD)), [(0, 1)]))
    assert len(readings) == 9
    readings, recording = decode(record(sub_record(dict(GOOD)), []))
    assert readings == {}
    assert recording.tally().accepted["physiological"] == 1


def test_several_display_sub_records_each_count_once_with_their_time() -> None:
    one, two = sub_record(dict(GOOD)), sub_record({**GOOD, 124: 9700}, time_s=AT + 1)
    recording = Recording()
    found = recording.feed(record(one + two + one, [(0, 1), (278, 1), (0, 1), (556, 1)]))
    assert [(r.at, r.value) for r in found if r.signal == "spo2"] == [
        (AT_TEXT, Decimal(98)),
        ("2015-03-26T08:53:21Z", Decimal(97)),
    ]


@pytest.mark.parametrize("code", [2, 3, 4])
def test_a_trend_is_no_reading(code: int) -> None:
    readings, recording = decode(record(sub_record(dict(GOOD)), [(0, code)]))
    assert readings == {}
    assert recording.tally().accepted["physiological"] == 1


def test_waves_and_alarms_are_counted_and_give_nothing() -> None:
    readings, recording = decode(
        record(b"\x02\0\0\0\0\0\x01\0\x02\0", [(0, 1)], kind=1), record(b"\0" * 430, [(0, 0)], kind=4)
    )
    assert readings == {}
    assert recording.tally().accepted == {"physiological": 0, "wave": 1, "alarm": 1}


def test_a_sub_record_without_time_has_that_of_its_record() -> None:
    readings, _ = decode(record(sub_record(dict(GOOD), time_s=0), [(0, 1)]))
    assert readings["hr"].at == AT_TEXT


def test_torn_ends_are_counted_once_each_and_double_flags_are_nothing() -> None:
    whole = display(time_s=AT)
    stream = whole[500:] + whole + b"\x7e\x7e" + whole + whole[:500]
    recording = Recording()
    readings = recording.feed(stream)
    readings += recording.finish()
    tally = recording.tally()
    assert (tally.accepted["physiological"], tally.rejected) == (2, {"no start": 1, "unfinished": 1})
    assert len(readings) == 18
