"""What is still missing before a start."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import gate
from daemon.engine.bedside import Check
from daemon.engine.matching import confirmed
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import Grade
from drivers.values import Motion


def checklist(state: RunState, now: int) -> tuple[str, ...]:
    """What is missing, in words; empty = the run may be started."""
    missing = []
    first = state.plan.step(1).solution
    if not confirmed(state, Check.PATIENT, now):
        missing.append(say("missing_patient"))
    if state.hung != first or not confirmed(state, Check.SOLUTION, now):
        missing.append(say("missing_solution", solution=first, pump=state.pump_name))
    if not state.line_by or not confirmed(state, Check.LINE, now):
        missing.append(say("missing_line"))
    if not confirmed(state, Check.VITALS, now):
        missing.append(say("missing_vitals"))
    if not state.bedside.sound or not confirmed(state, Check.SOUND, now):
        missing.append(say("missing_sound"))
    pump = state.pump
    if not pump.linked or pump.reading is None:
        missing.append(say("missing_pump"))
    elif pump.reading.motion is not Motion.STOPPED:
        missing.append(say("missing_standstill", motion=pump.reading.motion))
    missing.extend(say("missing_classify", why=jump.why) for jump in state.doubts.jumps)
    shut = (code for code in gate.reasons(state, now) if code != "pump:silent")
    missing.extend(say("missing_gate", code=code) for code in shut)
    if state.watched.grade is Grade.SEVERE:
        missing.append(say("missing_severe"))
    missing.extend(_beyond_pump(state))
    missing.extend(_linked(state))
    return tuple(missing)


def _linked(state: RunState) -> list[str]:
    """Earlier runs of this order and the whole plan together are more than may be given (F11)."""
    most, plan = state.plan.rules.ceilings.max_total_dose, state.plan.total_dose
    earlier = state.linked.high
    if not earlier or earlier + plan <= most:
        return []
    left, unit = max(most - earlier, Decimal(0)), state.plan.dose_unit
    told = {"earlier": f"{earlier:.3f}", "plan": f"{plan:.3f}", "left": f"{left:.3f}", "unit": unit}
    return [say("missing_linked", **told)]


def _beyond_pump(state: RunState) -> list[str]:
    identity = state.pump.identity
    if identity is None:
        return []
    rates = [step.rate_ml_h for step in state.plan.steps]
    low, high = identity.rate_min_ml_h, identity.rate_max_ml_h
    found = []
    if low is not None and min(rates) < low:
        found.append(say("missing_slow", limit=low, needed=min(rates)))
    if high is not None and max(rates) > high:
        found.append(say("missing_fast", limit=high, needed=max(rates)))
    return found
