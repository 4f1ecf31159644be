"""IntelliVue numerics in our signals and units, each with its reason if it does not count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from drivers.monitors.intellivue.alarms import MonitorAlarm
from drivers.monitors.intellivue.attributes import Special
from drivers.monitors.intellivue.numerics import EARLY, ONGOING, QUESTIONABLE, UNAVAILABLE, Numeric
from drivers.plausible import PLAUSIBLE
from drivers.values import Measurement, Signal, Validity

CODES: Mapping[Signal, tuple[int, ...]] = {
    Signal.HR: (0x4182,),
    Signal.PULSE: (0x4822, 0x480A),
    Signal.SPO2: (0x4BB8,),
    Signal.NIBP_SYS: (0x4A05,),
    Signal.NIBP_DIA: (0x4A06,),
    Signal.NIBP_MEAN: (0x4A07,),
    Signal.RR: (0x5012, 0x500A),
    Signal.TEMP: (0x4B48,),
    Signal.ETCO2: (0x50B0,),
}
"""What may stand for a signal, the better first: the oximeter's pulse, the breaths in CO2."""
CUFF = (Signal.NIBP_DIA, Signal.NIBP_MEAN, Signal.NIBP_SYS)
"""In rising order."""
NBP, SPO2, PLETH_PULSE = 0x4A04, 0x4BB8, 0x4822
SAME_SENSOR: Mapping[int, frozenset[int]] = {
    NBP: frozenset(CODES[signal][0] for signal in CUFF),
    SPO2: frozenset({PLETH_PULSE}),
    PLETH_PULSE: frozenset({SPO2}),
}
"""An alarm about one is an alarm about the others."""
PERCENT, BEATS, BREATHS, MMHG, CELSIUS, KPA = 0x0220, 0x0AA0, 0x0AE0, 0x0F20, 0x17A0, 0x0F03
MMHG_PER_KPA = Decimal("7.500617")
PLACES = Decimal("0.1")
ONE = Decimal(1)
_PRESSURE = {MMHG: ONE, KPA: MMHG_PER_KPA}
_RATE = {BEATS: ONE}
FACTORS: Mapping[Signal, Mapping[int, Decimal]] = {
    Signal.HR: _RATE,
    Signal.PULSE: _RATE,
    Signal.SPO2: {PERCENT: ONE},
    Signal.NIBP_SYS: _PRESSURE,
    Signal.NIBP_DIA: _PRESSURE,
    Signal.NIBP_MEAN: _PRESSURE,
    Signal.RR: {BREATHS: ONE},
    Signal.TEMP: {CELSIUS: ONE},
    Signal.ETCO2: _PRESSURE,
}
"""Unit on the wire to what one of it is in ours; a unit that is not here is not understood."""
BAD = 0xFF00
USED = {Validity.VALID, Validity.QUESTIONABLE}


@dataclass(frozen=True, slots=True)
class Judged:
    """A signal as if it were new, and the number it came from; None where the reply has none."""

    one: Measurement
    numeric: Numeric | None


SIGNALS: Mapping[int, Signal] = {code: signal for signal, codes in CODES.items() for code in codes}
STATES: Mapping[int, str] = {
    0x8000: "invalid",
    0x4000: "questionable",
    0x2000: "unavailable",
    0x1000: "calibration",
    0x0800: "test",
    0x0400: "demo",
    0x0200: "state 0200",
    0x0100: "state 0100",
    EARLY: "early",
}
"""What the monitor says against a number, by bit."""


def judged(
    numerics: Sequence[Numeric], alarms: Iterable[MonitorAlarm], wanted: Iterable[Signal]
) -> dict[Signal, Judged]:
    """The wanted signals out of one whole reply: what it does not carry is not present."""
    off = [alarm for alarm in alarms if alarm.sensor_off]
    found = {signal: _signal(signal, numerics, off) for signal in wanted}
    if set(CUFF) <= set(found):
        _make_consistent(found)
    return found


def cuff_measuring(numerics: Iterable[Numeric]) -> bool:
    """A blood pressure is being measured at this moment."""
    cuff = SAME_SENSOR[NBP] | {NBP}
    return any(one.code in cuff and one.state & ONGOING for one in numerics)


def _signal(signal: Signal, numerics: Sequence[Numeric], off: Sequence[MonitorAlarm]) -> Judged:
    """The first that is good, in the order of preference; otherwise the first of all."""
    found = [
        Judged(judge(signal, one, off), one) for code in CODES[signal] for one in numerics if one.code == code
    ]
    for good in (Validity.VALID, Validity.QUESTIONABLE):
        for one in found:
            if one.one.validity is good:
                return one
    return found[0] if found else Judged(without(Validity.NOT_PRESENT), None)


def without(why: Validity) -> Measurement:
    """What stands for a signal without a value."""
    return Measurement(None, why, measured=False)


def judge(signal: Signal, one: Numeric, off: Iterable[MonitorAlarm]) -> Measurement:
    """One number as a signal, while these sensors are off."""
    if any(_about(alarm, one) for alarm in off):
        return without(Validity.INACTIVE)
    bad = one.state & BAD & ~QUESTIONABLE
    if bad:
        return without(Validity.INACTIVE if bad == UNAVAILABLE else Validity.INVALID)
    if isinstance(one.value, Special):
        infinite = one.value in {Special.PLUS_INFINITY, Special.MINUS_INFINITY}
        return without(Validity.OUT_OF_RANGE if infinite else Validity.INVALID)
    factor = FACTORS[signal].get(one.unit)
    low, high = PLAUSIBLE[signal]
    if factor is None or not low <= one.value * factor <= high:
        return without(Validity.IMPLAUSIBLE)
    value = plain(one.value) if factor == ONE else (one.value * factor).quantize(PLACES)
    return Measurement(value, Validity.QUESTIONABLE if one.state & (QUESTIONABLE | EARLY) else Validity.VALID)


def plain(value: Decimal) -> Decimal:
    """The same number without the zeros behind it: 98.0000 is 98."""
    return value.quantize(ONE) if value == value.to_integral_value() else value.normalize()


def _about(alarm: MonitorAlarm, one: Numeric) -> bool:
    """By the object it names, or by what it is about."""
    by_handle = alarm.handle != 0 and (alarm.context, alarm.handle) == (one.context, one.handle)
    return by_handle or alarm.source == one.code or one.code in SAME_SENSOR.get(alarm.source, ())


def _make_consistent(found: dict[Signal, Judged]) -> None:
    """Diastolic, mean, systolic in another order are a fault; an early systolic stands alone."""
    values = [found[signal].one.value for signal in CUFF if found[signal].one.validity is Validity.VALID]
    known = [value for value in values if value is not None]
    if known != sorted(known):
        for signal in CUFF:
            found[signal] = Judged(without(Validity.IMPLAUSIBLE), found[signal].numeric)


def against(one: Numeric) -> str:
    """What the monitor says against a number, or what it is instead of one; empty if nothing."""
    words = [word for bit, word in STATES.items() if one.state & bit]
    if isinstance(one.value, Special):
        words.append(one.value.name.lower().replace("_", " "))
    return ", ".join(words)
