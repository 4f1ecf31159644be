"""What is known of one pump."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine.account import ZERO, Odometer, volume_ml
from daemon.engine.events_pump import SettingOrdered
from daemon.engine.hand_view import HandView
from drivers.values import Motion, PumpAlarm, PumpIdentity, PumpReading, PumpSetting


@dataclass(frozen=True)
class PumpView:
    """What is known of the pump, and what was asked of it."""

    odometer: Odometer
    linked: bool = False
    silent_long: bool = False
    identity: PumpIdentity | None = None
    reading: PumpReading | None = None
    read_ms: int = 0
    certain: bool = False
    """The last reading and the next belong to one unbroken watch; False after silence or restart."""
    compare: bool = False
    """The next reading must be compared with what the record says before anything else (DESIGN 3.10)."""
    approved: PumpSetting | None = None
    """The setting last read back as asked; its limit counts from `approved_ms`."""
    approved_ms: int = 0
    approved_ml: Decimal = ZERO
    """The counter when the approved limit was read back."""
    ordered_ml: Decimal = ZERO
    """The counter when it was ordered: the limit was written somewhere in between (F18)."""
    pending: SettingOrdered | None = None
    pending_ms: int = 0
    pending_ml: Decimal = ZERO
    """The counter when the pending setting was ordered."""
    may_run_ml_h: Decimal = ZERO
    """Rate of a START that was ordered and whose outcome no readback has shown yet."""
    withdrawn_ms: int | None = None
    """When an order was last found unsent."""
    unsent: int = 0
    """Orders in a row that could not be sent."""
    failures: int = 0
    stop_ms: int | None = None
    """Since when a STOP stands unconfirmed."""
    stopped: bool = False
    """Confirmed standing still."""
    disarmed: bool = False
    least_left_ml: Decimal | None = None
    """The smallest limit it has shown since it was disarmed; None = it shows none."""
    own_serial: str = ""
    """The pump of this run; another one gives nothing (F26)."""
    read_serial: str = ""
    """The pump that gave the last reading."""
    still_from_ms: int | None = None
    """Since when every reading has shown it standing, its counter too."""
    still_to_ms: int = 0
    """When the last of these readings was asked for."""
    programmed: PumpSetting | None = None
    """Read back as stored while it stands: it is about to take over (F23)."""
    untimed_ml: Decimal | None = None
    """What it may have given since it was last read, where no clock tells how long ago that is (F20)."""
    hand_stops: int = 0
    """STOPs sent against a hand since a person last resumed (F8 allows one)."""
    hand: HandView = field(default_factory=HandView)

    @property
    def delivers(self) -> bool:
        """Last read delivering: infusing, bolus, purge, program and KVO alike (F23)."""
        return self.reading is not None and delivers(self.reading)

    def since_ml(self, now: int, accuracy: Decimal) -> Decimal:
        """The most that may have left it since it was last read."""
        flowed = volume_ml(self._may_flow_ml_h(), now - self.read_ms)
        return max(flowed * (1 + accuracy), self.untimed_ml or ZERO)

    def _may_flow_ml_h(self) -> Decimal:
        """The highest rate it may run at since it was last read."""
        if self.reading is None or (self.certain and self.reading.motion is Motion.STOPPED):
            return self.may_run_ml_h
        approved = self.approved.rate_ml_h if self.approved is not None else ZERO
        return max(self.reading.rate_ml_h, approved, self.may_run_ml_h)

    def seen_still_ms(self) -> int:
        """How long it is proven to stand: from one reading to the asking of a later one."""
        return 0 if self.still_from_ms is None else max(self.still_to_ms - self.still_from_ms, 0)


def delivers(reading: PumpReading) -> bool:
    """Infusing, bolus, purge, program and KVO are all delivery (F23)."""
    return reading.motion is not Motion.STOPPED or PumpAlarm.KVO_RUNNING in reading.alarms
