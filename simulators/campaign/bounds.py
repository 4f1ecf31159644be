"""How much more than ordered may reach the patient, per fault (F38). Nothing here asks the daemon.

All figures are volumes in mL at the pump; a dose is the volume times the concentration that hangs.
"""

from __future__ import annotations

from decimal import Decimal

from daemon.protocols.plan import Plan
from drivers.registry import PUMPS
from drivers.values import PumpCapabilities
from simulators.bodies.pump_options import PumpOptions

ZERO = Decimal(0)
HOUR_S = Decimal(3600)
PUMP: PumpCapabilities = PUMPS["dianet-star"].capabilities
STOP_S = Decimal(2)
"""A STOP takes effect within this, on a link that answers."""
PUMP_STOP_S = PumpOptions().stop_s
UNIT_ML = max(PUMP.counter_unit_ml, PUMP.limit_step_ml)
LYING_UNITS = 10
RELEASE_ML = Decimal("0.5")


def flow_ml(rate_ml_h: Decimal, seconds: Decimal) -> Decimal:
    """What a rate gives in a time."""
    return rate_ml_h * seconds / HOUR_S


def margin_ml(plan: Plan, step: int) -> Decimal:
    """What a limit may grant beyond the plan: 30 s, a unit or three replies and 5 s; and its rounding."""
    rate = plan.step(step).rate_ml_h
    return max(flow_ml(rate, Decimal(30)), UNIT_ML, flow_ml(rate, 3 * PUMP.reply_limit_s + 5)) + UNIT_ML


def slice_ml(plan: Plan, step: int) -> Decimal:
    """The longest time anything runs unattended, and the motor's way to rest at its end."""
    rate = plan.step(step).rate_ml_h
    return flow_ml(rate, plan.rules.ceilings.unattended_max_min * 60) + run_out_ml(rate)


def dead_ml(plan: Plan, step: int) -> Decimal:
    """Daemon, host or link dead: one slice and its margin, and no KVO."""
    return slice_ml(plan, step) + margin_ml(plan, step)


def run_out_ml(rate_ml_h: Decimal) -> Decimal:
    """What a motor still gives while it comes to rest."""
    return flow_ml(rate_ml_h, PUMP_STOP_S)


def rate_max_ml_h(plan: Plan) -> Decimal:
    """The highest rate of any step: where nobody knows which one runs when a STOP comes."""
    return max(step.rate_ml_h for step in plan.steps)


def stop_ml(rate_ml_h: Decimal) -> Decimal:
    """STOP: rate x (2 s + the pump's own stop time)."""
    return flow_ml(rate_ml_h, STOP_S) + run_out_ml(rate_ml_h)


def hand_ml(found_ml_h: Decimal) -> Decimal:
    """START or more by hand: the disarm limit, and the rate found x (two polls + 2 s)."""
    return PUMP.limit_min_ml + flow_ml(found_ml_h, 2 * poll_s() + STOP_S)


def poll_s() -> Decimal:
    """From one complete reading to the next: the pause and the exchanges of a reading."""
    return PUMP.poll_s + 3 * PUMP.reply_limit_s


def lying_ml(volume_ml: Decimal = ZERO) -> Decimal:
    """A counter that lies: 10 units; over a large volume the pump's stated accuracy, which is no lie."""
    return max(LYING_UNITS * PUMP.counter_unit_ml, volume_ml * PUMP.accuracy / (1 - PUMP.accuracy))


def release_ml() -> Decimal:
    """An occlusion that lets go."""
    return RELEASE_ML


def rounding_ml(programmings: int) -> Decimal:
    """One unit for each time the pump was programmed."""
    return programmings * UNIT_ML
