"""N-560 rows against the documented bytes, every code, and any bytes at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lines import LINE_MAX
from drivers.monitors.nellcor_n560.frames import Decoder
from drivers.monitors.nellcor_n560.vitals import Reader
from drivers.values import Measurement, Signal, Validity
from tests.drivers.oximeter_lines import NELLCOR_GOOD, NELLCOR_LOW, NELLCOR_SETTINGS, nellcor

GONE = {why: Measurement(None, why, measured=False) for why in Validity}


def told(data: bytes) -> tuple[Measurement, Measurement]:
    """SpO2 and pulse of the one row in these bytes."""
    (heard,) = Reader().feed(data)
    return heard.signals[Signal.SPO2], heard.signals[Signal.PULSE]


def test_the_rows_made_here_are_as_wide_as_the_documented_ones() -> None:
    assert nellcor("99", "66", "12", at="07:18:43") == NELLCOR_GOOD
    assert nellcor("89*", "66", "201", "MO SL", at="07:18:57") == NELLCOR_LOW


def test_what_stands_before_any_settings_is_no_heading() -> None:
    """Only below the settings, and after a reset no more, a line without a time is one."""
    decoder = Decoder()
    for _ in range(2):
        assert decoder.feed(b"SpO2 LIMITS\r\n") == []
        assert decoder.accepted["heading"] == 0
        decoder.feed(NELLCOR_SETTINGS)
        decoder.accepted.clear()
        decoder.reset()
    assert decoder.rejected["no time"] == 2


def test_the_documented_rows() -> None:
    good, low = Decoder().feed(NELLCOR_GOOD + NELLCOR_LOW)
    assert (good.spo2, good.pulse, good.amplitude, good.marks) == (99, 66, 12, (False, False))
    assert good.codes == frozenset()
    assert (low.spo2, low.pulse, low.amplitude) == (89, 66, 201)
    assert low.codes == frozenset({"MO", "SL"})
    assert low.marks == (True, False)
    assert low.stamp - good.stamp == 14
    assert told(NELLCOR_GOOD) == (
        Measurement(Decimal(99), Validity.VALID),
        Measurement(Decimal(66), Validity.VALID),
    )
    assert told(NELLCOR_LOW)[0] == Measurement(Decimal(89), Validity.QUESTIONABLE)


def test_a_heading_is_no_value_though_limits_stand_in_it() -> None:
    """The display-only line `SpO2 Limit: 90-100%` gives neither 90 nor 100."""
    decoder = Decoder()
    assert (
        decoder.feed(NELLCOR_SETTINGS + b"TIME   %SpO2   BPM   PA   Status\r\n" + NELLCOR_GOOD[:18] + b"\r\n")
        == []
    )
    assert decoder.accepted == {"settings": 1, "heading": 1}
    assert decoder.rejected == {"width": 1}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (nellcor("0", "0", "---", "PS"), Validity.INVALID),
        (nellcor("0", "0", "---"), Validity.INVALID),
        (nellcor("0", "70"), Validity.INVALID),
        (nellcor("98", "0"), Validity.INVALID),
        (nellcor("98", "70", "---"), Validity.INVALID),
        (nellcor("---", "---", "---"), Validity.INVALID),
        (nellcor("98", "70", "100", "PS"), Validity.INVALID),
        (nellcor("98", "70", "100", "LP"), Validity.INVALID),
        (nellcor("98", "70", "100", "LM"), Validity.INVALID),
        (nellcor("---", "---", "---", "SD"), Validity.INACTIVE),
        (nellcor("98", "70", "100", "SD"), Validity.INACTIVE),
        (nellcor("98", "70", "100", "SO"), Validity.INACTIVE),
        (nellcor("98", "70", "100", "AS SO MO"), Validity.INACTIVE),
    ],
)
def test_a_row_without_a_patient_or_a_pulse_has_no_numbers(row: bytes, why: Validity) -> None:
    """Trap 2: pulse search prints 0 and 0, SpO2 is never 0 %. Trap 3: others there are held ones."""
    assert told(row) == (GONE[why], GONE[why])


@pytest.mark.parametrize("codes", ["MO", "SL MO", "ZZ", "AS ZZ"])
def test_interference_and_codes_nobody_knows_make_numbers_doubtful(codes: str) -> None:
    assert told(nellcor(codes=codes))[0] == Measurement(Decimal(98), Validity.QUESTIONABLE)
    assert told(nellcor(codes=codes))[1] == Measurement(Decimal(70), Validity.QUESTIONABLE)


@pytest.mark.parametrize(
    ("spo2", "pulse", "codes"),
    [("85*", "70", "SL"), ("98", "190*", "AS PH"), ("98", "40*", "LB AO PL"), ("100*", "70", "SH")],
)
def test_alarm_marks_are_of_the_monitors_limits_and_change_nothing(spo2: str, pulse: str, codes: str) -> None:
    """Trap 7: neither a good value nor a bad one by what the device makes of it."""
    numbers = (Decimal(spo2.strip("*")), Decimal(pulse.strip("*")))
    assert told(nellcor(spo2, pulse, codes=codes)) == tuple(
        Measurement(one, Validity.VALID) for one in numbers
    )


def test_what_no_patient_shows() -> None:
    assert told(nellcor("101", "70")) == (
        GONE[Validity.IMPLAUSIBLE],
        Measurement(Decimal(70), Validity.VALID),
    )
    assert told(nellcor("98", "351"))[1] == GONE[Validity.IMPLAUSIBLE]


@pytest.mark.parametrize("data", [NELLCOR_GOOD, NELLCOR_LOW, NELLCOR_SETTINGS + NELLCOR_GOOD])
def test_split_at_every_byte(data: bytes) -> None:
    whole = Decoder().feed(data)
    assert len(whole) == 1
    for cut in range(len(data) + 1):
        decoder = Decoder()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == whole


@pytest.mark.parametrize("row", [NELLCOR_GOOD, NELLCOR_LOW, nellcor("100", "120*", "88", "AS PH LB")])
def test_a_row_that_lost_any_stretch_of_itself_is_no_row(row: bytes) -> None:
    """A cut row must not turn 201 into 20, or lose the code that says its numbers are doubtful."""
    for begin in range(61):
        for end in range(begin + 1, 62):
            assert Decoder().feed(row[:begin] + row[end:]) == [], row[:begin] + row[end:]


def test_a_row_that_lost_its_end_takes_the_next_with_it() -> None:
    for cut in range(1, 62):
        assert Decoder().feed(NELLCOR_LOW[:cut] + NELLCOR_GOOD) == []


def test_the_tail_of_a_row_is_no_row() -> None:
    for cut in range(1, 62):
        assert Decoder().feed(NELLCOR_GOOD[cut:]) == []


def test_codes_that_need_more_room_make_the_row_longer() -> None:
    row = nellcor("85*", "190*", "100", "AS LB MO SL PH AO SH")
    assert len(row) == 44 + 20 + 2
    (read,) = Decoder().feed(row)
    assert len(read.codes) == 7
    assert Decoder().feed(row.replace(b"\r", b" \r")) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NELLCOR_GOOD.replace(b"Dec", b"Dez"), "time"),
        (NELLCOR_GOOD.replace(b"29-", b"32-"), "time"),
        (NELLCOR_GOOD.replace(b"07:18", b"07:60"), "time"),
        (NELLCOR_GOOD.replace(b"99", b"9O"), "columns"),
        (NELLCOR_GOOD.replace(b"99", b"-9"), "columns"),
        (NELLCOR_GOOD.replace(b"99", b"9\xb9"), "not text"),
        (NELLCOR_GOOD.replace(b"    99", b"\t   99"), "not text"),
        (b"9" + NELLCOR_GOOD.replace(b" \r", b"\r"), "no time"),
        (b"\xff\x00garbage\r\n", "not text"),
        (b"1" * (LINE_MAX + 1) + NELLCOR_GOOD, "too long"),
        (nellcor(codes="mo"), "columns"),
        (b"\x11" + NELLCOR_GOOD, "not text"),
    ],
)
def test_what_is_no_row_is_counted_and_the_next_read(data: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(data) == []
    assert decoder.rejected == {reason: 1}
    assert len(decoder.feed(NELLCOR_GOOD)) == 1


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\r\r\n\n"])
def test_line_ends(end: bytes) -> None:
    decoder = Decoder()
    assert len(decoder.feed(NELLCOR_GOOD.replace(b"\r\n", end) * 2)) == 2
    assert not decoder.rejected


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_any_bytes_are_survived_and_the_next_row_is_read(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
        assert decoder._lines.held <= LINE_MAX
    decoder.feed(b"\r\n")
    assert len(decoder.feed(NELLCOR_GOOD)) == 1


NOISE = st.lists(
    st.sampled_from([NELLCOR_GOOD, NELLCOR_LOW, NELLCOR_SETTINGS, b"\r\n", b"29-Dec", b" 99 "]), max_size=6
)


@given(NOISE.map(b"".join), st.lists(st.integers(1, 99), max_size=12))
def test_any_cut_gives_what_byte_by_byte_gives(stream: bytes, lengths: list[int]) -> None:
    slow, fast = Decoder(), Decoder()
    expected = [row for byte in stream for row in slow.feed(bytes((byte,)))]
    found = []
    rest = stream
    for length in [*lengths, len(stream) + 1]:
        found += fast.feed(rest[:length])
        rest = rest[length:]
    assert found == expected
    assert (fast.rejected, fast.accepted) == (slow.rejected, slow.accepted)


def test_a_reset_forgets_half_a_row() -> None:
    reader = Reader()
    reader.feed(NELLCOR_GOOD[:30])
    reader.reset()
    assert len(reader.feed(NELLCOR_LOW)) == 1


def test_a_heading_names_the_monitor_and_ends_with_the_first_row() -> None:
    """Below the settings two lines without a time are its own; behind a row they are none."""
    decoder = Decoder()
    assert decoder.device == ("", "")
    decoder.feed(NELLCOR_SETTINGS + b"SpO2 LIMITS\r\n" + NELLCOR_GOOD + b"SpO2 LIMITS\r\n")
    assert decoder.device == ("N-560", "1.56.00")
    assert decoder.accepted == {"settings": 1, "heading": 1, "row": 1}
    assert decoder.rejected == {"no time": 1}
    decoder.feed(NELLCOR_SETTINGS + 3 * b"SpO2 LIMITS\r\n")
    assert decoder.accepted == {"settings": 2, "heading": 3, "row": 1}
    assert decoder.rejected == {"no time": 2}
