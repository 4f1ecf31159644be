"""IntelliVue recordings: datagrams or serial frames; each number with its time and reason."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from drivers.monitors.intellivue.recording import Recording
from drivers.monitors.intellivue.stream import LOOK_MAX
from drivers.recordings import Reading
from tests.drivers import intellivue_peer as golden
from tests.drivers.intellivue_peer import BPM, CELSIUS, HR, KPA, MMHG, PERCENT, PLETH, RPM, SPO2, SYS

NOW = golden.at("2026-01-01 12:00:01.25")
VALUES = golden.reply(
    [
        golden.one(HR, BPM, 72),
        golden.several(
            [
                golden.observed(PLETH, BPM, golden.tenths(71)),
                golden.observed(SPO2, PERCENT, golden.tenths(98)),
            ]
        ),
        golden.cuff(120, 70, 87, "2026-01-01 11:58:00.00"),
        golden.one(0x500A, RPM, 14),
        golden.one(0x50B0, KPA, 5.1),
        golden.one(0x4B48, CELSIUS, 36.8),
        golden.one(0x4BB0, 0x0220, 3),
    ],
    ticks=8000,
    sequence=1,
    now=NOW,
)


def decode(*messages: bytes, serial: bool = False) -> tuple[list[Reading], Recording]:
    recording = Recording()
    stream = b"".join(golden.framed(one) if serial else one for one in messages)
    return [*recording.feed(stream), *recording.finish()], recording


@pytest.mark.parametrize("serial", [False, True])
def test_every_signal_with_its_time_and_unit(serial: bool) -> None:
    readings, recording = decode(VALUES, serial=serial)
    assert {(one.signal, one.value, one.unit, one.source) for one in readings} == {
        ("hr", Decimal(72), "1/min", "4182"),
        ("pulse", Decimal(71), "1/min", "4822"),
        ("spo2", Decimal(98), "%", "4BB8"),
        ("nibp_sys", Decimal(120), "mmHg", "4A05"),
        ("nibp_dia", Decimal(70), "mmHg", "4A06"),
        ("nibp_mean", Decimal(87), "mmHg", "4A07"),
        ("rr", Decimal(14), "1/min", "500A"),
        ("etco2", Decimal("38.3"), "mmHg", "50B0"),
        ("temp", Decimal("36.8"), "degC", "4B48"),
    }
    assert all(one.valid and not one.reason for one in readings)
    assert {one.at for one in readings if one.signal.startswith("nibp")} == {"2026-01-01T11:58:00"}
    assert {one.at for one in readings if not one.signal.startswith("nibp")} == {"2026-01-01T12:00:01.25"}
    assert (recording.tally().accepted, recording.tally().rejected) == ({"numerics": 1}, {})


@pytest.mark.parametrize(
    ("unit", "value", "state", "shown", "reason"),
    [
        (PERCENT, 98, 0x4000, Decimal(98), "questionable: questionable"),
        (PERCENT, 98, 0x8000, None, "invalid: invalid"),
        (PERCENT, 98, 0x0400, None, "invalid: demo"),
        (PERCENT, 98, 0x2000, None, "inactive: unavailable"),
        (PERCENT, 98, 0xC001, None, "invalid: invalid, questionable"),
        (PERCENT, 101, 0, None, "implausible"),
        (MMHG, 98, 0, None, "implausible: unit 0F20"),
    ],
)
def test_a_number_that_does_not_count(
    unit: int, value: float, state: int, shown: Decimal | None, reason: str
) -> None:
    message = golden.reply([golden.one(SPO2, unit, value, state)], ticks=1, sequence=1)
    ((one,), _) = decode(message)
    assert (one.value, one.valid, one.reason) == (shown, False, reason)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (golden.NAN, "invalid: nan"),
        (0x00800000, "invalid: not at this resolution"),
        (0x007FFFFE, "out_of_range: plus infinity"),
    ],
)
def test_a_float_that_is_no_number(raw: int, reason: str) -> None:
    message = golden.reply([(1, [(0x0950, golden.observed(SPO2, PERCENT, raw))])], ticks=1)
    ((one,), _) = decode(message)
    assert (one.value, one.reason) == (None, reason)


def test_an_early_systolic_says_so() -> None:
    ((one,), _) = decode(golden.reply([golden.one(SYS, MMHG, 90, 0x0060)], ticks=1))
    assert (one.value, one.valid, one.reason) == (Decimal(90), False, "questionable: early")


def test_states_and_alarms_and_what_they_do_to_a_number() -> None:
    alarm = golden.reply([golden.alarm(SPO2, 308)], ticks=1, kind=0x36, now=NOW)
    low = golden.reply([golden.alarm(SPO2, 62, technical=False)], ticks=2, kind=0x36, now=NOW)
    name = golden.reply([golden.patient("SIM-0001".encode("utf-16-be"))], ticks=1, kind=0x2A, now=NOW)
    value = golden.reply([golden.one(SPO2, PERCENT, 98)], ticks=1, sequence=1, now=NOW)
    readings, recording = decode(golden.CREATED, name, alarm, value, low, value)
    assert [(one.signal, one.value, one.valid, one.reason) for one in readings] == [
        ("monitor", "MD PNP ICE TEST ONE, serial number 1234567", True, ""),
        ("patient", "SIM-0001", True, ""),
        ("technical_alarm", "sensor disconnected", True, ""),
        ("spo2", None, False, "inactive: sensor disconnected"),
        ("patient_alarm", "code 62", True, ""),
        ("spo2", Decimal(98), True, ""),
    ]
    assert recording.tally().accepted == {"event": 1, "patient": 1, "alarms": 2, "numerics": 2}


@pytest.mark.parametrize("serial", [False, True])
def test_both_directions_of_an_association(serial: bool) -> None:
    said = (golden.REQUEST, golden.ACCEPTED, golden.CREATED, golden.CREATED_RESULT, golden.SINGLE_POLL)
    _, recording = decode(*said, VALUES, golden.denied(1), bytes.fromhex("0900"), serial=serial)
    assert recording.tally().accepted == {
        "request": 1,
        "accept": 1,
        "event": 1,
        "answer": 1,
        "poll": 1,
        "numerics": 1,
        "error": 1,
        "release": 1,
    }
    assert recording.tally().rejected == {}


def test_parts_of_a_reply_are_read_each_by_itself() -> None:
    part = golden.reply([golden.one(HR, BPM, 72)], ticks=1, sequence=1, link=(2, 7))
    readings, recording = decode(part)
    assert [one.value for one in readings] == [72]
    assert recording.tally().accepted == {"numerics": 1}


@pytest.mark.parametrize("serial", [False, True])
def test_a_long_recording_cut_anywhere(serial: bool) -> None:
    """Whichever it is is seen in the beginning; a cut changes nothing, and a torn head is one fault."""
    messages = [VALUES] * (2 * LOOK_MAX // len(VALUES))
    stream = b"".join(golden.framed(one) if serial else one for one in messages)
    whole, recording = decode(*messages, serial=serial)
    assert recording.tally().accepted == {"numerics": len(messages)}
    for size in (1, 100, LOOK_MAX - 1):
        again = Recording()
        parts = [again.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
        assert [*(one for part in parts for one in part), *again.finish()] == whole
    torn = Recording()
    torn.feed(stream[40:])
    torn.finish()
    assert torn.tally().accepted == {"numerics": len(messages) - 1}
    assert sum(torn.tally().rejected.values()) == (0 if serial else 1)


def test_between_two_datagrams_what_is_none_is_torn_once() -> None:
    for noise in (b"\x00" * 50, b"\xe1" * 50, VALUES[:60], VALUES[30:], b"\x0e\xff\xff\xff" * 10):
        _, recording = decode(VALUES, noise, VALUES)
        assert recording.tally().accepted == {"numerics": 2}, noise
        assert sum(recording.tally().rejected.values()) == 1


def test_an_unfinished_serial_frame_is_counted() -> None:
    recording = Recording()
    recording.feed(golden.framed(VALUES) + golden.framed(VALUES)[:-1])
    recording.finish()
    assert recording.tally().rejected == {"unfinished": 1}


def test_memory_is_bounded_and_time_is_linear_in_anything() -> None:
    rng = random.Random(2)
    for hostile in (b"\xe1\x00\x00\x02\x00\x02\x1f\xf0", b"\xe1", b"\x0d\xfe", rng.randbytes(64)):
        recording = Recording()
        for _ in range(40):
            recording.feed(hostile * (4096 // len(hostile)))
            assert len(recording._messages._data) <= LOOK_MAX + 4096
        recording.finish()
        assert sum(recording.tally().accepted.values()) < 3000
