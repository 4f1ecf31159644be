"""DIANET-Star segments as the pump sends them: field order, scales and bits (facts: pumps 4.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import ClassVar, Final, NamedTuple

from drivers.values import LocalChange, PumpAlarm

RATE_UNIT: Final = Decimal("0.01")
VOLUME_UNIT: Final = Decimal("0.1")
UNKNOWN_TIME: Final = 0xFFFF

ALARM_BITS: Final[Mapping[PumpAlarm, int]] = {
    PumpAlarm.SYRINGE: 0,
    PumpAlarm.NEAR_EMPTY: 1,
    PumpAlarm.EMPTY: 2,
    PumpAlarm.OCCLUSION: 3,
    PumpAlarm.AIR: 4,
    PumpAlarm.DRIP: 5,
    PumpAlarm.BATTERY_EMPTY: 6,
    PumpAlarm.BATTERY_LOW: 7,
    PumpAlarm.DOOR_OPEN: 8,
    PumpAlarm.RATE_INVALID: 9,
    PumpAlarm.REMINDER: 10,
    PumpAlarm.STANDBY_END: 11,
    PumpAlarm.LIMIT_REACHED: 12,
    PumpAlarm.TIME_END: 13,
    PumpAlarm.LINK_TIMEOUT: 14,
    PumpAlarm.KVO_END: 15,
    PumpAlarm.LOCAL_KEY: 16,
    PumpAlarm.KVO_RUNNING: 17,
    PumpAlarm.PRESSURE_LOW: 18,
    PumpAlarm.PCA_BUTTON: 19,
    PumpAlarm.PCA_LIMIT: 20,
}
REQUEST_BITS: Final[Mapping[LocalChange, int]] = {
    LocalChange.TARGET: 0,
    LocalChange.LIMITS: 1,
    LocalChange.SILENCE: 2,
    LocalChange.DOSE: 3,
}


class State(IntEnum):
    """Bits of the STATUS state word."""

    DOKU = 1
    FERNSTEUER = 2
    FERNREGEL = 3
    MAINS = 4
    READY = 6
    RUNNING = 7
    BOLUS_READY = 8
    MANUAL_BOLUS = 9
    VOLUME_BOLUS = 10
    OPERATED = 11
    KVO = 13
    SILENCED = 14
    AUDIBLE = 15
    DATA_LOCK = 16
    FORWARD = 19


class Segment(IntEnum):
    """Segments this pump knows."""

    IDENT = 0x01
    STATUS = 0x02
    ISTWERT = 0x03
    SOLLWERT = 0x04
    LIMITS = 0x06
    RELOAD = 0x09
    CC_MODE = 0x10
    AKTION = 0x11
    SET_SOLLWERT = 0x12
    SET_RELOAD = 0x14


class Bolus(StrEnum):
    """Which bolus runs, for the state word."""

    NONE = "none"
    MANUAL = "manual"
    VOLUME = "volume"


def word(bits: Iterable[int]) -> int:
    """Bit numbers to a number."""
    found = 0
    for bit in bits:
        found |= 1 << bit
    return found


def rate_units(rate_ml_h: Decimal) -> int:
    """A rate in mL/h, in units of 0.01, truncated."""
    return int(rate_ml_h / RATE_UNIT)


def volume_units(volume_ml: Decimal) -> int:
    """A volume in mL, in units of 0.1, truncated."""
    return int(volume_ml / VOLUME_UNIT)


class Status(NamedTuple):
    """STATUS: what the pump does now; `minutes_left` None = unknown."""

    request: frozenset[LocalChange]
    alarms: frozenset[PumpAlarm]
    state: int
    rate_ml_h: Decimal
    remaining_ml: Decimal
    minutes_left: int | None

    def pack(self) -> bytes:
        """In wire order."""
        minutes = UNKNOWN_TIME if self.minutes_left is None else min(self.minutes_left, UNKNOWN_TIME - 1)
        return struct.pack(
            ">BIIIIH",
            word(REQUEST_BITS[change] for change in self.request if change in REQUEST_BITS),
            word(ALARM_BITS[alarm] for alarm in self.alarms if alarm in ALARM_BITS),
            self.state,
            rate_units(self.rate_ml_h),
            volume_units(self.remaining_ml),
            minutes,
        )


class Actual(NamedTuple):
    """ISTWERT: what has been given."""

    pressure_percent: int
    infused_ml: Decimal
    infused_min: int
    battery_min: int
    syringe_ml: int = 50
    bolus_ml: Decimal = Decimal(0)

    def pack(self) -> bytes:
        """In wire order; interval bolus and standby are not fitted."""
        return struct.pack(
            ">BIHHHHHHHH",
            self.pressure_percent,
            volume_units(self.infused_ml),
            min(self.infused_min, 0xFFFF),
            0,
            self.battery_min,
            0,
            self.syringe_ml,
            0,
            0,
            volume_units(self.bolus_ml),
        )


@dataclass(frozen=True, slots=True)
class Target:
    """SOLLWERT: what the pump is set to; a VTBD of 0 is no limit (F7)."""

    rate_ml_h: Decimal
    vtbd_ml: Decimal
    bolus_rate_ml_h: Decimal = Decimal(0)
    bolus_ml: Decimal = Decimal(0)
    pressure_level: int = 5
    drug: bytes = b" " * 20

    def pack(self) -> bytes:
        """In wire order; time selection and standby are not fitted."""
        return struct.pack(
            ">IIHIHBH20s",
            rate_units(self.rate_ml_h),
            volume_units(self.vtbd_ml),
            0,
            rate_units(self.bolus_rate_ml_h),
            volume_units(self.bolus_ml),
            self.pressure_level,
            0,
            self.drug,
        )


@dataclass(frozen=True, slots=True)
class TargetWrite:
    """A SOLLWERT write, None where the host leaves a field unchanged."""

    rate_ml_h: Decimal | None
    vtbd_ml: Decimal | None
    minutes: int | None
    bolus_rate_ml_h: Decimal | None
    bolus_ml: Decimal | None
    pressure_level: int | None
    standby_min: int | None
    drug: bytes | None

    LENGTH: ClassVar[int] = 39

    @classmethod
    def unpack(cls, data: bytes) -> TargetWrite:
        """From wire order; `data` has LENGTH bytes."""
        rate, vtbd, minutes, bolus_rate, bolus, pressure, standby = struct.unpack(">IIHIHBH", data[:19])
        drug = data[19:]
        return cls(
            None if rate == 0xFFFFFFFF else rate * RATE_UNIT,
            None if vtbd == 0xFFFFFFFF else vtbd * VOLUME_UNIT,
            None if minutes == 0xFFFF else minutes,
            None if bolus_rate == 0xFFFFFFFF else bolus_rate * RATE_UNIT,
            None if bolus == 0xFFFF else bolus * VOLUME_UNIT,
            None if pressure == 0xFF else pressure,
            None if standby == 0xFFFF else standby,
            None if drug == b"\xff" * 20 else drug,
        )
