"""How much more than ordered may reach the patient, per fault (F38). Nothing here asks the daemon.

All figures are volumes in mL at the pump; a dose is the volume times the concentration that hangs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.protocols.plan import Plan
from drivers.registry import PUMPS
from drivers.values import PumpCapabilities
from simulators.bodies.pump_options import PumpOptions

ZERO = Decimal(0)
HOUR_S = Decimal(3600)
STOP_S = Decimal(2)
"""A STOP takes effect within this, on a link that answers."""
PUMP_STOP_S = PumpOptions().stop_s
LYING_UNITS = 10
RELEASE_ML = Decimal("0.5")


def flow_ml(rate_ml_h: Decimal, seconds: Decimal) -> Decimal:
    """What a rate gives in a time."""
    return rate_ml_h * seconds / HOUR_S


def run_out_ml(rate_ml_h: Decimal) -> Decimal:
    """What a motor still gives while it comes to rest."""
    return flow_ml(rate_ml_h, PUMP_STOP_S)


def rate_max_ml_h(plan: Plan) -> Decimal:
    """The highest rate of any step: where nobody knows which one runs when a STOP comes."""
    return max(step.rate_ml_h for step in plan.steps)


def release_ml() -> Decimal:
    """An occlusion that lets go."""
    return RELEASE_ML


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one model of pump (F38)."""

    pump: PumpCapabilities
    hand_s: Decimal = ZERO
    """How long a person at the pump takes to do what the screen says; 0 where the daemon drives it."""

    @property
    def unit_ml(self) -> Decimal:
        """What counter and limit are rounded to."""
        return max(self.pump.counter_unit_ml, self.pump.limit_step_ml)

    @property
    def poll_s(self) -> Decimal:
        """From one complete reading to the next: the pause and the exchanges of a reading."""
        return self.pump.poll_s + 3 * self.pump.reply_limit_s

    def margin_ml(self, plan: Plan, step: int) -> Decimal:
        """What a limit may grant beyond the plan: 30 s, a unit or three replies and 5 s; and its rounding."""
        rate = plan.step(step).rate_ml_h
        waits = flow_ml(rate, 3 * self.pump.reply_limit_s + 5)
        return max(flow_ml(rate, Decimal(30)), self.unit_ml, waits) + self.unit_ml

    def slice_ml(self, plan: Plan, step: int) -> Decimal:
        """The longest time anything runs unattended, and the motor's way to rest at its end."""
        rate = plan.step(step).rate_ml_h
        return flow_ml(rate, plan.rules.ceilings.unattended_max_min * 60) + run_out_ml(rate)

    def dead_ml(self, plan: Plan, step: int) -> Decimal:
        """Daemon, host or link dead: one slice and its margin, and no KVO."""
        return self.slice_ml(plan, step) + self.margin_ml(plan, step)

    def stop_ml(self, rate_ml_h: Decimal) -> Decimal:
        """STOP: rate x (2 s + the pump's own stop time), and the way of a person where one gives it (F27)."""
        return flow_ml(rate_ml_h, STOP_S + self.hand_s) + run_out_ml(rate_ml_h)

    def end_ml(self, volume_ml: Decimal, rate_ml_h: Decimal) -> Decimal:
        """Too much at a step's end: a unit or a hundredth; of a pump only read, a person's STOP too (F27)."""
        way_ml = self.stop_ml(rate_ml_h) if self.hand_s and self.pump.read_only else ZERO
        return max(self.rounding_ml(1), volume_ml / 100) + way_ml

    def hand_ml(self, found_ml_h: Decimal) -> Decimal:
        """START or more by hand: the disarm limit, and the rate found x (two polls + 2 s)."""
        return self.pump.limit_min_ml + flow_ml(found_ml_h, 2 * self.poll_s + STOP_S + self.hand_s)

    def lying_ml(self, volume_ml: Decimal = ZERO) -> Decimal:
        """A counter that lies: 10 units; over a large volume the pump's stated accuracy, which is no lie."""
        return max(
            LYING_UNITS * self.pump.counter_unit_ml, volume_ml * self.pump.accuracy / (1 - self.pump.accuracy)
        )

    def lies_ml(self, plan: Plan) -> Decimal:
        """In any step of a plan; where 10 units are little, a tenth of a step is what witnesses see (F25)."""
        return max(self.lying_ml(), max(step.volume_ml for step in plan.steps) / 10)

    def rounding_ml(self, programmings: int) -> Decimal:
        """One unit for each time the pump was programmed."""
        return programmings * self.unit_ml


DIANET = Bounds(PUMPS["dianet-star"].capabilities)
"""Of the pump that most stories have."""
