"""A monitor that sends HL7 ORU messages: Philips Efficia CM or GE B40 (facts: monitors 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from simulators.bodies.cuff import CuffReading
from simulators.bodies.patient import Patient

INTERVAL_S: Final = 60
BLANK_S: Final = 3600
ACK_S: Final = 10
"""A message that is not acknowledged by then is sent once more, as it was."""
WAKE_MIN_S: Final = 0.001
MESSAGE_MAX: Final = 4096
FAULTS: Final = ("spo2_off", "ecg_off", "minus_100", "typo", "no_patient", "other_patient", "twice", "mute")


class Dialect(StrEnum):
    """Whose messages are sent."""

    EFFICIA = "efficia"
    B40 = "b40"


@dataclass(frozen=True, slots=True)
class Hl7Options:
    """`hl7_unixtime` is the monitor's clock at body second 0."""

    hl7_dialect: Dialect = Dialect.EFFICIA
    hl7_patient: str = "4711-0815"
    hl7_bed: str = "bed-4"
    hl7_unixtime: int = 1_767_225_600
    hl7_resend: bool = True
    """What is not acknowledged is sent again with the same control id; not documented."""


class Hl7Oru:
    """Every 60 s, and at once when the cuff is done; nothing without valid data, nothing kept for later."""

    model = "hl7-oru"
    bytes_per_s = 1_000_000

    def __init__(
        self, patient: Patient, options: Hl7Options | None = None, speed: Decimal = Decimal(1)
    ) -> None:
        self.patient = patient
        self.options = options or Hl7Options()
        self.on: set[str] = set()
        self.clock_ahead_s = 0
        self.acks: list[str] = []
        """MSA-1 of every answer that was heard."""
        self._speed = speed
        self._due_s = Decimal(0)
        self._blank_s = Decimal(BLANK_S)
        self._number = 0
        self._cuff: CuffReading | None = None
        self._unanswered: tuple[str, bytes, Decimal] | None = None
        self._raw = bytearray()

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take answers; nothing is said to them."""
        out = self.tick(now_s)
        self._raw += data[-MESSAGE_MAX:]
        while b"\x1c" in self._raw:
            block, _, rest = bytes(self._raw).partition(b"\x1c")
            self._raw = bytearray(rest)
            self._hear(block)
        del self._raw[:-MESSAGE_MAX]
        return out

    def _hear(self, block: bytes) -> None:
        for segment in block.decode("utf-8", "replace").replace("\x0b", "").split("\r"):
            fields = segment.split("|")
            if fields[0] == "MSA" and len(fields) > 2:
                self.acks.append(fields[1])
                if self._unanswered is not None and self._unanswered[0] == fields[2]:
                    self._unanswered = None

    def tick(self, now_s: float) -> bytes:  # noqa: ARG002 - it sends by the patient's clock
        """What is due."""
        elapsed_s = self.patient.elapsed_s
        out = self._again(elapsed_s)
        fresh = self.patient.cuff.reading is not self._cuff
        if fresh or elapsed_s >= self._due_s:
            self._cuff = self.patient.cuff.reading
            if elapsed_s >= self._due_s:
                self._due_s = elapsed_s + INTERVAL_S
            out += self._message(self._observations())
        if elapsed_s >= self._blank_s:
            self._blank_s = elapsed_s + BLANK_S
            if self.options.hl7_dialect is Dialect.EFFICIA:
                out += self._message([], blank=True)
        return out

    def wake_s(self, now_s: float) -> float | None:
        """Once a second, as the patient moves."""
        return now_s + max(WAKE_MIN_S, float(1 / self._speed))

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Its faults by name."""

        def switch(name: str) -> Callable[[bool], None]:
            return lambda on: (self.on.add if on else self.on.discard)(name)

        return {
            **{name: switch(name) for name in FAULTS},
            "clock_back": lambda on: setattr(self, "clock_ahead_s", -3600 if on else 0),
        }

    def _again(self, elapsed_s: Decimal) -> bytes:
        if self._unanswered is None or elapsed_s < self._unanswered[2]:
            return b""
        _, message, _ = self._unanswered
        self._unanswered = None
        return message if self.options.hl7_resend else b""

    def _message(self, observations: list[str], *, blank: bool = False) -> bytes:
        if (not observations and not blank) or {"mute", "no_patient"} & self.on:
            return b""
        self._number += 1
        control_id = f"{self._number:06}"
        segments = [*self._head(control_id), *observations]
        message = b"\x0b" + "".join(f"{one}\r" for one in segments).encode("utf-8") + b"\x1c\r"
        self._unanswered = (control_id, message, self.patient.elapsed_s + ACK_S)
        return message * 2 if "twice" in self.on else message

    def _time(self, elapsed_s: int) -> str:
        start = datetime.fromtimestamp(self.options.hl7_unixtime, UTC)
        return f"{start + timedelta(seconds=elapsed_s + self.clock_ahead_s):%Y%m%d%H%M%S}"

    def _head(self, control_id: str) -> list[str]:
        now = self._time(int(self.patient.elapsed_s))
        patient = "9999-0001" if "other_patient" in self.on else self.options.hl7_patient
        if self.options.hl7_dialect is Dialect.EFFICIA:
            return [
                f"MSH|^~\\&|Efficia CM|{self.options.hl7_bed}|||{now}||ORU^R01|{control_id}|P|2.4",
                f"PID|||{patient}^^^HOSP",
                f"PV1||I|ICU^^{self.options.hl7_bed}",
                "OBR|1|||VITALS",
            ]
        sender = "B40^080019FFFE0B4020^EUI-64|GE"
        return [
            f"MSH|^~\\&|{sender}|||{now}+0000||ORU^R01^ORU_R01|{control_id}|P|2.6|||NE|AL|||||{PROFILE}",
            f"PID|||{patient}^^^HOSP^PI",
            f"PV1||I|ICU^^{self.options.hl7_bed}",
            f"OBR|1|||182777000^monitoring of patient^SCT|||{now}+0000",
        ]

    def _observations(self) -> list[str]:
        make = self._efficia if self.options.hl7_dialect is Dialect.EFFICIA else self._b40
        return make()

    def _efficia(self) -> list[str]:
        vitals, cuff = self.patient.vitals, self._cuff
        temp = _philips("f0c7", "T1", f"{vitals.temp:.1f}", "0004-1710^C")
        spo2 = None if "spo2_off" in self.on else self._number_or_100(round(vitals.spo2))
        pulse = None if spo2 is None else round(vitals.hr)
        hr = None if "ecg_off" in self.on else round(vitals.hr)
        found = [
            _philips("4bb8", "SpO2", spo2, "0004-0220^%"),
            _philips("4182", "HR", hr, "0004-0aa0^bpm"),
            _philips("480a", "Pulse", pulse, "0004-0aa0^bpm", source="SpO2"),
            _philips("5000", "Resp", round(vitals.rr), "0004-0ae0^rpm"),
            temp.replace("0002-", "0002*") if "typo" in self.on else temp,
            _philips("50b0", "EtCO2", round(vitals.etco2), "0004-0f20^mmHg"),
        ]
        if cuff is not None:
            at = self._time(cuff.taken_s)
            status = "X" if cuff.sys is None else "F"
            found += [
                _philips("4a05", "NBPs", _whole(cuff.sys), "0004-0f20^mmHg", status=status, at=at),
                _philips("4a06", "NBPd", _whole(cuff.dia), "0004-0f20^mmHg", status=status, at=at),
                _philips("4a07", "NBPm", _whole(cuff.mean), "0004-0f20^mmHg", status=status),
            ]
        return found

    def _number_or_100(self, value: int) -> int:
        return -100 if "minus_100" in self.on else value

    def _b40(self) -> list[str]:
        vitals, cuff = self.patient.vitals, self._cuff
        rows: list[tuple[str, str, str, str, str]] = []
        if "ecg_off" not in self.on:
            rows.append(("147842^MDC_ECG_HEART_RATE", "1.5.1.1", str(round(vitals.hr)), BPM, ""))
            rows.append(("151562^MDC_RESP_RATE", "1.6.1.1", str(round(vitals.rr) + 1), RPM, ""))
        if "spo2_off" not in self.on:
            spo2 = self._number_or_100(round(vitals.spo2))
            rows.append(("150456^MDC_PULS_OXIM_SAT_O2", "1.22.1.2", str(spo2), PERCENT, ""))
            rows.append(("149530^MDC_PULS_OXIM_PULS_RATE", "1.22.1.3", str(round(vitals.hr)), BPM, ""))
        rows.append(("151562^MDC_RESP_RATE", "1.20.1.2", str(round(vitals.rr)), RPM, ""))
        rows.append(("151708^MDC_CONC_AWAY_CO2_ET", "1.20.1.1", str(round(vitals.etco2)), MMHG, ""))
        rows.append(("150344^MDC_TEMP", "1.26.1.1", f"{vitals.temp:.1f}", CELSIUS, ""))
        if cuff is not None and cuff.sys is not None:
            at = f"{self._time(cuff.taken_s)}+0000"
            for code, value in (("150021", cuff.sys), ("150022", cuff.dia), ("150023", cuff.mean)):
                rows.append((f"{code}^MDC_PRESS_BLD_NONINV", "1.11.1.1", str(_whole(value)), MMHG, at))
        header = "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X"
        return [
            header,
            *(
                f"OBX|{number}|NM|{code}^MDC|{place}|{value}|{unit}^MDC|||||R|||{at}||||080019FFFE0B4020^B40_GE"
                for number, (code, place, value, unit, at) in enumerate(rows, 2)
            ),
        ]


PROFILE: Final = "PCD_DEC_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
BPM: Final = "264864^MDC_DIM_BEAT_PER_MIN"
RPM: Final = "264928^MDC_DIM_RESP_PER_MIN"
PERCENT: Final = "262688^MDC_DIM_PERCENT"
MMHG: Final = "266016^MDC_DIM_MMHG"
CELSIUS: Final = "268192^MDC_DIM_DEGC"


def _philips(
    code: str,
    name: str,
    value: float | str | None,
    unit: str,
    *,
    status: str = "F",
    at: str = "",
    source: str = "",
) -> str:
    said = "" if value is None else value
    tail = f"|||{at}" if at else ""
    tail = f"||||||{source}" if source else tail
    return f"OBX||NM|0002-{code}^{name}^MDIL||{said}|{unit}^MDIL|||||{status}{tail}"


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
