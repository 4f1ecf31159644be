"""DIANET-Star bits and numbers in our words. Where a document is silent, the dangerous reading wins."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from drivers.pumps.dianet_star.frames import Actual, Limits, Status, Target
from drivers.values import LocalChange, Motion, PumpAlarm, PumpReading, PumpSetting

ALARMS = (
    PumpAlarm.SYRINGE,
    PumpAlarm.NEAR_EMPTY,
    PumpAlarm.EMPTY,
    PumpAlarm.OCCLUSION,
    PumpAlarm.AIR,
    PumpAlarm.DRIP,
    PumpAlarm.BATTERY_EMPTY,
    PumpAlarm.BATTERY_LOW,
    PumpAlarm.DOOR_OPEN,
    PumpAlarm.RATE_INVALID,
    PumpAlarm.REMINDER,
    PumpAlarm.STANDBY_END,
    PumpAlarm.LIMIT_REACHED,
    PumpAlarm.TIME_END,
    PumpAlarm.LINK_TIMEOUT,
    PumpAlarm.KVO_END,
    PumpAlarm.LOCAL_KEY,
    PumpAlarm.KVO_RUNNING,
    PumpAlarm.PRESSURE_LOW,
    PumpAlarm.PCA_BUTTON,
    PumpAlarm.PCA_LIMIT,
)
"""By bit number, from bit 0."""

REQUESTS = (LocalChange.TARGET, LocalChange.LIMITS, LocalChange.SILENCE, LocalChange.DOSE)
"""By bit number, from bit 0."""

REFUSALS = {
    0x01: "crc",
    0x02: "frame",
    0x03: "unknown segment",
    0x04: "user operating",
    0x05: "ident",
    0x06: "range",
    0x07: "length",
    0x08: "address",
    0x09: "wrong mode",
    0x0B: "clock",
    0x0C: "action impossible",
    0x0D: "context",
}

TYPES = {
    202: "Infusomat fmS",
    203: "Infusomat P",
    1019: "Perfusor fm",
    1020: "Perfusor fm (Aachen)",
    1200: "Perfusor compact",
    1201: "Perfusor compact S",
}

UNCHANGED_16 = 0xFFFF
UNCHANGED_8 = 0xFF
UNCHANGED_32 = 0xFFFFFFFF


def _mask(*bits: int) -> int:
    return sum(1 << bit for bit in bits)


MAINS = _mask(4)
RUNNING = _mask(7)
OPERATED = _mask(11)
KVO = _mask(13)
FORWARD = _mask(19)
BOLUS = _mask(9, 10, 12, 22)
PROGRAM = _mask(24, 25, 26, 27, 28, 29)
ALARM_LIMIT_REACHED = _mask(12)
ALARM_LINK = _mask(14)
ALARM_KVO_RUNNING = _mask(17)


@lru_cache(maxsize=256)
def alarms_of(bits: int) -> frozenset[PumpAlarm]:
    """Every alarm bit by name; a bit without a name is UNKNOWN."""
    found = {alarm for bit, alarm in enumerate(ALARMS) if bits & (1 << bit)}
    if bits >> len(ALARMS):
        found.add(PumpAlarm.UNKNOWN)
    return frozenset(found)


def local_of(status: Status) -> frozenset[LocalChange]:
    """What a hand did or is doing; an unnamed request bit counts as a changed target."""
    found = {change for bit, change in enumerate(REQUESTS) if status.request & (1 << bit)}
    if status.request >> len(REQUESTS):
        found.add(LocalChange.TARGET)
    if status.state & OPERATED:
        found.add(LocalChange.OPERATING)
    return frozenset(found)


def motion_of(status: Status) -> Motion:
    """The most dangerous of what the state bits say: a program, a bolus, KVO, infusing, stopped."""
    if status.state & PROGRAM:
        return Motion.PROGRAM
    if status.state & BOLUS or (status.state & FORWARD and not status.state & RUNNING):
        return Motion.BOLUS
    if status.state & KVO or status.alarm & ALARM_KVO_RUNNING:
        return Motion.KVO
    return Motion.INFUSING if status.state & RUNNING else Motion.STOPPED


def limit_left_of(status: Status, stored: Target | None) -> Decimal | None:
    """Remaining VTBD in mL, None = no limit; if the remainder is 0, `stored` helps to tell which it is.

    No limit stored is no limit. A limit stored with nothing left is used up if the pump says so or stands;
    a pump that goes on without saying so has no limit.
    """
    if status.remaining:
        return Decimal(status.remaining).scaleb(-1)
    if stored is None or stored.limit == 0:
        return None
    said = status.alarm & ALARM_LIMIT_REACHED
    return Decimal(0) if said or motion_of(status) is Motion.STOPPED else None


def reading_of(
    status: Status,
    actual: Actual,
    stored: Target | None,
    mode: int,
    alarms: frozenset[PumpAlarm],
    local: frozenset[LocalChange],
) -> PumpReading:
    """One reading; `alarms` and `local` are what is latched, `mode` the state bit of the mode we entered."""
    return PumpReading(
        motion=motion_of(status),
        rate_ml_h=Decimal(status.rate).scaleb(-2),
        limit_left_ml=limit_left_of(status, stored),
        counter_ml=Decimal(actual.infused).scaleb(-1),
        remote=bool(status.state & (1 << mode)) and not status.alarm & ALARM_LINK,
        alarms=alarms,
        local=local,
        mains=bool(status.state & MAINS),
        battery_min=None if actual.battery_min == UNCHANGED_16 else actual.battery_min,
        pressure_percent=None if actual.pressure == UNCHANGED_8 else actual.pressure,
    )


def setting_of(target: Target) -> PumpSetting:
    """The stored setting; VTBD 0 is no limit (F7)."""
    limit = Decimal(target.limit).scaleb(-1) if target.limit else None
    return PumpSetting(rate_ml_h=Decimal(target.rate).scaleb(-2), limit_ml=limit)


def stated(value: int, places: int) -> Decimal | None:
    """A limit the pump states, in mL or mL/h; 0 and all ones state none."""
    return None if value in {0, UNCHANGED_32} else Decimal(value).scaleb(-places)


def rate_range_of(limits: Limits) -> tuple[Decimal | None, Decimal | None]:
    """Smallest and largest rate in remote operation, in mL/h."""
    return stated(limits.remote_rate_min, 2), stated(limits.remote_rate_max, 2)
