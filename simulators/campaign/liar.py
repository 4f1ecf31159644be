"""A pump that does other than it says, while it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_CEILING, Decimal

from simulators.bodies.pump import PumpBody

ZERO = Decimal(0)


class Liar(PumpBody):
    """The body of a pump that lies; each lie is off until it is set."""

    counts = Decimal(1)
    """The share of what flows that its counter shows, from `counts_from_ml` on."""
    counts_from_ml = ZERO
    ignores: frozenset[str] = frozenset()
    """Of rate, limit, start and stop: what it accepts and does not do."""
    goes_at_ml_h: Decimal | None = None
    """It shows every rate it is given and goes at this one."""
    rate_up_ml_h = ZERO
    limit_up_ml = ZERO
    """It rounds up to the next multiple."""
    restarts = False
    """It goes on by itself once an occlusion lets go."""

    @property
    def counter_ml(self) -> Decimal:
        """What it shows."""
        unit = self.options.counter_unit_ml
        counted = (self.infused_ml - self.counts_from_ml) * self.counts
        return max(self.counts_from_ml + counted, ZERO) // unit * unit

    def set_rate(self, rate_ml_h: Decimal) -> None:
        """Take a rate, or say so."""
        if "rate" not in self.ignores:
            super().set_rate(_up(rate_ml_h, self.rate_up_ml_h))

    def set_limit(self, limit_ml: Decimal) -> None:
        """Take a limit, or say so."""
        if "limit" not in self.ignores:
            super().set_limit(_up(limit_ml, self.limit_up_ml))

    def start(self) -> bool:
        """Start, or say so."""
        return "start" in self.ignores or super().start()

    def stop(self) -> None:
        """Stop, or say so; its own volume limit stops it in any case."""
        if "stop" not in self.ignores or self.limit_ended:
            super().stop()

    def occlude(self, on: bool) -> None:
        """Clamp or free the line."""
        stood = self.flow_ml_h == 0 and self.tubing.clamped
        super().occlude(on)
        if self.restarts and stood and not on:
            super().start()

    def _aim(self, ramp_s: Decimal) -> None:
        shown, goes = self.rate_ml_h, self.goes_at_ml_h
        self.rate_ml_h = shown if goes is None or shown == 0 else goes
        super()._aim(ramp_s)
        self.rate_ml_h = shown


@contextmanager
def lying(pump: PumpBody) -> Iterator[Liar]:
    """The pump as a liar within the block; afterwards every lie but that of its counter is over."""
    pump.__class__ = Liar
    if not isinstance(pump, Liar):
        raise TypeError(f"{pump} is of another class")
    try:
        yield pump
    finally:
        pump.ignores, pump.goes_at_ml_h, pump.restarts = frozenset(), None, False
        pump.rate_up_ml_h = pump.limit_up_ml = ZERO


def _up(value: Decimal, step: Decimal) -> Decimal:
    if step <= 0:
        return value
    return (value / step).to_integral_value(ROUND_CEILING) * step
