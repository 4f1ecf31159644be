"""What an IntelliVue has to say: the objects of its numerics, its alarms, its patient."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from simulators.bodies.patient import Patient
from simulators.wires.intellivue_codec import (
    calendar,
    compound,
    float_bytes,
    listed,
    observed,
    plain,
    word,
)
from simulators.wires.intellivue_options import IntelliVueOptions, PressureUnit, SensorOff

HR, PULSE, PLETH, SPO2, PERFUSION = 0x4182, 0x480A, 0x4822, 0x4BB8, 0x4BB0
NBP, NBP_SYS, NBP_DIA, NBP_MEAN, NBP_PULSE = 0x4A04, 0x4A05, 0x4A06, 0x4A07, 0xF0E5
RESP, AW_RESP, ETCO2, TEMP = 0x500A, 0x5012, 0x50B0, 0x4B48
PERCENT, BPM, RPM, MMHG, CELSIUS, KPA = 0x0220, 0x0AA0, 0x0AE0, 0x0F20, 0x17A0, 0x0F03
INVALID, QUESTIONABLE, UNAVAILABLE, DEMO, EARLY, ONGOING = 0x8000, 0x4000, 0x2000, 0x0400, 0x40, 0x20
SOURCES: Final[Mapping[str, int]] = {"ecg": HR, "spo2": SPO2, "nibp": NBP, "co2": ETCO2, "t1": TEMP}
HANDLES: Final = {HR: 0x11, SPO2: 0x12, NBP: 0x13, RESP: 0x14, ETCO2: 0x15, AW_RESP: 0x16, TEMP: 0x17}
SENSOR_DISCONNECTED: Final = 308
LOW: Final = 62
SPO2_LOW: Final = 90
EARLY_SHARE: Final = Decimal("0.7")
"""Of the time a measurement takes, before the systolic is first shown."""
KPA_PER_MMHG: Final = 0.133322


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as the display has it."""

    code: int
    unit: int
    value: float | None
    places: int = 1


