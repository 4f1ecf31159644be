"""The monitor's side of GE S/5 DRI: displayed values on request, waves accepted in silence."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from simulators.bodies.patient import Patient
from simulators.wires.s5_record import ACTIVE, DISPL, FLAG, HEADER, Group, enclose, open_frame, record

PHDB = 0
ONCE = -1
CANCEL = 0
SINGLE_PAUSE_S = 5
FRAME_MAX = 4096
AMBIENT_TENTH_MMHG = 7600
STALE_S = 60
SETTLED_S = 2
WAKE_MIN_S = 0.001
NIBP_CUFF = 0x0003
NIBP_AUTO = 0x0008
NIBP_MEASURING = 0x0020
NIBP_OLD = 0x0100
ECG_SOURCE_ECG1 = 1 << 3
ECG_NOISE = 1 << 7
T1_LABEL = 11
RR_FROM_CO2 = 1
SENSORS = ("ecg", "nibp", "spo2", "co2", "t1")


@dataclass(frozen=True, slots=True)
class S5Options:
    """What is fitted and how it stands; `start_unixtime` is the monitor's clock at body second 0."""

    start_unixtime: int = 1_767_225_600
    co2_module: bool = True
    cuff_on_spo2_arm: bool = False
    """The SpO2 probe loses its pulse while the cuff is inflated (F31)."""


class S5Dri:
    """One monitor on the wire. Its display interval counts in body seconds, `speed` per link second."""

    model = "s5-dri"
    bytes_per_s = 19200 // 11

    def __init__(
        self, patient: Patient, options: S5Options | None = None, speed: Decimal = Decimal(1)
    ) -> None:
        self.patient = patient
        self.options = options or S5Options()
        self.sensors_off: set[str] = set()
        self.ecg_noise = False
        self.stray_zero = False
        """Each record goes out with a stray leading 00, which the additive checksum does not see."""
        self._speed = speed
        self._raw = bytearray()
        self._interval_s: int | None = None
        self._due_s = Decimal(0)
        self._last_single_s: Decimal | None = None
        self._number = 0

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take requests; an accepted DISPL request is answered at once."""
        out = self.tick(now_s)
        for byte in data:
            if byte != FLAG:
                if len(self._raw) < FRAME_MAX:
                    self._raw.append(byte)
                continue
            raw, self._raw = bytes(self._raw), bytearray()
            request = open_frame(raw) if raw else None
            if request is not None:
                out += self._take(request)
        return out

    def tick(self, now_s: float) -> bytes:  # noqa: ARG002 - the monitor's timers run on the patient's clock
        """The next displayed values, when due."""
        elapsed_s = self.patient.elapsed_s
        if self._interval_s is None or elapsed_s < self._due_s:
            return b""
        self._due_s += self._interval_s
        if self._due_s <= elapsed_s:
            self._due_s = elapsed_s + self._interval_s
        return self._frame()

    def wake_s(self, now_s: float) -> float | None:
        """When the next values are due, on the link's clock."""
        if self._interval_s is None:
            return None
        wait_s = float((self._due_s - self.patient.elapsed_s) / self._speed)
        return now_s + max(WAKE_MIN_S, wait_s)

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Its faults by name."""

        def sensor(name: str) -> Callable[[bool], None]:
            return lambda on: (self.sensors_off.add if on else self.sensors_off.discard)(name)

        return {
            **{f"{name}_off": sensor(name) for name in SENSORS},
            "ecg_noise": lambda on: setattr(self, "ecg_noise", on),
            "stray_zero": lambda on: setattr(self, "stray_zero", on),
            "nibp_auto_off": lambda on: setattr(self.patient.cuff, "auto", not on),
        }

    def _take(self, request: bytes) -> bytes:
        """A record from the host; everything but a DISPL request is taken in silence."""
        if int.from_bytes(request[14:16], "little") != PHDB:
            return b""
        out = b""
        for index in range(8):
            offset, kind = struct.unpack_from("<hB", request, 16 + 3 * index)
            if kind == 0xFF:
                break
            body = request[HEADER + offset : HEADER + offset + 9] if offset >= 0 else b""
            if len(body) == 9:
                record_type, interval_s = struct.unpack_from("<Bh", body)
                out += self._subscribe(interval_s) if record_type == DISPL else b""
        return out

    def _subscribe(self, interval_s: int) -> bytes:
        now_s = self.patient.elapsed_s
        if interval_s == CANCEL:
            self._interval_s = None
            return b""
        if interval_s == ONCE:
            if self._last_single_s is not None and now_s - self._last_single_s < SINGLE_PAUSE_S:
                return b""
            self._last_single_s = now_s
            return self._frame()
        if interval_s < 0:
            return b""
        self._interval_s = interval_s
        self._due_s = now_s + interval_s
        return self._frame()

    def _frame(self) -> bytes:
        self._number += 1
        time_s = self.options.start_unixtime + int(self.patient.elapsed_s)
        content = record(self._groups(), number=self._number, time_s=time_s)
        return enclose(b"\x00" + content if self.stray_zero else content)

    def _groups(self) -> dict[str, Group]:
        vitals = self.patient.vitals
        blind = self.options.cuff_on_spo2_arm and self.patient.cuff.measuring
        pleth: list[int | None] = [None, None] if blind else [_hundredths(vitals.spo2), round(vitals.hr)]
        groups = {
            "ecg": Group([round(vitals.hr), 0, 0, 0, round(vitals.rr)], label=1),
            "nibp": self._nibp(),
            "spo2": Group([*pleth, 250, None]),
            "co2": self._co2(),
            "t1": Group([_hundredths(vitals.temp)], label=T1_LABEL),
        }
        groups["ecg"].status |= ECG_SOURCE_ECG1 | (ECG_NOISE if self.ecg_noise else 0)
        for name in self.sensors_off:
            groups[name].values = [None] * len(groups[name].values)
            groups[name].status &= ~ACTIVE
        if not self.options.co2_module:
            groups["co2"].status = 0
            groups["co2"].values = [None, None, None, AMBIENT_TENTH_MMHG]
        return groups

    def _co2(self) -> Group:
        vitals = self.patient.vitals
        percent_hundredths = round(vitals.etco2 / (AMBIENT_TENTH_MMHG * 1e-5))
        return Group([percent_hundredths, 0, round(vitals.rr), AMBIENT_TENTH_MMHG], label=RR_FROM_CO2)

    def _nibp(self) -> Group:
        cuff = self.patient.cuff
        label = NIBP_CUFF | (NIBP_AUTO if cuff.auto else 0)
        reading = cuff.reading
        age_s = None if reading is None else int(self.patient.elapsed_s) - reading.taken_s
        if cuff.measuring or (age_s is not None and age_s < SETTLED_S):
            label |= NIBP_MEASURING
        if age_s is None or age_s >= STALE_S:
            label |= NIBP_OLD
        if reading is None or reading.sys is None:
            return Group([None] * 4, label=label)
        values = (reading.sys, reading.dia, reading.mean)
        pulse = None if reading.pulse is None else round(reading.pulse)
        return Group([*(_hundredths(value) for value in values), pulse], label=label)


def _hundredths(value: float | None) -> int | None:
    return None if value is None else round(value * 100)
