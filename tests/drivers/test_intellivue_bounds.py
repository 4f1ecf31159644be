"""IntelliVue values, times and sessions at their bounds: what is plausible, how old, heard again, or lost."""

from __future__ import annotations

import struct
from dataclasses import replace
from decimal import Decimal

import pytest

from drivers.errors import BadFrame, NoReply
from drivers.monitors.intellivue.alarms import MonitorAlarm
from drivers.monitors.intellivue.association import REQUEST_MESSAGE
from drivers.monitors.intellivue.attributes import Special
from drivers.monitors.intellivue.numerics import Numeric
from drivers.monitors.intellivue.session import Session
from drivers.monitors.intellivue.subject import System, system_of
from drivers.monitors.intellivue.times import MonitorClock, Newness
from drivers.monitors.intellivue.vitals import CODES, CUFF, Judged, against, cuff_measuring, judge, judged
from drivers.values import Measurement, Signal, Validity, VitalsSample
from tests.drivers import intellivue_peer as golden
from tests.drivers.intellivue_peer import BPM, CELSIUS, KPA, MMHG, PERCENT, RPM

D = Decimal
HR = Numeric(0, 7, golden.HR, 0, BPM, D(72), stamped=False, time=None)
SYS = Numeric(0, 9, golden.SYS, 0, MMHG, D(120), stamped=True, time=5_000)


PLAUSIBLE = [
    (Signal.HR, BPM, "0 350", "-0.1 350.1"),
    (Signal.PULSE, BPM, "0 350", "-0.1 350.1"),
    (Signal.SPO2, PERCENT, "0 100", "-0.1 100.1"),
    (Signal.NIBP_SYS, MMHG, "0 300", "-0.1 300.1"),
    (Signal.NIBP_DIA, KPA, "0 39.9", "-0.1 40"),
    (Signal.RR, RPM, "0 200", "-0.1 200.1"),
    (Signal.ETCO2, MMHG, "0 900", "-0.1 900.1"),
    (Signal.ETCO2, KPA, "0 119.9", "-0.1 120"),
    (Signal.TEMP, CELSIUS, "10 50", "9.9 50.1"),
]


@pytest.mark.parametrize(("signal", "unit", "kept", "refused"), PLAUSIBLE)
def test_what_the_page_calls_plausible_at_its_bounds(
    signal: Signal, unit: int, kept: str, refused: str
) -> None:
    """40 kPa are 300.02 mmHg, 39.9 are 299.27; 120 kPa are 900.07, 119.9 are 899.32."""
    for texts, validity in ((kept, Validity.VALID), (refused, Validity.IMPLAUSIBLE)):
        for sent in texts.split():
            one = replace(HR, code=CODES[signal][0], unit=unit, value=D(sent))
            assert judge(signal, one, ()).validity is validity


def test_cuff_pressures_in_another_order_are_a_fault_whatever_else_is_asked_for() -> None:
    wrong = [replace(SYS, code=CODES[signal][0], value=D(90 - n)) for n, signal in enumerate(CUFF)]
    for wanted in (CUFF, (*CUFF, Signal.HR)):
        found = judged(wrong, (), wanted)
        assert {found[signal].one.validity for signal in CUFF} == {Validity.IMPLAUSIBLE}
    right = [replace(SYS, code=CODES[signal][0], value=D(90 + n)) for n, signal in enumerate(CUFF)]
    assert {one.one.validity for one in judged(right, (), CUFF).values()} == {Validity.VALID}


def test_a_cuff_measures_as_soon_as_one_of_its_numbers_says_so() -> None:
    dia = replace(SYS, code=golden.DIA)
    assert not cuff_measuring([SYS, dia, replace(HR, state=0x20)])
    assert not cuff_measuring([replace(SYS, state=0xFFDF)]), "no other bit says it"
    assert cuff_measuring([SYS, replace(dia, state=0x20), HR])


SAID = {
    15: "invalid",
    14: "questionable",
    13: "unavailable",
    12: "calibration",
    11: "test",
    10: "demo",
    9: "state 0200",
    8: "state 0100",
    6: "early",
}


@pytest.mark.parametrize("bit", range(16))
def test_what_the_monitor_says_against_a_number_by_its_bits(bit: int) -> None:
    """Two that the documents do not name are told by their number; the low ones speak against nothing."""
    assert against(replace(HR, state=1 << bit)) == SAID.get(bit, "")
    both = against(replace(HR, state=1 << bit | 0x8000, value=Special.NAN))
    assert both == ", ".join(dict.fromkeys(["invalid", *([SAID[bit]] if bit in SAID else []), "nan"]))


@pytest.mark.parametrize(
    ("alarm", "numeric", "about"),
    [((0, 0), (0, 0), False), ((0, 1), (0, 1), True), ((0, 2), (0, 1), False), ((1, 1), (0, 1), False)],
)
def test_an_alarm_is_about_the_object_it_names_and_0_names_none(
    alarm: tuple[int, int], numeric: tuple[int, int], *, about: bool
) -> None:
    off = MonitorAlarm(True, 0xFFFF, 308, 2, 0, *alarm)
    one = replace(HR, context=numeric[0], handle=numeric[1])
    wanted = Validity.INACTIVE if about else Validity.VALID
    assert judge(Signal.HR, one, [off]).validity is wanted


