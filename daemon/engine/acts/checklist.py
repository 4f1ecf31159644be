"""What is still missing before a start."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import gate
from daemon.engine.bedside import Check
from daemon.engine.matching import confirmed
from daemon.engine.pairing import wanted
from daemon.engine.standing import of
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import Grade


def checklist(state: RunState, now: int) -> tuple[str, ...]:
    """What is missing, in words; empty = the run may be started."""
    missing = []
    if not confirmed(state, Check.PATIENT, now):
        missing.append(say("missing_patient"))
    missing.extend(_unpaired(state, now))
    if not state.line_by or not confirmed(state, Check.LINE, now):
        missing.append(say("missing_valves" if state.others else "missing_line"))
    if not confirmed(state, Check.VITALS, now):
        missing.append(say("missing_vitals"))
    if not state.bedside.sound or not confirmed(state, Check.SOUND, now):
        missing.append(say("missing_sound"))
    missing.extend(told for name, _ in state.pumps if (told := _pump(state, name)))
    missing.extend(say("missing_classify", why=jump.why) for jump in state.doubts.jumps)
    shut = (code for code in gate.reasons(state, now) if code not in ("pump:silent", "other_pump:silent"))
    missing.extend(say("missing_gate", code=code) for code in shut)
    if state.watched.grade is Grade.SEVERE:
        missing.append(say("missing_severe"))
    missing.extend(told for name, _ in state.pumps for told in _beyond_pump(state, name))
    missing.extend(_linked(state))
    return tuple(missing)


def _unpaired(state: RunState, now: int) -> list[str]:
    """Pumps whose first bag was not read off together with their label, or too long ago (F13)."""
    found = []
    for name, _ in state.pumps:
        solution = wanted(state, name)
        at = state.bedside.paired_ms.get(name)
        fresh = at is not None and now - at <= int(state.plan.rules.checking.expires_min * 60_000)
        if solution and not (state.hung_on(name) == solution and fresh):
            found.append(say("missing_solution", solution=solution, pump=name))
    return found


def _pump(state: RunState, name: str) -> str:
    """Why this pump keeps the run from starting; empty = it does not."""
    pump = state.view(name)
    if not pump.linked or pump.reading is None:
        return of(state, name, say("missing_pump"))
    if pump.delivers:
        return of(state, name, say("missing_standstill", motion=pump.reading.motion))
    return ""


def _linked(state: RunState) -> list[str]:
    """Earlier runs of this order and the whole plan together are more than may be given (F11)."""
    most, plan = state.plan.rules.ceilings.max_total_dose, state.plan.total_dose
    earlier = state.linked.high
    if not earlier or earlier + plan <= most:
        return []
    left, unit = max(most - earlier, Decimal(0)), state.plan.dose_unit
    told = {"earlier": f"{earlier:.3f}", "plan": f"{plan:.3f}", "left": f"{left:.3f}", "unit": unit}
    return [say("missing_linked", **told)]


def _beyond_pump(state: RunState, name: str) -> list[str]:
    identity = state.view(name).identity
    rates = [step.rate_ml_h for step in state.plan.steps if state.carrier(step.solution) == name]
    if identity is None or not rates:
        return []
    low, high = identity.rate_min_ml_h, identity.rate_max_ml_h
    found = []
    if low is not None and min(rates) < low:
        found.append(say("missing_slow", limit=low, needed=min(rates)))
    if high is not None and max(rates) > high:
        found.append(say("missing_fast", limit=high, needed=max(rates)))
    return found
