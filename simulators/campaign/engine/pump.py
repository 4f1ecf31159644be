"""A pump as whole numbers: motor, limit, counter and keys; and what of which solution really flowed."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading, PumpSetting

PER_ML = 3_600_000_000_000
"""Volumes are whole numbers of (uL/h) x ms / 1000, so that no time is ever rounded."""


def whole(volume_ml: Decimal) -> int:
    """A volume in mL as a whole number."""
    return int(volume_ml * PER_ML)


def ml(volume: int) -> Decimal:
    """A whole number as mL."""
    return Decimal(volume) / PER_ML


class PumpSim:
    """Does what it is told, ends at its limit, counts in truncated units."""

    def __init__(self, caps: PumpCapabilities) -> None:
        self.caps = caps
        self.motion = Motion.STOPPED
        self.rate_ul_h = 0
        self.limit_set: int | None = None
        self.since_limit = 0
        self.counter = 0
        self.counter_permille = 1000
        """What counter and limit move of rate x time."""
        self.patient_permille = 1000
        """What really flows of rate x time."""
        self.bolus_ul_h = 600_000
        self.bag = "none"
        self.flowed: dict[str, int] = {}
        self.limit_ends = 0
        self.starts = 0
        self.stops = 0
        self.alarms: set[PumpAlarm] = set()
        self.remote = True
        self._unit = whole(caps.counter_unit_ml)

    @property
    def speed_ul_h(self) -> int:
        """What it would give now, were its motor turning."""
        return self.bolus_ul_h if self.motion is Motion.BOLUS else self.rate_ul_h

    def advance(self, ms: int) -> None:
        """Let time pass."""
        if self.motion is Motion.STOPPED or ms <= 0:
            return
        pushed = self.speed_ul_h * 1000 * ms
        counted = pushed * self.counter_permille // 1000
        if self.limit_set is not None and self.motion is not Motion.BOLUS:
            left = self.limit_set - self.since_limit
            if counted >= left:
                pushed = left * 1000 // self.counter_permille
                counted = left
                self.motion = Motion.STOPPED
                self.alarms.add(PumpAlarm.LIMIT_REACHED)
                self.limit_ends += 1
        self.since_limit += counted
        self.counter += counted
        self.flowed[self.bag] = self.flowed.get(self.bag, 0) + pushed * self.patient_permille // 1000

    def program(self, setting: PumpSetting) -> None:
        """Rate and limit in one frame."""
        self.rate_ul_h = int(setting.rate_ml_h * 1000)
        self.set_limit(setting.limit_ml)

    def set_limit(self, limit_ml: Decimal | None) -> None:
        """The volume from now on; None = unlimited."""
        self.limit_set = whole(limit_ml) if limit_ml is not None else None
        self.since_limit = 0
        self.alarms.discard(PumpAlarm.LIMIT_REACHED)

    def stored(self) -> PumpSetting:
        """What was programmed last."""
        limit = ml(self.limit_set).normalize() if self.limit_set is not None else None
        return PumpSetting(Decimal(self.rate_ul_h) / 1000, limit)

    def start(self) -> None:
        """The motor runs."""
        self.starts += 1
        self.alarms.discard(PumpAlarm.LIMIT_REACHED)
        self.motion = Motion.INFUSING

    def stop(self) -> None:
        """The motor stands."""
        self.stops += 1
        self.motion = Motion.STOPPED

    def reading(self) -> PumpReading:
        """What a status answer says now."""
        left: Decimal | None = None
        if self.limit_set is not None:
            shown = self.since_limit // self._unit * self.caps.counter_unit_ml
            left = max(ml(self.limit_set) - shown, Decimal(0))
        return PumpReading(
            motion=self.motion,
            rate_ml_h=Decimal(self.rate_ul_h) / 1000,
            limit_left_ml=left,
            counter_ml=self.counter // self._unit * self.caps.counter_unit_ml,
            remote=self.remote,
            alarms=frozenset(self.alarms),
        )

    @property
    def limit_left(self) -> int:
        """What its limit still lets through; 0 without one."""
        return max(self.limit_set - self.since_limit, 0) if self.limit_set is not None else 0

    def alone_ml(self, ms: int) -> Decimal:
        """What would flow in so much time if nobody spoke to it; nothing really happens."""
        before = dict(self.__dict__)
        self.flowed, self.alarms = {}, set(self.alarms)
        self.advance(ms)
        flowed = ml(sum(self.flowed.values()))
        self.__dict__.update(before)
        return flowed
