"""The first state of a run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from daemon.engine.account import Odometer
from daemon.engine.bedside import BedsideView
from daemon.engine.codes import BagCodes
from daemon.engine.fitted import Fitted
from daemon.engine.pump_view import PumpView
from daemon.engine.state import LimitView, RunState, Standby
from daemon.protocols.plan import Plan
from drivers.values import Authority


def opening(
    plan: Plan,
    pumps: Sequence[Fitted],
    *,
    bed: str,
    wire_factor: Decimal,
    simulated: bool,
    patient: str,
    codes: BagCodes,
    authority: Authority = Authority.CONTROL,
) -> RunState:
    """The state of a run that has just been opened; the pump of its first step is in charge."""
    first = plan.steps[0].solution if plan.steps else ""
    fitted = next((one for one in pumps if first in one.solutions), pumps[0])
    return RunState(
        plan=plan,
        fitted=fitted,
        bed=bed,
        wire_factor=wire_factor,
        simulated=simulated,
        pump=_unread(fitted),
        bedside=BedsideView(patient, codes),
        others={one.name: Standby(one, _unread(one)) for one in pumps if one is not fitted},
        limits=tuple(LimitView() for _ in plan.rules.limits),
        authority=authority,
    )


def _unread(fitted: Fitted) -> PumpView:
    return PumpView(odometer=Odometer.unread(fitted.caps.counter_unit_ml))
