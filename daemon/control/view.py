"""The state of a bed as data: what `status` prints, and what every page and feed is made from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from daemon.control import view_alarms, view_hand, view_line, view_stretch, view_watch
from daemon.control.doubts import doubts
from daemon.control.notices import notices
from daemon.control.todo import todo
from daemon.engine import gap, resume, slices
from daemon.engine.account import Span
from daemon.engine.bedside import Check
from daemon.engine.phases import OPEN, RUNNING
from daemon.engine.state import RunState
from daemon.protocols.plan import Step


def view(state: RunState, now: int) -> dict[str, Any]:
    """Everything a person or station may want to know, with Decimals exact; times in seconds."""
    return {
        "bed": state.bed,
        "simulated": state.simulated,
        "bench": state.bench,
        "speed": int(state.wire_factor),
        "screen": state.screen,
        "mode": state.mode.value,
        "authority": state.authority.value,
        "phase": state.phase.value,
        "phase_s": (now - state.phase_ms) // 1000,
        "elapsed_s": (now - state.started_ms) // 1000 if state.started_ms is not None else None,
        "protocol": {
            "id": state.plan.protocol_id,
            "title": state.plan.title,
            "drug": state.plan.drug,
            "sha256": state.plan.sha256,
            "file_sha256": state.file.sha256 or None,
            "signers": list(state.file.signers),
            "steps": len(state.plan.steps),
            "total_min": state.plan.total_minutes,
        },
        "step": _step(state, now),
        "next": _next(state),
        "dose": {
            **_span(state.dose_by(now)),
            "unit": state.plan.dose_unit,
            "target": state.plan.target_dose,
        },
        **view_line.accounts(state, now),
        "solutions": [_solution(state, solution.id, now) for solution in state.plan.solutions],
        "pump": _pump(state, state.pump_name, now),
        "pumps": [_pump(state, name, now) for name in _in_order(state)],
        "hand": view_hand.hand(state),
        "vitals": view_watch.vitals(state, now),
        **view_watch.watch(state, now),
        "line": view_line.line(state),
        "checks": {check.value: _checked_s(state, check, now) for check in Check},
        "sound": state.bedside.sound or None,
        "gate": list(state.gate_shut),
        "hold": _hold(state, now),
        "gap": _gap(state, now),
        "doubts": doubts(state),
        "alarms": view_alarms.alarms(state, now),
        "audio_pause": view_alarms.audio_pause(state, now),
        "notices": notices(state, now),
        "todo": todo(state, now),
        "started_by": list(state.started_by),
    }


def _span(span: Span) -> dict[str, Decimal]:
    return {"low": span.low, "high": span.high}


def _step(state: RunState, now: int) -> dict[str, Any]:
    step = state.current
    planned = {**_planned(step), **view_stretch.ordered(state)}
    left_ms = slices.left_ms(state) if state.begun else int(planned["minutes"] * 60_000)
    if state.phase in RUNNING and state.running:
        left_ms = max(left_ms - (now - state.pump.read_ms), 0)
    return {
        **planned,
        "stretch": view_stretch.stretch_of(state),
        "begun": state.begun,
        "goal_ml": state.goal_ml if state.begun else planned["volume_ml"],
        "given_ml": _span(state.step_given()) if state.begun else _span(Span(Decimal(0), Decimal(0))),
        "proven_s": state.account.proven_ms // 1000,
        "left_s": left_ms // 1000,
    }


def _next(state: RunState) -> dict[str, Any] | None:
    following = view_stretch.next_step(state)
    if following is None:
        return None
    repeated = view_stretch.ordered(state) if view_stretch.repeats(state) else {}
    return {**_planned(state.plan.step(following)), **repeated}


def _planned(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "solution": step.solution,
        "rate_ml_h": step.rate_ml_h,
        "dose_rate_h": step.dose_rate_h,
        "minutes": step.minutes,
        "volume_ml": step.volume_ml,
    }


def _solution(state: RunState, solution_id: str, now: int) -> dict[str, Any]:
    solution = state.plan.solution(solution_id)
    given = state.bag_given(solution_id)
    planned = sum((s.volume_ml for s in state.plan.steps if s.solution == solution_id), Decimal(0))
    return {
        "id": solution_id,
        "hung": state.hangs(solution_id),
        "pump": state.carrier(solution_id),
        "concentration": solution.concentration,
        "volume_ml": solution.volume_ml,
        "planned_ml": planned,
        "planned_dose": planned * solution.concentration,
        "given_ml": _span(given),
        "given_dose": _span(Span(given.low * solution.concentration, given.high * solution.concentration)),
        **view_line.bag(state, solution_id, now),
    }


def _checked_s(state: RunState, check: Check, now: int) -> int | None:
    """How long ago it was confirmed; None = it was not."""
    at = state.bedside.checked.get(check)
    return (now - at) // 1000 if at is not None else None


def _in_order(state: RunState) -> list[str]:
    """The pumps in the order in which the plan needs them."""
    places = {step.solution: step.number for step in reversed(state.plan.steps)}
    first = {
        name: min(
            (places[one] for one in state.fit(name).solutions if one in places), default=len(places) + 1
        )
        for name, _ in state.pumps
    }
    return sorted(first, key=lambda name: (first[name], name))


def _pump(state: RunState, name: str, now: int) -> dict[str, Any]:
    pump = state.view(name)
    reading = pump.reading
    return {
        "name": name,
        "model": state.fit(name).caps.model,
        "in_charge": name == state.pump_name,
        "solutions": list(state.fit(name).solutions),
        "hung": state.hung_on(name),
        "linked": pump.linked,
        "serial": pump.identity.serial if pump.identity is not None else None,
        "motion": reading.motion.value if reading is not None else None,
        "rate_ml_h": reading.rate_ml_h if reading is not None else None,
        "limit_left_ml": reading.limit_left_ml if reading is not None else None,
        "counter_ml": reading.counter_ml if reading is not None else None,
        "alarms": sorted(alarm.value for alarm in reading.alarms) if reading is not None else [],
        "mains": reading.mains if reading is not None else None,
        "read_s": (now - pump.read_ms) // 1000 if reading is not None else None,
        "approved_ml_h": pump.approved.rate_ml_h if pump.approved is not None else None,
        "uncertain": (pump.pending is not None and not state.advisory) or not pump.certain,
        "stop_since_s": (now - pump.stop_ms) // 1000 if pump.stop_ms is not None else None,
        "stop_confirmed": pump.stop_ms is None and pump.stopped,
        "disarmed": pump.disarmed,
        "programmed_ml_h": pump.programmed.rate_ml_h if pump.programmed is not None else None,
    }


def _hold(state: RunState, now: int) -> dict[str, Any] | None:
    if state.hold is None:
        return None
    options = resume.options(state, now)
    return {
        "since_s": (now - state.hold.since_ms) // 1000,
        "causes": sorted(cause.value for cause in state.hold.causes),
        "grade": state.hold.grade.value if state.hold.grade is not None else None,
        "reasons": list(state.hold.reasons),
        "allowed": [
            {
                "choice": str(choice),
                "step": resume.target_step(state, choice),
                "witness": resume.needs_witness(state, choice, now),
                "stretch": view_stretch.chosen(state, choice),
            }
            for choice in options.allowed
        ],
        "refused": list(options.refused),
    }


def _gap(state: RunState, now: int) -> dict[str, Any]:
    rule = gap.judge(state, now)
    left_ms = gap.continue_left_ms(state, now)
    standing = state.phase in OPEN and state.gap.open_from_ms is not None
    return {
        "current_s": gap.current_ms(state, now) // 1000 if standing else 0,
        "judged_s": None if state.gap.unknown else gap.judged_ms(state, now) // 1000,
        "action": f"{rule.action}={rule.steps}" if rule.steps else rule.action.value,
        "continue_left_s": left_ms // 1000 if left_ms is not None else None,
    }
