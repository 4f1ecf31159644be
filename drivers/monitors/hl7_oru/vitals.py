"""Observations of one patient in our signals, each judged, with the sender's own time of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from drivers.monitors.hl7_oru.codes import breaths_source, by_cuff, in_our_unit, signal_of
from drivers.monitors.hl7_oru.message import Group, Message, Observation
from drivers.monitors.hl7_oru.times import passed_s, time_of
from drivers.plausible import PLAUSIBLE
from drivers.values import Signal, Validity

CUFF = (Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN)
RISING = (Signal.NIBP_DIA, Signal.NIBP_MEAN, Signal.NIBP_SYS)
NUMBER = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?", re.ASCII)
NONE_OF_SOME = Decimal(-100)
"""What some vendors send for no value."""
REPORTED = frozenset({"F", "R", "P", "C"})
"""OBX-11: final, not verified, preliminary, corrected."""
UNUSABLE = frozenset({"INV", "NAV", "TEST", "DEMO", "CALIB", "OFF"})
DOUBTFUL = frozenset({"QUES", "EARLY"})
USABLE = frozenset({Validity.VALID, Validity.QUESTIONABLE})


@dataclass(frozen=True, slots=True)
class Judged:
    """One signal: its value in our unit, what speaks against it, where from, and when by the sender's clock.

    `own` is False where the time is that of the whole group (OBR-7) or there is none.
    """

    value: Decimal | None
    validity: Validity
    detail: str = ""
    source: str = ""
    at: datetime | None = None
    own: bool = False


def patients_of(message: Message) -> dict[str, dict[Signal, Judged]]:
    """By patient or bed: every signal the message says something of, at most once."""
    subjects = dict.fromkeys(group.subject for group in message.groups)
    return {
        subject: _judged([group for group in message.groups if group.subject == subject])
        for subject in subjects
    }


def _judged(groups: Sequence[Group]) -> dict[Signal, Judged]:
    found: dict[Signal, list[Judged]] = {}
    for group in groups:
        at = time_of(group.at)
        for one in group.observations:
            signal = signal_of(one)
            if signal is not None:
                found.setdefault(signal, []).append(_judge(signal, one, at))
    judged = {signal: CHOICES.get(signal, _only)(_newest(said)) for signal, said in found.items()}
    _share_time(judged)
    _make_consistent(judged)
    return judged


def _newest(said: Sequence[Judged]) -> Sequence[Judged]:
    """Of several measurements of one signal, each with its own time, those of the last time."""
    times = [one.at for one in said if one.own and one.at is not None]
    if len(times) < len(said):
        return said
    last = max(times, key=lambda at: passed_s(times[0], at))
    return [one for one in said if one.at is not None and passed_s(last, one.at) == 0]


def _judge(signal: Signal, one: Observation, group_at: datetime | None) -> Judged:
    value, validity, detail = _value(signal, one)
    own = time_of(one.at)
    return Judged(value, validity, detail, _source(signal, one), own or group_at, own is not None)


def _source(signal: Signal, one: Observation) -> str:
    if signal is Signal.RR:
        return breaths_source(one)
    if signal is Signal.PULSE and by_cuff(one):
        return "cuff"
    return one.method.lower()


def _value(signal: Signal, one: Observation) -> tuple[Decimal | None, Validity, str]:
    why, detail = _spoken_against(one)
    if why not in USABLE:
        return None, why, detail
    if NUMBER.fullmatch(one.value) is None:
        return None, Validity.INVALID, "not a number"
    number = Decimal(one.value)
    if number == NONE_OF_SOME:
        return None, Validity.INVALID, "-100"
    value = in_our_unit(signal, number, one.unit)
    if value is None:
        return None, Validity.INVALID, "no unit" if not any(one.unit) else "unknown unit"
    low, high = PLAUSIBLE[signal]
    if not low <= value <= high or (signal is Signal.SPO2 and not value):
        return None, Validity.IMPLAUSIBLE, ""
    return value, why, detail


def _spoken_against(one: Observation) -> tuple[Validity, str]:
    """What status and flags say, before the number is looked at."""
    if one.status == "X":
        return Validity.INVALID, "result cannot be obtained"
    if one.status not in REPORTED:
        return Validity.INVALID, f"status {one.status}" if one.status else "no status"
    if not one.value:
        return Validity.INACTIVE, "nothing measured"
    unusable, doubtful = sorted(UNUSABLE & set(one.flags)), sorted(DOUBTFUL & set(one.flags))
    if unusable:
        return Validity.INVALID, f"flag {unusable[0]}"
    return (Validity.QUESTIONABLE, f"flag {doubtful[0]}") if doubtful else (Validity.VALID, "")


def _only(said: Sequence[Judged]) -> Judged:
    """One signal from several places that nothing tells apart: doubtful where the numbers differ."""
    good = [one for one in said if one.validity is Validity.VALID]
    if len({one.value for one in good}) > 1:
        return replace(good[0], validity=Validity.QUESTIONABLE, detail="several values", source="")
    return good[0] if good else said[0]


def _breaths(said: Sequence[Judged]) -> Judged:
    """From CO2 if that is usable, otherwise from the impedance of the ECG leads, otherwise from any."""
    for source in ("co2", "impedance"):
        from_it = [one for one in said if one.source == source and one.validity in USABLE]
        if from_it:
            return _only(from_it)
    return _only(said)


def _pulse(said: Sequence[Judged]) -> Judged:
    """A pulse of the cuff is none where there is one beat by beat."""
    steady = [one for one in said if one.source != "cuff"]
    return _only(steady or said)


def _temperature(said: Sequence[Judged]) -> Judged:
    """The first that is valid: sites differ, and are not told apart."""
    return next((one for one in said if one.validity is Validity.VALID), said[0])


CHOICES: Mapping[Signal, Callable[[Sequence[Judged]], Judged]] = {
    Signal.RR: _breaths,
    Signal.PULSE: _pulse,
    Signal.TEMP: _temperature,
}


def _share_time(judged: dict[Signal, Judged]) -> None:
    """A pressure without a time was taken with those of the same measurement that have one."""
    timed = [judged[signal] for signal in CUFF if signal in judged and judged[signal].own]
    if timed:
        for signal in CUFF:
            one = judged.get(signal)
            if one is not None and not one.own:
                judged[signal] = replace(one, at=timed[0].at, own=True)


def _make_consistent(judged: dict[Signal, Judged]) -> None:
    """Diastolic, mean and systolic in another order are a fault."""
    values = [one.value for signal in RISING if (one := judged.get(signal)) is not None and one.value]
    if values == sorted(values):
        return
    for signal in CUFF:
        one = judged.get(signal)
        if one is not None and one.value is not None:
            judged[signal] = replace(one, value=None, validity=Validity.IMPLAUSIBLE, detail="")
