"""What a pulse oximeter says in one line, in our signals, each with its reason if it does not count; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.plausible import PLAUSIBLE
from drivers.values import Measurement, Signal, Validity

SIGNALS = frozenset({Signal.SPO2, Signal.PULSE})


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of values: the device's own time, its serial number if it says one, the signals as if new."""

    stamp: int
    serial: str
    signals: Mapping[Signal, Measurement]


def without(why: Validity) -> Measurement:
    """What stands for a signal without a value."""
    return Measurement(None, why, measured=False)


def judged(spo2: int | None, pulse: int | None, why: Validity) -> dict[Signal, Measurement]:
    """% and 1/min as sent, under what the device says of both; None = it shows no number.

    Zero is what an oximeter prints without a pulse, not a measurement (0 % is nobody's saturation).
    """
    return {
        Signal.SPO2: _judged(Signal.SPO2, spo2, why),
        Signal.PULSE: _judged(Signal.PULSE, pulse, why),
    }


def _judged(signal: Signal, number: int | None, why: Validity) -> Measurement:
    if why not in {Validity.VALID, Validity.QUESTIONABLE}:
        return without(why)
    if not number:
        return without(Validity.INVALID)
    low, high = PLAUSIBLE[signal]
    if not low <= number <= high:
        return without(Validity.IMPLAUSIBLE)
    return Measurement(Decimal(number), why)
