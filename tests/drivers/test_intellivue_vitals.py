"""IntelliVue values: converted once, each with its reason if it does not count, new only where measured."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from drivers.monitors.intellivue.session import Session
from drivers.values import MONITORED, Measurement, Signal, Validity, VitalsSample
from tests.drivers import intellivue_peer as golden
from tests.drivers.intellivue_peer import (
    BPM,
    CELSIUS,
    DIA,
    HR,
    KPA,
    MEAN,
    MMHG,
    PERCENT,
    PLETH,
    RPM,
    SPO2,
    SYS,
)

NOON = "2026-01-01 12:00:00.00"
MATTERS = 0xFF00 & ~0x4000


class Told:
    """A session that is associated, without patient; a reply every second of its clock."""

    def __init__(self) -> None:
        self.now_s = Decimal(0)
        self.session = Session(MONITORED, 1, self.now_s)
        self.session.beat(self.now_s)
        self.session.take(golden.ACCEPTED, self.now_s)
        self.session.take(golden.CREATED, self.now_s)
        self.session.take(golden.reply([golden.patient(b"")], ticks=80_000, kind=0x2A, invoke=1), self.now_s)
        self.seconds = 10
        self.sequence = 0

    def sample(
        self, objects: Sequence[golden.Object], *, seconds: int = 1, now: bytes | None = None
    ) -> VitalsSample:
        """What the session makes of a reply so many seconds after the one before."""
        self.seconds += seconds
        self.now_s += seconds
        self.sequence += 1
        message = golden.reply(objects, ticks=self.seconds * 8000, sequence=self.sequence, now=now)
        (said,) = self.session.take(message, self.now_s)
        assert isinstance(said, VitalsSample)
        return said

    def alarms(self, *objects: golden.Object) -> None:
        self.session.take(golden.reply(objects, ticks=self.seconds * 8000 + 80, kind=0x36), self.now_s)


def only(signal: Signal, *objects: golden.Object) -> Measurement:
    return Told().sample(objects).signals[signal]


@pytest.mark.parametrize(
    ("signal", "code", "unit", "sent", "value"),
    [
        (Signal.HR, 0x4182, BPM, 72, "72"),
        (Signal.PULSE, 0x4822, BPM, 71, "71"),
        (Signal.PULSE, 0x480A, BPM, 70, "70"),
        (Signal.SPO2, 0x4BB8, PERCENT, 97.5, "97.5"),
        (Signal.RR, 0x500A, RPM, 14, "14"),
        (Signal.RR, 0x5012, RPM, 15, "15"),
        (Signal.ETCO2, 0x50B0, MMHG, 38, "38"),
        (Signal.ETCO2, 0x50B0, KPA, 5.1, "38.3"),
        (Signal.TEMP, 0x4B48, CELSIUS, 36.8, "36.8"),
        (Signal.NIBP_SYS, 0x4A05, MMHG, 120, "120"),
        (Signal.NIBP_DIA, 0x4A06, KPA, 9.3, "69.8"),
        (Signal.NIBP_MEAN, 0x4A07, MMHG, 87, "87"),
    ],
)
def test_codes_and_units(signal: Signal, code: int, unit: int, sent: float, value: str) -> None:
    one = only(signal, golden.one(code, unit, sent))
    assert (one.value, one.validity) == (Decimal(value), Validity.VALID)


def test_the_private_pulse_code_is_not_the_standard_one() -> None:
    """4822, not 481A: what stands under another code is not ours."""
    assert only(Signal.PULSE, golden.one(0x481A, BPM, 71)).validity is Validity.NOT_PRESENT


@pytest.mark.parametrize("unit", [0x0000, 0x0220, 0x0AE0, 0x1140, 0xFFFF])
def test_an_unknown_unit_is_not_used(unit: int) -> None:
    one = only(Signal.HR, golden.one(HR, unit, 72))
    assert (one.value, one.validity, one.measured) == (None, Validity.IMPLAUSIBLE, False)


def test_f31_what_a_reply_does_not_carry_is_not_present() -> None:
    """F31: with its own reason, not an old value that fades."""
    told = Told()
    told.sample([golden.one(SPO2, PERCENT, 98)])
    sample = told.sample([golden.one(HR, BPM, 72)])
    assert set(sample.signals) == MONITORED
    assert sample.signals[Signal.SPO2] == Measurement(None, Validity.NOT_PRESENT, measured=False)


@pytest.mark.parametrize("bit", range(16))
def test_f31_only_a_state_without_high_bits_is_used(bit: int) -> None:
    """F31: of the high byte, questionable is shown and not acted on; all others have no value."""
    state = 1 << bit
    one = only(Signal.SPO2, golden.one(SPO2, PERCENT, 98, state))
    expected = {
        0x4000: (Decimal(98), Validity.QUESTIONABLE),
        0x0040: (Decimal(98), Validity.QUESTIONABLE),
        0x2000: (None, Validity.INACTIVE),
    }.get(state, (None, Validity.INVALID) if state & MATTERS else (Decimal(98), Validity.VALID))
    assert (one.value, one.validity) == expected


@pytest.mark.parametrize("worse", [0x8000, 0x2000, 0x1000, 0x0800, 0x0400, 0x0200, 0x0100])
def test_questionable_excuses_nothing_worse(worse: int) -> None:
    assert only(Signal.HR, golden.one(HR, BPM, 72, 0x4000 | worse)).value is None


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (golden.NAN, Validity.INVALID),
        (0x00800000, Validity.INVALID),
        (0x00800001, Validity.INVALID),
        (0x007FFFFE, Validity.OUT_OF_RANGE),
        (0x00800002, Validity.OUT_OF_RANGE),
        (0xFF0003E9, Validity.IMPLAUSIBLE),
        (0xFFFFFFFF, Validity.IMPLAUSIBLE),
        (0x7F000001, Validity.IMPLAUSIBLE),
    ],
)
def test_numbers_that_are_none_and_numbers_nobody_has(raw: int, why: Validity) -> None:
    one = only(Signal.SPO2, (1, [(0x0950, golden.observed(SPO2, PERCENT, raw))]))
    assert (one.value, one.validity, one.measured) == (None, why, False)


def test_the_oximeters_pulse_first_and_the_breaths_in_co2() -> None:
    pulses = [golden.one(0x480A, BPM, 60), golden.one(PLETH, BPM, 61)]
    assert only(Signal.PULSE, *pulses).value == 61
    assert only(Signal.PULSE, pulses[0], golden.one(PLETH, BPM, 61, 0x8000)).value == 60
    breaths = [golden.one(0x500A, RPM, 12), golden.one(0x5012, RPM, 13)]
    assert only(Signal.RR, *breaths).value == 13


def test_a_bad_number_among_good_ones_of_one_code() -> None:
    """Two objects of one kind: the good one counts; of two bad ones the first gives the reason."""
    bad, good = golden.one(0x4B48, CELSIUS, 37, 0x8000, handle=1), golden.one(0x4B48, CELSIUS, 36, handle=2)
    assert only(Signal.TEMP, bad, good).value == 36
    worse = golden.one(0x4B48, CELSIUS, 36, 0x2000, handle=2)
    assert only(Signal.TEMP, bad, worse).validity is Validity.INVALID


def test_diastolic_mean_and_systolic_in_another_order_are_a_fault() -> None:
    sample = Told().sample([golden.cuff(70, 120, 87, NOON)])
    assert {sample.signals[one].validity for one in (Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN)} == {
        Validity.IMPLAUSIBLE
    }


# -- new, and how old ----------------------------------------------------------------------------------


def clock(second: int) -> bytes:
    return golden.at(f"2026-01-01 12:{second // 60:02}:{second % 60:02}.00")


def systolic(sample: VitalsSample) -> tuple[object, bool, Decimal]:
    one = sample.signals[Signal.NIBP_SYS]
    return one.value, one.measured, one.age_s


def test_f31_a_pressure_repeated_in_every_poll_is_one_measurement() -> None:
    """F31, trap 1: 35 identical rows in 37 s; only the first counts, as old as the monitor says it is."""
    told = Told()
    rows = [
        systolic(told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(20 + second)))
        for second in range(37)
    ]
    assert rows[0][:2] == (120, True)
    assert 20 <= rows[0][2] <= Decimal("21.5")
    assert set(rows[1:]) == {(Decimal(120), False, Decimal(0))}


def test_f31_the_same_pressure_with_another_time_is_a_new_one() -> None:
    told = Told()
    told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(60))
    again = systolic(told.sample([golden.cuff(120, 70, 87, "2026-01-01 12:01:30.00")], now=clock(92)))
    assert again[:2] == (120, True)
    assert 2 <= again[2] <= 3


def test_f31_a_pressure_that_vanishes_and_comes_back_is_not_new() -> None:
    told = Told()
    told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(1))
    for objects in ([], [golden.cuff(120, 70, 87, NOON, 0x8000)], [golden.cuff(120, 70, 87, NOON)]):
        assert not told.sample(objects, now=clock(9)).signals[Signal.NIBP_SYS].measured


@pytest.mark.parametrize("now", [b"\xff" * 8, bytes(8), golden.at("2026-01-01 11:00:00.00")])
def test_f31_a_time_that_cannot_be_compared_dates_nothing(now: bytes) -> None:
    """F31: the clock is not set, or was set back: never fresh, also when the clock reaches that time."""
    told = Told()
    assert systolic(told.sample([golden.cuff(120, 70, 87, NOON)], now=now))[:2] == (120, False)
    assert systolic(told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(1)))[:2] == (120, False)


def test_a_stamp_that_lies_a_fraction_ahead_is_now() -> None:
    told = Told()
    one = systolic(told.sample([golden.cuff(120, 70, 87, "2026-01-01 12:00:00.90")], now=clock(0)))
    assert one[1]
    assert one[2] < 1


def test_f31_a_stamp_nobody_can_read_is_never_fresh() -> None:
    broken = (9, [(0x0950, golden.observed(SYS, MMHG, golden.tenths(120))), (0x0990, b"\xaa" * 8)])
    told = Told()
    assert [told.sample([broken]).signals[Signal.NIBP_SYS].measured for _ in range(3)] == [False] * 3


def test_f31_without_a_stamp_only_another_pressure_is_new() -> None:
    """F31: the first one may be from any time; after a change it is no older than the reply before."""
    told = Told()
    rows = [systolic(told.sample([golden.cuff(value, 70, 87)], seconds=4)) for value in (120, 120, 118, 118)]
    assert [row[0] for row in rows] == [120, 120, 118, 118]
    assert [row[1] for row in rows] == [False, False, True, False]
    assert 4 <= rows[2][2] <= 5


def test_an_early_systolic_is_shown_alone_and_never_acted_on() -> None:
    """Trap 9: provisional until it comes without the early bit, and then it is new, at the same time."""
    told = Told()
    told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(1))
    stamp = "2026-01-01 12:05:00.00"
    early = told.sample([golden.one(SYS, MMHG, 90, 0x0060, stamp)], now=clock(301))
    one = early.signals[Signal.NIBP_SYS]
    assert (one.value, one.validity) == (Decimal(90), Validity.QUESTIONABLE)
    assert early.signals[Signal.NIBP_DIA].validity is Validity.NOT_PRESENT
    assert early.cuff_measuring
    final = told.sample([golden.cuff(90, 60, 70, stamp)], now=clock(310))
    assert not final.cuff_measuring
    assert systolic(final)[:2] == (90, True)
    assert final.signals[Signal.NIBP_SYS].validity is Validity.VALID
    assert final.signals[Signal.NIBP_DIA].measured


def test_f31_the_cuff_says_that_it_measures() -> None:
    """F31: the old numbers stay, not new; an object that is not the cuff's says nothing."""
    told = Told()
    told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(1))
    measuring = told.sample([golden.cuff(120, 70, 87, NOON, 0x0020)], now=clock(60))
    assert measuring.cuff_measuring
    assert systolic(measuring)[:2] == (120, False)
    assert not told.sample([golden.one(HR, BPM, 72, 0x0020)]).cuff_measuring


