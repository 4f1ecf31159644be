"""A motor that ramps linearly from one speed to the next."""

from __future__ import annotations

from decimal import Decimal

ZERO = Decimal(0)
HOUR_S = Decimal(3600)


class Motor:
    """Speed in mL/h; `aim` begins a ramp, `stretch` integrates along it."""

    def __init__(self) -> None:
        self.flow_ml_h = ZERO
        self._aim_ml_h = ZERO
        self._ramp_left_s = ZERO

    @property
    def steady(self) -> bool:
        """True when no ramp is under way."""
        return self._ramp_left_s == 0

    def aim(self, speed_ml_h: Decimal, ramp_s: Decimal) -> None:
        """Go to `speed_ml_h` in `ramp_s` seconds; an aim already held is not begun anew."""
        if speed_ml_h == self._aim_ml_h and ramp_s > 0:
            return
        self._aim_ml_h = speed_ml_h
        self._ramp_left_s = ramp_s
        if ramp_s == 0:
            self.flow_ml_h = speed_ml_h

    def stretch(self, rest_s: Decimal, room_ml: Decimal) -> tuple[Decimal, Decimal]:
        """Run for at most `rest_s` and at most `room_ml`: (seconds used, mL moved)."""
        if self._ramp_left_s == 0:
            volume_ml = self.flow_ml_h * rest_s / HOUR_S
            if volume_ml <= room_ml:
                return rest_s, volume_ml
            return room_ml * HOUR_S / self.flow_ml_h, room_ml
        span_s = min(rest_s, self._ramp_left_s)
        end_ml_h = self.flow_ml_h + (self._aim_ml_h - self.flow_ml_h) * span_s / self._ramp_left_s
        volume_ml = (self.flow_ml_h + end_ml_h) / 2 * span_s / HOUR_S
        self._ramp_left_s -= span_s
        self.flow_ml_h = self._aim_ml_h if self._ramp_left_s == 0 else end_ml_h
        return span_s, min(volume_ml, room_ml)