@pytest.mark.parametrize(
    ("ticks", "seconds"),
    [(0, 0), (8_000, 1), (2**31 - 1, D(2**31 - 1) / 8000), (2**31, D(-(2**31)) / 8000), (2**32 - 8_000, -1)],
)
def test_half_the_range_of_the_running_time_is_forward_and_half_is_back(
    ticks: int, seconds: Decimal | int
) -> None:
    clock = MonitorClock()
    assert clock.seconds(0) == 0
    assert clock.seconds(ticks) == seconds


@pytest.mark.parametrize(
    ("measured", "age_s"),
    [(5_000, "0.3"), (4_999, "0.31"), (4_000, "10.3"), (5_001, "0.3"), (5_100, "0.3"), (5_101, None)],
)
def test_a_measurement_is_as_old_as_the_calendar_says_and_a_second_ahead_is_now(
    measured: int, age_s: str | None
) -> None:
    """The reply is of 50.00 s and 0.3 s old itself; the fractions of its time may have been left out."""
    one = Judged(Measurement(D(120), Validity.VALID), replace(SYS, time=measured))
    told = Newness().told(Signal.NIBP_SYS, one, 5_000, None, D("0.3"))
    assert told.measured is (age_s is not None)
    assert age_s is None or told.age_s == D(age_s)


# -- who it is -----------------------------------------------------------------------------------------


def test_a_monitor_that_says_nothing_of_itself_and_one_that_names_its_bed() -> None:
    empty = bytes(6) + golden.attributes([])
    assert system_of(empty) == System("", "", "")
    with pytest.raises(BadFrame, match="length"):
        system_of(empty + b"\0")
    label = struct.pack(">H", 5) + b"BED 4"
    system = system_of(bytes(6) + golden.attributes([(0x091E, label)]))
    assert (system, system.identity.detail) == (System("", "", "BED 4"), "bed label BED 4")


# -- sessions ------------------------------------------------------------------------------------------


def begun(at_s: int, last_ticks: int | None = None) -> Session:
    return Session([Signal.HR], 1, D(at_s), last_ticks)


def running(at_s: int = 0, last_ticks: int | None = None) -> Session:
    """Associated, told who it is, and that it watches nobody by name."""
    one = begun(at_s, last_ticks)
    one.beat(D(at_s))
    one.take(golden.ACCEPTED.replace(bytes.fromhex("00075300"), bytes.fromhex("00001f40")), D(at_s))
    one.take(golden.CREATED, D(at_s))
    one.take(golden.reply([golden.patient(b"")], ticks=1, kind=0x2A, invoke=1), D(at_s))
    return one


def values(ticks: int, sequence: int | None) -> bytes:
    return golden.reply([golden.one(golden.HR, BPM, 72)], ticks=ticks, sequence=sequence)


@pytest.mark.parametrize("at_s", [0, 1_000])
def test_the_association_is_asked_for_every_two_seconds_three_times(at_s: int) -> None:
    one = begun(at_s)
    asked: list[Decimal] = []
    for quarter in range(24):
        now_s = at_s + D(quarter) / 4
        asked += [now_s - at_s for message in one.beat(now_s) if message == REQUEST_MESSAGE]
    assert asked == [0, 2, 4]
    with pytest.raises(NoReply, match="for 6 s"):
        one.beat(D(at_s + 6))


def test_who_the_monitor_is_is_waited_for_five_seconds_from_its_acceptance() -> None:
    one = begun(1_000)
    one.beat(D(1_000))
    one.take(golden.ACCEPTED, D(1_001))
    assert one.beat(D("1005.99")) == []
    with pytest.raises(NoReply, match="for 5 s"):
        one.beat(D(1_006))


def test_a_reply_of_any_kind_that_comes_twice_counts_once() -> None:
    one = running()
    alarms = golden.reply([golden.alarm(golden.SPO2, 308)], ticks=8_000, kind=0x36, invoke=2)
    for message in (alarms, alarms, values(8_000, 1), values(8_000, 1)):
        one.take(message, D(1))
    assert one.rejected == {"repeated": 2}
    one.take(values(7_999, 1), D(1))
    assert one.rejected == {"repeated": 2, "overtaken": 1}


def test_f31_the_running_time_of_the_session_before_is_nothing_new() -> None:
    """F31: the same number of ticks in another association: its clock stands."""
    one = running(last_ticks=8_000)
    assert one.take(values(8_000, 1), D(1)) == []
    assert one.rejected == {"repeated": 1}
    (said,) = one.take(values(16_000, 2), D(2))
    assert isinstance(said, VitalsSample)
    assert one.rejected == {"repeated": 1}


@pytest.mark.parametrize(
    ("first", "then", "lost"),
    [
        (5, 6, 0),
        (5, 7, 1),
        (5, 5, 0),
        (0xFFFF, 0, 0),
        (0xFFFF, 1, 1),
        (0, 0x8000, 0x7FFF),
        (0, 0x8001, 0),
        (5, 1, 0),
    ],
)
def test_replies_that_never_came_are_counted_by_their_numbers(first: int, then: int, lost: int) -> None:
    """Half the range forward is lost, half is a count begun anew; one asked for by itself has no number."""
    one = running()
    one.take(values(8_000, first), D(1))
    one.take(values(12_000, None), D("1.5"))
    one.take(values(16_000, then), D(2))
    assert (one.lost, one.accepted["result"]) == (lost, 4)
