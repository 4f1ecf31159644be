"""A pump that can do what pumps are known to do: ignore, round up, miscount, start by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading, PumpSetting
from simulators.campaign.engine.pump import PumpSim, whole

FULL = 1000
"""Permille of what flows."""


class OddPump(PumpSim):
    """Honest until told otherwise; hands reach the motor whatever the electronics pretend."""

    def __init__(self, caps: PumpCapabilities) -> None:
        super().__init__(caps)
        self.deaf_to: frozenset[str] = frozenset()
        """What it accepts and ignores: program, start, stop."""
        self.coarse_ml: Decimal | None = None
        """It rounds rates and limits up to this, mL/h and mL."""
        self.shown_permille = FULL
        """How its counter moves of what flows, from `shown_from` on."""
        self.shown_from = 0
        self.repeated: PumpReading | None = None
        """What it says whatever happens."""
        self.bolus_left: int | None = None
        """A bolus ends by its own volume, and what was going on goes on."""
        self._before_bolus = Motion.STOPPED
        self.starts_in_ms: int | None = None
        """So much later it starts by itself, its alarm gone."""

    # the wire

    def program(self, setting: PumpSetting) -> None:
        """Rate and limit in one frame, as it understands them."""
        if "program" not in self.deaf_to:
            super().program(self._understood(setting))

    def _understood(self, setting: PumpSetting) -> PumpSetting:
        if self.coarse_ml is None or setting.limit_ml is None:
            return setting
        rate, limit = (_up(value, self.coarse_ml) for value in (setting.rate_ml_h, setting.limit_ml))
        return replace(setting, rate_ml_h=rate, limit_ml=limit)

    def start(self) -> None:
        """The motor runs."""
        if "start" not in self.deaf_to:
            super().start()

    def stop(self) -> None:
        """The motor stands."""
        if "stop" not in self.deaf_to:
            self.halt()

    def reading(self) -> PumpReading:
        """What a status answer says now."""
        if self.repeated is not None:
            return self.repeated
        said = super().reading()
        if self.shown_permille == FULL:
            return said
        shown = self.shown_from + (self.counter - self.shown_from) * self.shown_permille // FULL
        return replace(said, counter_ml=max(shown, 0) // self._unit * self.caps.counter_unit_ml)

    # its own doing

    def advance(self, ms: int) -> None:
        """Let time pass; what it does by itself it does at its moment."""
        if self.starts_in_ms is not None:
            first = min(self.starts_in_ms, ms)
            self.starts_in_ms -= first
            self._flow(first)
            ms -= first
            if self.starts_in_ms == 0:
                self.starts_in_ms = None
                self.alarms.discard(PumpAlarm.OCCLUSION)
                self.motion = Motion.INFUSING
        self._flow(ms)

    def _flow(self, ms: int) -> None:
        if self.motion is not Motion.BOLUS or self.bolus_left is None:
            super().advance(ms)
            return
        need = -(-self.bolus_left // (self.bolus_ul_h * 1000))
        first = min(need, ms)
        super().advance(first)
        self.bolus_left -= first * self.bolus_ul_h * 1000
        if self.bolus_left <= 0:
            self.bolus_left, self.motion = None, self._before_bolus
            super().advance(ms - first)

    # hands and faults

    def halt(self) -> None:
        """STOP at its own key."""
        super().stop()
        self.bolus_left = None

    def press_start(self) -> None:
        """START at its own key."""
        super().start()

    def press_bolus(self, volume_ml: Decimal) -> None:
        """The bolus key."""
        if self.motion is not Motion.BOLUS:
            self._before_bolus = self.motion
        self.motion, self.bolus_left = Motion.BOLUS, whole(volume_ml)

    def lie(self, permille: int) -> None:
        """From now on the counter moves by so much of what flows."""
        self.shown_from, self.shown_permille = self.counter, permille

    def clear(self) -> None:
        """The counter is set back to zero."""
        self.counter = self.shown_from = 0

    def lose_power(self) -> None:
        """The motor stands, and all it knew is gone."""
        self.halt()
        self.rate_ul_h, self.limit_set, self.since_limit = 0, None, 0
        self.alarms.clear()
        self.clear()

    def occlude(self, restarts_in_ms: int | None) -> None:
        """It stops with an alarm; some start again by themselves when the pressure is gone."""
        self.halt()
        self.alarms.add(PumpAlarm.OCCLUSION)
        self.starts_in_ms = restarts_in_ms


def _up(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step
