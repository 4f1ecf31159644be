"""The values every pump and monitor is described in; frozen, Decimal, units last in the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Authority(StrEnum):
    """MONITOR: a person sets the pump and the daemon watches; CONTROL: the daemon sets it."""

    CONTROL = "control"
    MONITOR = "monitor"


class Motion(StrEnum):
    """What the motor does; everything but STOPPED delivers drug."""

    STOPPED = "stopped"
    INFUSING = "infusing"
    KVO = "kvo"
    BOLUS = "bolus"
    PROGRAM = "program"
    """A pump-side program (ramp, profile, piggyback, PCA): it advances without our gate (F26)."""


class PumpAlarm(StrEnum):
    """A pump's own alarms, each named once for all models."""

    OCCLUSION = "occlusion"
    AIR = "air"
    DOOR_OPEN = "door_open"
    EMPTY = "empty"
    NEAR_EMPTY = "near_empty"
    SYRINGE = "syringe"
    DRIP = "drip"
    BATTERY_EMPTY = "battery_empty"
    BATTERY_LOW = "battery_low"
    RATE_INVALID = "rate_invalid"
    REMINDER = "reminder"
    STANDBY_END = "standby_end"
    LIMIT_REACHED = "limit_reached"
    TIME_END = "time_end"
    LINK_TIMEOUT = "link_timeout"
    KVO_END = "kvo_end"
    KVO_RUNNING = "kvo_running"
    LOCAL_KEY = "local_key"
    PRESSURE_LOW = "pressure_low"
    PCA_BUTTON = "pca_button"
    PCA_LIMIT = "pca_limit"
    REMOVED = "removed"
    """Taken out of its rack: it may run on and is not seen."""
    POWER_RESET = "power_reset"
    PROGRAM_FAULT = "program_fault"
    UNKNOWN = "unknown"


class LocalChange(StrEnum):
    """What the pump says a hand did at its keys since it was last asked."""

    TARGET = "target"
    LIMITS = "limits"
    SILENCE = "silence"
    DOSE = "dose"
    OPERATING = "operating"


class EndAction(StrEnum):
    """What a pump does when its volume limit is reached, or when its link watchdog expires."""

    STOP = "stop"
    KVO = "kvo"
    CONTINUE = "continue"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PumpCapabilities:
    """What one pump model can do. Rates mL/h, volumes mL, times s; `accuracy` is a fraction of the rate."""

    model: str
    rate_min_ml_h: Decimal
    rate_max_ml_h: Decimal
    rate_step_ml_h: Decimal
    limit_min_ml: Decimal
    limit_max_ml: Decimal
    limit_step_ml: Decimal
    counter_unit_ml: Decimal
    accuracy: Decimal
    poll_s: Decimal
    reply_limit_s: Decimal
    link_watchdog_s: Decimal | None
    gapless: bool
    """New rate and limit are taken while running."""
    one_frame: bool
    """Rate and limit travel in one frame, so no instant shows a mixed pair (F15)."""
    local_key_detection: bool
    read_only: bool
    has_serial_number: bool
    stops_to_program: int
    """STOPs before it takes new settings, where it is not gapless (F15)."""
    switch_limit_s: Decimal
    """Drug-free time up to this, while another pump takes over, is no gap (F23)."""
    cycle_s: Decimal
    """The longest time from one complete reading to the next while it is only watched (F27)."""
    digits: int | None = None
    """The most digits of its numbers: units and steps grow with the value; None = they do not."""
    laboratory: bool = False
    """Built for the bench, not for patients."""

    def counter_unit_at(self, counter_ml: Decimal) -> Decimal:
        """The unit of the counter, mL, while it shows this (F25)."""
        return self._grown(self.counter_unit_ml, counter_ml)

    def limit_step_at(self, limit_ml: Decimal) -> Decimal:
        """The step, mL, of volume limits as large as this."""
        return self._grown(self.limit_step_ml, limit_ml)

    def rate_step_at(self, rate_ml_h: Decimal) -> Decimal:
        """The step, mL/h, of rates as high as this."""
        return self._grown(self.rate_step_ml_h, rate_ml_h)

    def _grown(self, least: Decimal, value: Decimal) -> Decimal:
        if self.digits is None or value <= 0:
            return least
        return max(least, Decimal(1).scaleb(value.adjusted() + 1 - self.digits))


