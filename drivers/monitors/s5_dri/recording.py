"""Recorded S/5 bytes as readings: each display value, its time, and what speaks against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.monitors.s5_dri import frames
from drivers.monitors.s5_dri.frames import Basic, Group, Record
from drivers.monitors.s5_dri.nibp import MEASURING, OLD
from drivers.monitors.s5_dri.vitals import INVALID_MAX, breaths_by_co2, measurements_of, temperature_place
from drivers.recordings import Reading, Tally, utc, vital
from drivers.values import Signal, Validity

KINDS = ("physiological", "wave", "alarm")
"""The kinds that are counted even where there are none."""
CODES: Mapping[int, str] = {
    -32767: "",
    -32766: "not updated",
    -32765: "discontinuity",
    -32764: "under range",
    -32763: "over range",
    -32762: "not calibrated",
}
ECG_BITS: Mapping[int, str] = {2: "asystole", 7: "noise", 8: "artefact", 9: "learning"}
CO2_BITS: Mapping[int, str] = {2: "apnea", 3: "calibrating", 4: "zeroing", 5: "occlusion", 6: "leak"}
HR_SOURCES: Mapping[int, str] = {1: "ecg1", 2: "p1", 3: "p2", 4: "p3", 5: "p4", 6: "pleth", 9: "ecg"}
RR_SOURCES: Mapping[int, str] = {1: "co2", 2: "impedance"}
CUFF = {Signal.NIBP_SYS: "sys", Signal.NIBP_DIA: "dia", Signal.NIBP_MEAN: "mean"}
USABLE = frozenset({Validity.VALID, Validity.QUESTIONABLE})


class Recording:
    """The readings of every live display record; trends, waves and alarms are counted and give none."""

    def __init__(self) -> None:
        self._decoder = frames.Decoder()

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the records these bytes complete."""
        return [one for record in self._decoder.feed(data) for one in readings_of(record)]

    def finish(self) -> list[Reading]:
        """A record without its end is rejected."""
        self._decoder.finish()
        return []

    def tally(self) -> Tally:
        """Records by kind; what was none by reason."""
        found = dict(self._decoder.accepted)
        physiological = found.pop("phdb", 0)
        return Tally({**dict.fromkeys(KINDS, 0), **found, KINDS[0]: physiological}, self._decoder.rejected)


def readings_of(record: Record) -> list[Reading]:
    """All signals of each live display sub-record, at its own time, or the record's if it has none."""
    return [
        reading
        for time_s, basic in frames.displays_of(record)
        for reading in _readings(basic, utc(time_s or record.time_s))
    ]


def _readings(basic: Basic, at: str | None) -> list[Reading]:
    found = []
    for signal, one in measurements_of(basic).items():
        group, name, source = _origin(signal, basic)
        detail = _detail(group, name, one.validity)
        reading = vital(signal, one, at, detail=detail, source=source if one.validity in USABLE else "")
        if signal in CUFF and reading.valid and basic.nibp.label & OLD:
            reading = replace(reading, valid=False, reason=_stale(basic.nibp))
        found.append(reading)
    return found


def _stale(nibp: Group) -> str:
    measuring = ", the cuff is measuring" if nibp.label & MEASURING else ""
    return f"stale: older than 60 s{measuring}"


def _origin(signal: Signal, basic: Basic) -> tuple[Group, str, str]:
    """The group and field a signal is judged by, and what the monitor says it was taken from."""
    match signal:
        case Signal.HR:
            return basic.ecg, "hr", HR_SOURCES.get(basic.ecg.status >> 3 & 0xF, "")
        case Signal.PULSE:
            return basic.spo2, "pulse", ""
        case Signal.SPO2:
            return basic.spo2, "spo2", ""
        case Signal.RR:
            if breaths_by_co2(basic):
                return basic.co2, "rr", RR_SOURCES.get(basic.co2.label & 7, "")
            return basic.ecg, "rr", "impedance"
        case Signal.TEMP:
            place = temperature_place(basic)
            return basic.temps[place], "temp", f"t{place + 1}"
        case Signal.ETCO2:
            return basic.co2, "et" if basic.co2.values["et"] <= INVALID_MAX else "ambient", ""
    return basic.nibp, CUFF[signal], ""


def _detail(group: Group, name: str, validity: Validity) -> str:
    raw = group.values[name]
    if validity in {Validity.INVALID, Validity.OUT_OF_RANGE}:
        word = CODES.get(raw, f"code {raw}")
        return f"ambient pressure {word}".rstrip() if name == "ambient" else word
    if validity is Validity.QUESTIONABLE:
        bits = CO2_BITS if "et" in group.values else ECG_BITS
        return ", ".join(word for bit, word in bits.items() if group.status >> bit & 1)
    return ""
