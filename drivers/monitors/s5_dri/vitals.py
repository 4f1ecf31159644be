"""S/5 display values in our signals and units, each with its reason if it does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from drivers.monitors.s5_dri.frames import Basic, Group
from drivers.plausible import PLAUSIBLE
from drivers.values import MONITORED, Measurement, Signal, Validity

PRESENT = 1 << 0
ACTIVE = 1 << 1
ECG_DOUBT = 1 << 2 | 1 << 7 | 1 << 8 | 1 << 9
"""Asystole, noise, artefact, learning."""
CO2_DOUBT = 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6
"""Apnea, calibrating, zeroing, occlusion, leak."""
PLETH = 6
NIBP_CALIBRATING = 1 << 7
CUFF_RISING = (Signal.NIBP_DIA, Signal.NIBP_MEAN, Signal.NIBP_SYS)
INVALID_MAX = -32001
UNDER_RANGE = -32764
OVER_RANGE = -32763


class Span(NamedTuple):
    """What a living patient and a working sensor can show, inclusive, as sent: decimals behind `places`."""

    low: int
    high: int
    places: int


def _span(signal: Signal, places: int) -> Span:
    low, high = PLAUSIBLE[signal]
    return Span(int(low.scaleb(places)), int(high.scaleb(places)), places)


RATE = _span(Signal.HR, 0)
BREATHS = _span(Signal.RR, 0)
PERCENT = _span(Signal.SPO2, 2)
PRESSURE = _span(Signal.NIBP_SYS, 2)
TEMPERATURE = _span(Signal.TEMP, 2)
AMBIENT = Span(300_0, 900_0, 1)
SAID = tuple(signal for signal in Signal if signal in MONITORED)
WITHOUT: Mapping[Validity, Measurement] = {why: Measurement(None, why, measured=False) for why in Validity}
"""What stands for a signal without a value, by its reason."""


def measurements_of(basic: Basic, wanted: Iterable[Signal] = SAID) -> dict[Signal, Measurement]:
    """The wanted signals, judged by group status, value and plausibility; all as if new."""
    found = {signal: JUDGES[signal](basic) for signal in wanted}
    if Signal.NIBP_SYS in found:
        _make_consistent(basic.nibp, found)
    return found


def _judge(group: Group, name: str, span: Span, doubt: int = 0) -> Measurement:
    status = group.status
    if not status & PRESENT:
        return WITHOUT[Validity.NOT_PRESENT]
    if not status & ACTIVE:
        return WITHOUT[Validity.INACTIVE]
    return _value(group.values[name], span, bool(status & doubt))


@lru_cache(maxsize=4096)
def _value(raw: int, span: Span, doubtful: bool) -> Measurement:
    if raw <= INVALID_MAX:
        return WITHOUT[Validity.OUT_OF_RANGE if raw in {UNDER_RANGE, OVER_RANGE} else Validity.INVALID]
    if not span.low <= raw <= span.high:
        return WITHOUT[Validity.IMPLAUSIBLE]
    value = Decimal(raw).scaleb(-span.places)
    return Measurement(value, Validity.QUESTIONABLE if doubtful else Validity.VALID)


def hr_by_pleth(basic: Basic) -> bool:
    """Whether the heart rate is the oximeter's pulse once more (bits 3 to 6 of the ECG status)."""
    return basic.ecg.status >> 3 & 0xF == PLETH


def _breaths(basic: Basic) -> Measurement:
    """From CO2 if that is valid, otherwise from the impedance of the ECG leads."""
    if breaths_by_co2(basic):
        return _judge(basic.co2, "rr", BREATHS, CO2_DOUBT)
    return _judge(basic.ecg, "rr", BREATHS, ECG_DOUBT)


def breaths_by_co2(basic: Basic) -> bool:
    """Whether the respiration rate is that of the CO2 group."""
    return _judge(basic.co2, "rr", BREATHS, CO2_DOUBT).value is not None


def _temperature(basic: Basic) -> Measurement:
    return _judge(basic.temps[temperature_place(basic)], "temp", TEMPERATURE)


def temperature_place(basic: Basic) -> int:
    """The first of T1 to T4 that is valid, counted from 0; T1 if none is."""
    judged = (_judge(group, "temp", TEMPERATURE) for group in basic.temps)
    return next((place for place, one in enumerate(judged) if one.validity is Validity.VALID), 0)


def _end_tidal(co2: Group) -> Measurement:
    """1/100 % of the ambient pressure in 1/10 mmHg; without a valid ambient pressure there is no value."""
    share = _judge(co2, "et", PERCENT, CO2_DOUBT)
    ambient = _judge(co2, "ambient", AMBIENT)
    if share.value is None or ambient.value is None:
        return share if share.value is None else ambient
    return Measurement(share.value * ambient.value / 100, share.validity)


JUDGES: Mapping[Signal, Callable[[Basic], Measurement]] = {
    Signal.HR: lambda basic: _judge(basic.ecg, "hr", RATE, ECG_DOUBT),
    Signal.PULSE: lambda basic: _judge(basic.spo2, "pulse", RATE),
    Signal.SPO2: lambda basic: _judge(basic.spo2, "spo2", PERCENT),
    Signal.NIBP_SYS: lambda basic: _judge(basic.nibp, "sys", PRESSURE),
    Signal.NIBP_DIA: lambda basic: _judge(basic.nibp, "dia", PRESSURE),
    Signal.NIBP_MEAN: lambda basic: _judge(basic.nibp, "mean", PRESSURE),
    Signal.RR: _breaths,
    Signal.TEMP: _temperature,
    Signal.ETCO2: lambda basic: _end_tidal(basic.co2),
}
"""How each signal is read."""


def _make_consistent(nibp: Group, found: dict[Signal, Measurement]) -> None:
    """A cuff that calibrates measures nobody; diastolic, mean, systolic in another order are a fault."""
    values = [value for signal in CUFF_RISING if (value := found[signal].value) is not None]
    if nibp.label & NIBP_CALIBRATING:
        why = Validity.INACTIVE
    elif values != sorted(values):
        why = Validity.IMPLAUSIBLE
    else:
        return
    for signal in CUFF_RISING:
        if found[signal].value is not None:
            found[signal] = WITHOUT[why]
