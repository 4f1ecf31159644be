"""NE-1000 letters and numbers in our words. Where a document is silent, the dangerous reading wins."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from drivers.pumps.ne_1000.capabilities import CAPABILITIES
from drivers.values import Motion, PumpAlarm, PumpReading

MOTIONS = {
    "I": Motion.INFUSING,
    "W": Motion.PROGRAM,
    "S": Motion.STOPPED,
    "P": Motion.STOPPED,
    "T": Motion.PROGRAM,
    "U": Motion.PROGRAM,
    "X": Motion.BOLUS,
}
"""Withdrawing, a timed pause and a wait for a key go on by themselves: no order of ours (F26)."""
RESET = "S"
PAUSED = "P"

ALARMS = {
    "R": PumpAlarm.POWER_RESET,
    "S": PumpAlarm.OCCLUSION,
    "T": PumpAlarm.LINK_TIMEOUT,
    "E": PumpAlarm.PROGRAM_FAULT,
    "O": PumpAlarm.PROGRAM_FAULT,
}
"""By the letter behind `A?`; a stall is an occlusion."""

REFUSALS = {
    "?": "unknown command",
    "?NA": "not now",
    "?OOR": "out of range",
    "?COM": "bad packet",
    "?IGN": "ignored",
}

PI_QUARTER = Decimal("0.785398163397")
SPEED_MIN_CM_H = Decimal("0.004205")
SPEED_MAX_CM_H = Decimal("5.1005") * 60
"""How fast the pusher moves."""


def alarm_of(letter: str) -> PumpAlarm:
    """The alarm of a letter; one without a name is UNKNOWN."""
    return ALARMS.get(letter, PumpAlarm.UNKNOWN)


def rate_range_of(diameter_mm: Decimal) -> tuple[Decimal, Decimal]:
    """Lowest and highest rate, mL/h, with a syringe of this inner diameter, as the pump can write them."""
    area_cm2 = PI_QUARTER * (diameter_mm / 10) ** 2
    low, high = area_cm2 * SPEED_MIN_CM_H, area_cm2 * SPEED_MAX_CM_H
    return _written(low, ROUND_CEILING), _written(high, ROUND_FLOOR)


def _written(rate_ml_h: Decimal, rounding: str) -> Decimal:
    rate = min(max(rate_ml_h, CAPABILITIES.rate_min_ml_h), CAPABILITIES.rate_max_ml_h)
    step = CAPABILITIES.rate_step_at(rate)
    return (rate / step).to_integral_value(rounding) * step


@dataclass
class Totals:
    """The pump's count of what it has infused, mL, and where the present program began on it.

    A pump may begin to count anew with a program. Where we had read it standing just before, that is no
    counter that fell (F26): what it showed is carried on.
    """

    carried_ml: Decimal = Decimal(0)
    shown_ml: Decimal = Decimal(0)
    begun_ml: Decimal | None = None
    """None: the program that runs is none of ours."""
    standing: bool = False
    """So it was last read, and no RUN was sent since."""
    may_begin_anew: bool = False
    """It was read standing, and since then a command of ours may have cleared it."""

    @property
    def counter_ml(self) -> Decimal:
        """Infused since the first reading of this driver and before."""
        return self.carried_ml + self.shown_ml

    def commanded(self) -> None:
        """A command that ends or begins a program is on its way."""
        self.may_begin_anew = self.standing or self.may_begin_anew

    def take(self, shown_ml: Decimal, *, standing: bool) -> None:
        """One more reading of the pump's count."""
        if shown_ml < self.shown_ml and self.may_begin_anew:
            self.carried_ml += self.shown_ml
        self.shown_ml = shown_ml
        self.standing = standing
        self.may_begin_anew = self.may_begin_anew and standing

    def given_ml(self) -> Decimal | None:
        """Infused by the present program; None where it is none of ours."""
        return None if self.begun_ml is None else self.counter_ml - self.begun_ml


def limit_left_of(volume_ml: Decimal, given_ml: Decimal | None) -> Decimal | None:
    """What the pump still gives, mL. VOL 0 pumps for ever (F7); of a strange program all may be left."""
    if volume_ml == 0:
        return None
    return max(volume_ml - (given_ml or 0), Decimal(0))


def reading_of(
    status: str, rate_ml_h: Decimal, volume_ml: Decimal, totals: Totals, alarms: frozenset[PumpAlarm]
) -> PumpReading:
    """One reading; a program of ours that ended by itself with its volume has reached its limit."""
    left_ml = limit_left_of(volume_ml, totals.given_ml())
    ended = status == RESET and totals.begun_ml is not None
    if ended and left_ml is not None and left_ml <= CAPABILITIES.counter_unit_at(totals.counter_ml):
        alarms |= {PumpAlarm.LIMIT_REACHED}
    return PumpReading(
        motion=MOTIONS[status],
        rate_ml_h=rate_ml_h,
        limit_left_ml=left_ml,
        counter_ml=totals.counter_ml,
        remote=True,
        alarms=alarms,
    )
