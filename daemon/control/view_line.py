"""The drug line and the bags as data: what is where, what reached the patient, which account counts (F39)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from daemon.engine import line_rules, totals
from daemon.engine.account import ZERO, Span
from daemon.engine.state import RunState

_PLACES = Decimal("0.001")


def _span(span: Span) -> dict[str, Decimal]:
    return {"low": span.low, "high": span.high}


def accounts(state: RunState, now: int) -> dict[str, Any]:
    """Dose that reached the patient beside what left the pump, and which of the two decides."""
    reached = totals.exposure_by(state, now)
    worse = "patient" if reached.high > state.dose_by(now).high else "pump"
    return {"exposure": _span(reached), "worse": worse, "linked": _span(state.linked)}


def line(state: RunState) -> dict[str, Any] | None:
    """What the drug line still holds: it must not be flushed into the patient (F3)."""
    solution = state.hung_solution()
    if solution is None:
        return None
    held, rest = totals.held(state), line_rules.stronger(state)
    return {
        "solution": held.strongest.solution or solution.id,
        "dead_volume_ml": held.volume_ml,
        "dose": _span(held.dose),
        "drug_free_ml": held.dry_ml,
        "primed": state.line.primed.get(solution.id, solution.primed),
        "flush_asked": state.line.asked and held.dose.high > ZERO,
        "to_clear_ml": rest.volume_ml if rest is not None and not state.running else None,
    }


def bag(state: RunState, solution_id: str, now: int) -> dict[str, Any]:
    """The rest of a bag's account: what it holds for certain, what else was drawn, until when it is good."""
    solution, expires_ms = state.plan.solution(solution_id), state.expires_ms.get(solution_id)
    discarded = state.line.discarded_ml.get(solution_id, ZERO)
    return {
        "left_ml": max(solution.volume_ml - state.bag_drawn_ml(solution_id), ZERO),
        "primed_ml": state.line.primed_ml.get(solution_id, ZERO),
        "discarded_ml": discarded + state.doubts.wasted_ml.get(solution_id, ZERO),
        "expires_s": (expires_ms - now) // 1000 if expires_ms is not None else None,
    }


def held_sentence(state: RunState) -> str:
    """What the line holds, as every text of a hold says it (F3); empty where it holds no drug."""
    held = totals.held(state)
    if not held.dose.high:
        return ""
    dose = held.dose.high.quantize(_PLACES)
    unit, name = state.plan.dose_unit, held.strongest.solution
    return f"The line still holds {held.volume_ml} mL with up to {dose} {unit} of {name}."
