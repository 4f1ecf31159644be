"""ASCII1 lines against the documented bytes, every exception bit, other widths, and any bytes at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lines import LINE_MAX
from drivers.monitors.masimo_ascii1.frames import Decoder
from drivers.monitors.masimo_ascii1.vitals import Reader
from drivers.values import Measurement, Signal, Validity
from tests.drivers.oximeter_lines import MASIMO_GOOD, MASIMO_MUTED, masimo

GONE = {why: Measurement(None, why, measured=False) for why in Validity}


def told(data: bytes) -> tuple[Measurement, Measurement]:
    """SpO2 and pulse of the one line in these bytes."""
    (heard,) = Reader().feed(data)
    return heard.signals[Signal.SPO2], heard.signals[Signal.PULSE]


def test_the_documented_lines() -> None:
    (line,) = Decoder().feed(MASIMO_GOOD)
    assert (line.serial, line.spo2, line.pulse, line.exceptions, line.more) == (
        "0000056661",
        98,
        97,
        0x800,
        0,
    )
    (muted,) = Decoder().feed(MASIMO_MUTED)
    assert (muted.serial, muted.spo2, muted.pulse) == ("0000066575", 98, 57)
    assert told(MASIMO_GOOD) == (
        Measurement(Decimal(98), Validity.VALID),
        Measurement(Decimal(97), Validity.VALID),
    )


def test_an_alarm_of_the_monitor_is_of_its_own_limits_and_changes_nothing() -> None:
    """Trap 7: also one that is muted."""
    assert told(MASIMO_MUTED)[1] == Measurement(Decimal(57), Validity.VALID)


def test_the_month_stands_first() -> None:
    """02/22/16 has no other reading; the time of a line rises over the end of a month."""
    (old,), (new,) = (
        Decoder().feed(MASIMO_GOOD.replace(b"02/22/16 22:47:45", date))
        for date in (b"01/31/16 23:59:59", b"02/01/16 00:00:00")
    )
    assert new.stamp - old.stamp == 1
    assert Decoder().feed(MASIMO_GOOD.replace(b"02/22/16", b"22/02/16")) == []


@pytest.mark.parametrize(
    ("bit", "why"),
    [
        (0x001, Validity.INACTIVE),
        (0x020, Validity.INACTIVE),
        (0x002, Validity.INVALID),
        (0x008, Validity.INVALID),
        (0x080, Validity.INVALID),
    ],
)
def test_exceptions_under_which_a_number_is_none(bit: int, why: Validity) -> None:
    """Trap 3: no sensor, sensor off, defective, search, unrecognised: a number there is a held one."""
    for exceptions in (bit, bit | 0x800, bit | 0x814, bit | 0x1000):
        assert told(masimo(exc=f"{exceptions:06X}")) == (GONE[why], GONE[why])


@pytest.mark.parametrize("bit", [0x004, 0x010, 0x040, 0x400, 0x100, 0x200, 0x1000, 0x800000])
def test_exceptions_that_make_a_number_doubtful_and_bits_nobody_knows(bit: int) -> None:
    """Low perfusion, interference, light, low signal IQ."""
    for exceptions in (bit, bit | 0x800):
        spo2, pulse = told(masimo(exc=f"{exceptions:06X}"))
        assert spo2 == Measurement(Decimal(98), Validity.QUESTIONABLE)
        assert pulse == Measurement(Decimal(97), Validity.QUESTIONABLE)


def test_dashes_and_zeros_are_no_numbers() -> None:
    no = GONE[Validity.INVALID]
    assert told(masimo("---%", "---")) == (no, no)
    assert told(masimo("---%")) == (no, Measurement(Decimal(97), Validity.VALID))
    assert told(masimo("000%", "000")) == (no, no)
    assert told(masimo("101%", "351")) == (GONE[Validity.IMPLAUSIBLE], GONE[Validity.IMPLAUSIBLE])


@pytest.mark.parametrize(
    "line",
    [
        MASIMO_GOOD.replace(b"03.60%", b"00.55"),
        MASIMO_GOOD.replace(b"ALARM=0000", b"ALARM=000000"),
        MASIMO_GOOD.replace(b"EXC=000800", b"EXC=0000800"),
        MASIMO_GOOD.replace(b"EXC=000800", b"EXC=000800 EXC1=0000000"),
        MASIMO_GOOD.replace(b"SN=0000056661 ", b""),
        MASIMO_GOOD.replace(b"SPCO=--.-% SPMET=--.-% ", b"SPHB=--.- SPOC=-- RPVI=--- "),
        MASIMO_GOOD.replace(b"\r\n", b" \r\n"),
        b"02/22/16 22:47:45 EXC=000800 BPM=097 SPO2=098%\r\n",
    ],
)
def test_other_models_are_read_by_name_not_by_column(line: bytes) -> None:
    assert told(line) == told(MASIMO_GOOD)


def test_a_second_word_of_exceptions_nobody_has_explained_makes_numbers_doubtful() -> None:
    line = MASIMO_GOOD.replace(b"EXC=000800", b"EXC=000800 EXC1=0000001")
    assert told(line)[0].validity is Validity.QUESTIONABLE


@pytest.mark.parametrize("data", [MASIMO_GOOD, MASIMO_MUTED])
def test_split_at_every_byte(data: bytes) -> None:
    whole = Decoder().feed(data)
    assert len(whole) == 1
    for cut in range(len(data) + 1):
        decoder = Decoder()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == whole


def test_a_line_that_lost_any_stretch_of_itself_is_no_line() -> None:
    """Without a checksum `BPM=097 PI=00.55` may become `BPM=055`: only its width tells."""
    line = MASIMO_GOOD.replace(b"03.60%", b"00.55")
    glued = line.replace(b"BPM=097 PI=00.55", b"BPM=055")
    assert told(glued)[1].value == 55
    decoder = Decoder()
    assert len(decoder.feed(line)) == 1
    for begin in range(len(line) - 2):
        for end in range(begin + 1, len(line) - 1):
            assert decoder.feed(line[:begin] + line[end:]) == []
            assert len(decoder.feed(line)) == 1


def test_lines_that_stay_wider_are_another_mode_and_are_read_again() -> None:
    wider = MASIMO_GOOD.replace(b"EXC=000800", b"EXC=0000800")
    decoder = Decoder()
    assert [len(decoder.feed(line)) for line in (MASIMO_GOOD, wider, MASIMO_GOOD, wider, wider, wider)] == [
        1,
        0,
        1,
        0,
        1,
        1,
    ]
    assert decoder.rejected == {"width": 2}
    decoder.reset()
    assert len(decoder.feed(MASIMO_GOOD)) == 1


def test_a_line_that_lost_its_end_takes_the_next_with_it() -> None:
    for cut in range(1, len(MASIMO_GOOD) - 1):
        assert Decoder().feed(MASIMO_GOOD[:cut] + MASIMO_MUTED) == []


def test_the_tail_of_a_line_is_no_line() -> None:
    for cut in range(1, len(MASIMO_GOOD) - 1):
        assert Decoder().feed(MASIMO_GOOD[cut:]) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"02/22/16,22:47:45,98,97\r\n", "no time"),
        (MASIMO_GOOD.replace(b"22:47", b"24:47"), "time"),
        (MASIMO_GOOD.replace(b"EXC=000800", b""), "fields"),
        (MASIMO_GOOD.replace(b"EXC=000800", b"EXC=0008"), "fields"),
        (MASIMO_GOOD.replace(b"EXC=000800", b"EXC=00G800"), "fields"),
        (MASIMO_GOOD.replace(b"SPO2=098%", b"SPO2=98%"), "fields"),
        (MASIMO_GOOD.replace(b"SPO2=098%", b"SPO2=098"), "fields"),
        (MASIMO_GOOD.replace(b"SPO2=098% ", b""), "fields"),
        (MASIMO_GOOD.replace(b"BPM=097", b"BPM=97"), "fields"),
        (MASIMO_GOOD.replace(b"BPM=097", b"BPM=097 BPM=098"), "fields"),
        (MASIMO_GOOD.replace(b"BPM=097", b"BPM =097"), "fields"),
        (MASIMO_GOOD.replace(b"0000056661", b"00000\xb66661"), "not text"),
        (b"x" * (LINE_MAX + 1) + MASIMO_GOOD, "too long"),
        (b"garbage" + MASIMO_GOOD, "no time"),
    ],
)
def test_what_is_no_line_is_counted_and_the_next_read(data: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(data) == []
    assert decoder.rejected == {reason: 1}
    assert len(decoder.feed(MASIMO_GOOD)) == 1


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_any_bytes_are_survived_and_the_next_line_is_read(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
        assert decoder._lines.held <= LINE_MAX
    decoder.feed(b"\r\n")
    assert len(decoder.feed(MASIMO_GOOD)) == 1
    assert decoder.accepted == {"line": 1}


def test_a_reset_forgets_half_a_line() -> None:
    decoder = Decoder()
    decoder.feed(MASIMO_GOOD[:40])
    decoder.reset()
    assert len(decoder.feed(MASIMO_MUTED)) == 1
    assert not decoder.rejected


@pytest.mark.parametrize(("word", "bits"), [("0", 0), ("0000001", 1), ("10", 16), ("00000fF", 255)])
def test_both_words_of_exceptions_are_hexadecimal(word: str, bits: int) -> None:
    line = MASIMO_GOOD.replace(b"EXC=000800", f"EXC={word:0>6} EXC1={word}".encode())
    (report,) = Decoder().feed(line)
    assert (report.exceptions, report.more) == (bits, bits)


def wider(serial: int) -> bytes:
    return masimo(sn=f"{serial:04}", exc="0000800")


def narrow(serial: int) -> bytes:
    return masimo(sn=f"{serial:04}")


def test_the_widths_of_sixteen_monitors_are_remembered() -> None:
    """Where several print, each has its own; one that is forgotten is read at any width, as at the first."""
    for monitors, forgotten in ((16, []), (17, [0]), (18, [0, 1])):
        read_wider = []
        for serial in range(monitors):
            decoder = Decoder(several=True)
            assert len(decoder.feed(b"".join(map(narrow, range(monitors))))) == monitors
            read_wider += [serial] if decoder.feed(wider(serial)) else []
        assert read_wider == forgotten


def test_of_many_monitors_the_one_that_printed_nothing_for_longest_is_forgotten() -> None:
    decoder = Decoder(several=True)
    for serial in (*range(16), 0, 16):
        assert len(decoder.feed(narrow(serial))) == 1
    assert decoder.feed(wider(0)) == []
    assert decoder.feed(narrow(2)) != []
    assert decoder.feed(wider(1)) != []