def test_any_number_with_a_time_of_its_own_is_as_old_as_it_says() -> None:
    told = Told()
    one = golden.one(0x4B48, CELSIUS, 36.8, stamp=NOON)
    first = told.sample([one], now=clock(50)).signals[Signal.TEMP]
    assert first.measured
    assert 50 <= first.age_s <= 52
    assert not told.sample([one], now=clock(51)).signals[Signal.TEMP].measured


# -- the monitor's alarms ------------------------------------------------------------------------------

PROBE = (golden.one(SPO2, PERCENT, 98, handle=0x12), golden.one(PLETH, BPM, 71, handle=0x12))


@pytest.mark.parametrize("code", [22, 308])
@pytest.mark.parametrize("alarm", [(SPO2, 0), (PLETH, 0), (0x0001, 0x12)], ids=["spo2", "pulse", "handle"])
def test_f31_a_sensor_called_disconnected_has_no_value(code: int, alarm: tuple[int, int]) -> None:
    """F31: whatever the number says of itself; both numbers of the probe, and no other's."""
    told = Told()
    told.alarms(golden.alarm(alarm[0], code, handle=alarm[1]))
    signals = told.sample([*PROBE, golden.one(HR, BPM, 72, handle=0x11)]).signals
    for signal in (Signal.SPO2, Signal.PULSE):
        assert signals[signal] == Measurement(None, Validity.INACTIVE, measured=False)
    assert signals[Signal.HR].validity is Validity.VALID
    told.now_s += 1
    told.seconds += 1
    told.alarms(golden.alarm(0x4182, 40, technical=False))
    assert told.sample(PROBE).signals[Signal.SPO2].validity is Validity.VALID


def test_the_cuff_goes_with_an_alarm_about_the_cuff() -> None:
    told = Told()
    told.alarms(golden.alarm(0x4A04, 22))
    signals = told.sample([golden.cuff(120, 70, 87, NOON)], now=clock(1)).signals
    assert {signals[one].validity for one in (Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN)} == {
        Validity.INACTIVE
    }


def test_alarms_of_limits_set_at_the_monitor_change_nothing() -> None:
    """Trap 7: they follow the monitor's limits, not the protocol's."""
    told = Told()
    told.alarms(
        golden.alarm(SPO2, 62, technical=False),
    )
    assert told.session.alarms[0].code == 62
    assert told.sample(PROBE).signals[Signal.SPO2].validity is Validity.VALID
    told.now_s += 1
    told.seconds += 1
    told.alarms(golden.alarm(SPO2, 62))
    assert told.sample(PROBE).signals[Signal.SPO2].validity is Validity.VALID


def test_a_mean_alone_is_a_mean() -> None:
    signals = Told().sample([golden.one(MEAN, MMHG, 87, stamp=NOON)]).signals
    assert signals[Signal.NIBP_MEAN].value == 87
    assert signals[Signal.NIBP_DIA].validity is Validity.NOT_PRESENT
    assert DIA