@dataclass(frozen=True, slots=True)
class PumpIdentity:
    """Who answered, with the limits the device itself states (None = it states none)."""

    model: str
    serial: str
    firmware: str
    protocol: str
    rate_min_ml_h: Decimal | None = None
    rate_max_ml_h: Decimal | None = None
    limit_max_ml: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PumpSetting:
    """A rate with its volume limit, always together. `limit_ml` None = no limit: never sent (F7)."""

    rate_ml_h: Decimal
    limit_ml: Decimal | None


@dataclass(frozen=True, slots=True)
class PumpReading:
    """One complete readback of a pump; `limit_left_ml` None = the pump has no active volume limit."""

    motion: Motion
    rate_ml_h: Decimal
    limit_left_ml: Decimal | None
    counter_ml: Decimal
    remote: bool
    """The pump is in the mode we put it in: it takes our commands, or, only watched, answers our readings."""
    alarms: frozenset[PumpAlarm] = frozenset()
    local: frozenset[LocalChange] = frozenset()
    mains: bool = True
    battery_min: int | None = None
    pressure_percent: int | None = None


class Signal(StrEnum):
    """A vital sign; the unit is fixed per signal and converted once, in the driver."""

    HR = "hr"
    PULSE = "pulse"
    SPO2 = "spo2"
    NIBP_SYS = "nibp_sys"
    NIBP_DIA = "nibp_dia"
    NIBP_MEAN = "nibp_mean"
    RR = "rr"
    TEMP = "temp"
    ETCO2 = "etco2"
    PEF = "pef"
    """Peak expiratory flow, the best of a few blows at a meter; no monitor gives it, a hand enters it."""


MONITORED = frozenset(Signal) - {Signal.PEF}
"""What a monitor may give."""

UNITS: Mapping[Signal, str] = {
    Signal.HR: "1/min",
    Signal.PULSE: "1/min",
    Signal.SPO2: "%",
    Signal.NIBP_SYS: "mmHg",
    Signal.NIBP_DIA: "mmHg",
    Signal.NIBP_MEAN: "mmHg",
    Signal.RR: "1/min",
    Signal.TEMP: "degC",
    Signal.ETCO2: "mmHg",
    Signal.PEF: "L/min",
}


class Validity(StrEnum):
    """Why a value counts or does not; only VALID may open a gate."""

    VALID = "valid"
    NOT_PRESENT = "not_present"
    """The measuring module is absent."""
    INACTIVE = "inactive"
    """The module is there, the measurement is off or the sensor is detached."""
    INVALID = "invalid"
    """The device itself marks the number unusable."""
    QUESTIONABLE = "questionable"
    """Noise, artefact, low perfusion, learning."""
    OUT_OF_RANGE = "out_of_range"
    IMPLAUSIBLE = "implausible"
    """Physically impossible; a fault of the wire or the device."""
    OTHER_PATIENT = "other_patient"
    """The monitor names another patient or bed (F12)."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One signal in one sample. `value` is None unless validity is VALID or QUESTIONABLE.

    `measured` is True only when this is a new measurement: a value repeated is not a value measured.
    `age_s` bounds how old a new measurement may be at the moment of the sample.
    """

    value: Decimal | None
    validity: Validity
    measured: bool = True
    age_s: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class VitalsSample:
    """What one frame of a monitor says; signals it does not carry are absent.

    `subject` is the patient or bed the monitor names; empty where it names none.
    """

    signals: Mapping[Signal, Measurement]
    subject: str = ""
    source: str = ""
    """The monitor's name in the bed file; the driver does not know it."""
    cuff_measuring: bool = False
    """The blood pressure cuff is inflated: a probe on its arm has no pulse (F31)."""


@dataclass(frozen=True, slots=True)
class MonitorCapabilities:
    """What a monitor model can say and how often (`interval_s`, the one we ask for)."""

    model: str
    signals: frozenset[Signal]
    interval_s: Decimal


@dataclass(frozen=True, slots=True)
class MonitorIdentity:
    """Who answered; empty text where the device does not say."""

    model: str
    detail: str = ""
