"""S/5 values: scaled once, each with its reason if it does not count."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.monitors.s5_dri import frames
from drivers.monitors.s5_dri.vitals import measurements_of
from drivers.values import Measurement, Signal, Validity
from tests.drivers import s5_peer as golden


def judged(changes: dict[int, int]) -> dict[Signal, Measurement]:
    (record,) = frames.Decoder().feed(golden.display(changes))
    basic = frames.basic_of(record)
    assert basic is not None
    return measurements_of(basic)


def test_units() -> None:
    values = {signal: one.value for signal, one in judged({}).items()}
    assert values == {
        Signal.HR: Decimal(72),
        Signal.PULSE: Decimal(71),
        Signal.SPO2: Decimal(98),
        Signal.NIBP_SYS: Decimal("120.5"),
        Signal.NIBP_DIA: Decimal(70),
        Signal.NIBP_MEAN: Decimal(87),
        Signal.RR: Decimal(16),
        Signal.TEMP: Decimal("37.1"),
        Signal.ETCO2: Decimal(38),
    }
    assert all(one.validity is Validity.VALID for one in judged({}).values())


@pytest.mark.parametrize(
    ("place", "signal"),
    [(6, Signal.HR), (124, Signal.SPO2), (126, Signal.PULSE), (78, Signal.NIBP_SYS), (138, Signal.ETCO2)],
)
@pytest.mark.parametrize(
    ("raw", "validity"),
    [
        (-32768, Validity.INVALID),
        (-32767, Validity.INVALID),
        (-32766, Validity.INVALID),
        (-32765, Validity.INVALID),
        (-32764, Validity.OUT_OF_RANGE),
        (-32763, Validity.OUT_OF_RANGE),
        (-32762, Validity.INVALID),
        (-32001, Validity.INVALID),
        (-32000, Validity.IMPLAUSIBLE),
        (-1, Validity.IMPLAUSIBLE),
    ],
)
def test_codes_never_become_numbers_f31(place: int, signal: Signal, raw: int, validity: Validity) -> None:
    assert judged({place: raw})[signal] == Measurement(None, validity, measured=False)


@pytest.mark.parametrize(
    ("status", "signals"),
    [
        (0, {Signal.HR}),
        (118, {Signal.SPO2, Signal.PULSE}),
        (72, {Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN}),
        (86, {Signal.TEMP}),
        (132, {Signal.ETCO2}),
    ],
)
def test_an_absent_or_inactive_group_gives_no_value(status: int, signals: set[Signal]) -> None:
    for bits, validity in ((0, Validity.NOT_PRESENT), (2, Validity.NOT_PRESENT), (1, Validity.INACTIVE)):
        found = judged({status: bits})
        assert {signal for signal, one in found.items() if one.validity is validity} == signals
        assert all(found[signal].value is None for signal in signals)


@pytest.mark.parametrize(
    ("place", "raw", "signal"),
    [
        (124, 10001, Signal.SPO2),
        (124, -16100, Signal.SPO2),
        (6, 351, Signal.HR),
        (126, 5000, Signal.PULSE),
        (78, 30001, Signal.NIBP_SYS),
        (92, 900, Signal.TEMP),
        (144, 100, Signal.ETCO2),
    ],
)
def test_what_no_patient_can_have_is_implausible(place: int, raw: int, signal: Signal) -> None:
    """Trap 4: a good checksum and a good length over SpO2 -161 % (seen) are no value."""
    assert judged({place: raw})[signal] == Measurement(None, Validity.IMPLAUSIBLE, measured=False)


@pytest.mark.parametrize("bit", [2, 7, 8, 9])
def test_ecg_asystole_noise_artefact_learning_are_questionable(bit: int) -> None:
    """(A) R8."""
    found = judged({0: 3 | 1 << bit})
    assert found[Signal.HR] == Measurement(Decimal(72), Validity.QUESTIONABLE)
    assert found[Signal.SPO2].validity is Validity.VALID


@pytest.mark.parametrize("bit", [2, 3, 4, 5, 6])
def test_co2_apnea_to_leak_are_questionable(bit: int) -> None:
    found = judged({132: 3 | 1 << bit})
    assert found[Signal.ETCO2].validity is Validity.QUESTIONABLE
    assert found[Signal.RR].validity is Validity.QUESTIONABLE


def test_end_tidal_needs_its_ambient_pressure() -> None:
    assert judged({144: -32767})[Signal.ETCO2] == Measurement(None, Validity.INVALID, measured=False)


def test_breaths_come_from_co2_then_from_impedance() -> None:
    assert judged({132: 0})[Signal.RR] == Measurement(Decimal(17), Validity.VALID)
    assert judged({142: -32767})[Signal.RR].value == 17
    assert judged({132: 0, 0: 1})[Signal.RR].validity is Validity.INACTIVE


def test_the_first_valid_temperature_counts() -> None:
    found = judged({86: 0, 94: 1, 102: 3, 108: 3655})
    assert found[Signal.TEMP].value == Decimal("36.55")


def test_pressures_out_of_order_are_a_fault_and_a_calibrating_cuff_measures_nobody() -> None:
    crossed = judged({78: 6000})
    assert crossed[Signal.NIBP_SYS].validity is Validity.IMPLAUSIBLE
    assert crossed[Signal.NIBP_DIA].value is None
    assert judged({76: 0x0080})[Signal.NIBP_MEAN].validity is Validity.INACTIVE
    assert judged({82: -32767})[Signal.NIBP_SYS].validity is Validity.VALID