class Display:
    """The numbers on the monitor; `off` and `on` are the sensors off and the faults on, by name."""

    def __init__(self, patient: Patient, options: IntelliVueOptions) -> None:
        self.off: set[str] = set()
        self.on: set[str] = set()
        self.clock_ahead_s = 0
        self._patient = patient
        self._options = options
        self._held: dict[str, list[Shown]] = {}
        self._measuring_from: Decimal | None = None
        self._early: tuple[float, Decimal] | None = None

    def now(self) -> bytes:
        """Its calendar."""
        return self._calendar(self._patient.elapsed_s)

    def numerics(self) -> list[tuple[int, bytes]]:
        """All numeric objects, with all attributes."""
        vitals = self._patient.vitals
        blind = self._options.cuff_on_spo2_arm and self._patient.cuff.measuring
        pleth = (None, None) if blind else (float(round(vitals.hr)), float(round(vitals.spo2)))
        found = [
            *self._object("ecg", HR, "HR", [Shown(HR, BPM, float(round(vitals.hr)))]),
            *self._object(
                "spo2",
                SPO2,
                "SpO2",
                [Shown(PLETH, BPM, pleth[0], 4), Shown(SPO2, PERCENT, pleth[1], 4)],
            ),
            *self._cuff(),
            *self._object("ecg", RESP, "RR", [Shown(RESP, RPM, float(round(vitals.rr)))]),
        ]
        if self._options.co2_module:
            found += self._object("co2", ETCO2, "etCO2", [self._pressure(ETCO2, vitals.etco2)])
            found += self._object("co2", AW_RESP, "awRR", [Shown(AW_RESP, RPM, float(round(vitals.rr)))])
        return found + self._object("t1", TEMP, "Temp", [Shown(TEMP, CELSIUS, vitals.temp)])

    def alarms(self) -> list[tuple[int, bytes]]:
        """The alert object: sensors unplugged, and SpO2 below its limit."""
        technical = [
            _alarm(SOURCES[name], SENSOR_DISCONNECTED, 2, HANDLES[SOURCES[name]]) for name in sorted(self.off)
        ]
        low = "spo2" not in self.off and self._patient.vitals.spo2 < SPO2_LOW
        patient = [_alarm(SPO2, LOW, 0x200, HANDLES[SPO2])] if low else []
        attributes = [
            (0x0916, struct.pack(">HHHHH", 0, len(patient), 0, len(technical), 0)),
            (0x0902, compound(patient)),
            (0x0904, compound(technical)),
        ]
        return [(1, listed(attributes))]

    def patient(self) -> list[tuple[int, bytes]]:
        """The patient's identifier, as far as one is entered."""
        name = "SOMEBODY-ELSE" if "other_patient" in self.on else self._options.patient_id
        return [(1, listed([(0x095A, word(name)), (0x095C, word(""))]))]

    def system(self) -> dict[int, bytes]:
        """Who it is."""
        options = self._options
        serial = struct.pack(">HH", 1, 8) + plain(options.monitor_serial)
        return {
            0x0928: plain("Philips") + plain("M8005A"),
            0x091E: word(options.bed_label),
            0x092D: compound([serial]),
        }

    def _object(
        self, sensor: str, label: int, name: str, shown: list[Shown], stamp: bytes = b"", state: int = 0
    ) -> list[tuple[int, bytes]]:
        """One object, or none; in the state its sensor and its faults make it."""
        off = sensor in self.off
        if off and self._options.sensor_off is SensorOff.ABSENT:
            return []
        if off and self._options.sensor_off is SensorOff.HELD:
            shown = self._held.get(name, shown)
        elif off:
            unavailable = self._options.sensor_off is SensorOff.UNAVAILABLE
            state |= UNAVAILABLE if unavailable else INVALID
            shown = [Shown(one.code, one.unit, None) for one in shown]
        else:
            self._held[name] = shown
        state |= QUESTIONABLE if f"{sensor}_questionable" in self.on else 0
        state |= DEMO if "demo" in self.on else 0
        values = [_observed(one, state) for one in shown]
        attributes = [(0x0924, struct.pack(">HH", 2, label)), (0x0927, word(name))]
        attributes.append((0x094B, compound(values)) if len(values) > 1 else (0x0950, values[0]))
        if stamp:
            attributes.append((0x0990, stamp))
        return [(HANDLES[label], listed(attributes))]

    def _pressure(self, code: int, mmhg: float | None) -> Shown:
        if self._options.pressure_unit is PressureUnit.KPA:
            return Shown(code, KPA, None if mmhg is None else mmhg * KPA_PER_MMHG, 2)
        return Shown(code, MMHG, None if mmhg is None else float(round(mmhg)))

    def _cuff(self) -> list[tuple[int, bytes]]:
        cuff, reading = self._patient.cuff, self._patient.cuff.reading
        early = self._early_systolic()
        if early is not None:
            shown = [self._pressure(NBP_SYS, early[0])]
            return self._object("nibp", NBP, "NBP", shown, self._stamp(early[1]), EARLY | ONGOING)
        if reading is None:
            return []
        values = ((NBP_SYS, reading.sys), (NBP_DIA, reading.dia), (NBP_MEAN, reading.mean))
        shown = [self._pressure(code, value) for code, value in values]
        state = ONGOING if cuff.measuring else 0
        return self._object("nibp", NBP, "NBP", shown, self._stamp(Decimal(reading.taken_s)), state)

    def _early_systolic(self) -> tuple[float, Decimal] | None:
        """The systolic towards the end of a measurement, with the moment it was first shown."""
        cuff, now = self._patient.cuff, self._patient.elapsed_s
        if not cuff.measuring or not self._options.early_systolic:
            self._measuring_from = self._early = None
            return None
        if self._measuring_from is None:
            self._measuring_from = now
        if self._early is None and now - self._measuring_from >= cuff.measure_s * EARLY_SHARE:
            self._early = (self._patient.vitals.sys, now)
        return self._early

    def _stamp(self, at_s: Decimal) -> bytes:
        return self._calendar(at_s) if self._options.nibp_stamp else b""

    def _calendar(self, at_s: Decimal) -> bytes:
        return calendar(float(at_s) + self.clock_ahead_s, self._options.start_unixtime)


def _observed(one: Shown, state: int) -> bytes:
    """A number that is not there is invalid."""
    bad = INVALID if one.value is None and not state & (INVALID | UNAVAILABLE) else 0
    return observed(one.code, state | bad, one.unit, float_bytes(one.value, one.places))


def _alarm(source: int, code: int, kind: int, handle: int) -> bytes:
    about = struct.pack(">HHH", 0x0006, 0, handle)
    return struct.pack(">HHHH", source, code, kind, 8) + about + struct.pack(">HH", 513, 2) + bytes(2)


def chunks(found: Sequence[tuple[int, bytes]], size: int) -> list[Sequence[tuple[int, bytes]]]:
    """Objects in the messages they go out in; one message at least."""
    return [found[place : place + size] for place in range(0, len(found), size)] or [found]
