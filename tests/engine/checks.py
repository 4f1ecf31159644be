"""What must hold for every single decision of the engine, judged by arithmetic of its own."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.decide import Decision
from daemon.engine.evolve import evolve
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.transitions import WHY, allowed
from daemon.protocols.margin import margin_ml

P = Phase
AUTOMATIC = {P.INFUSING, P.WAITING_GATE, P.AWAITING_SOLUTION, P.SWITCHING}
AWAY = {P.HELD, P.OBSERVING, P.MANUAL, P.ABORTED}
GIVES = {ev.OrderKind.START, ev.OrderKind.CHANGE, ev.OrderKind.RENEW}


def check(before: RunState, given: inp.Input, decision: Decision, now: int) -> None:
    """All invariants of DESIGN section 3 that one decision can break."""
    state = before
    at = decision.state.at_ms
    for event in decision.events:
        after = evolve(state, event, at)
        if after.phase is not state.phase:
            assert after.phase in WHY[state.phase], f"F40: {state.phase} -> {after.phase} by {event}"
        if isinstance(event, ev.SettingOrdered):
            _order(after, event)
        if isinstance(event, ev.Resumed):
            _resumed(state, event)
        state = after
    assert state == decision.state, "replay == live (DESIGN 4)"
    assert allowed(before.phase, given, state.phase), f"F40: {before.phase} -> {state.phase} by {given}"
    _stops(before, decision)
    _silence(before, decision)
    _pending(decision.state)


def _order(state: RunState, order: ev.SettingOrdered) -> None:
    limit, rate = order.setting.limit_ml, order.setting.rate_ml_h
    assert limit is not None, "F7: an order without a volume limit"
    assert limit > 0, "F7: an order with a zero volume limit"
    if order.kind is ev.OrderKind.PROGRAM:
        _programmed(state, order)
        return
    if order.kind not in GIVES:
        smallest = state.fit(order.pump).caps.limit_min_ml
        assert limit == smallest, "F6: disarmed means the smallest limit"
        assert rate <= min(step.rate_ml_h for step in state.plan.steps), "F6: disarmed means the lowest rate"
        return
    assert state.phase is P.INFUSING, f"F8: {order.kind} ordered while {state.phase}"
    assert order.pump == state.pump_name == state.carrier(order.solution), "F23: another pump than the bag's"
    assert not any(one.pump.delivers for one in state.others.values()), "F23: two would deliver"
    assert all(one.pump.linked and one.pump.stopped for one in state.others.values()) or state.dwell_ms
    assert state.stop_ms is None, "F10: an order while a STOP stands"
    assert state.journal_ok, "DESIGN 3.1: an order while the record cannot be written"
    step = state.plan.step(order.step)
    assert order.step == state.step
    assert order.solution == step.solution == state.hung, "F13: an order for another bag than the one hung"
    assert rate <= step.rate_ml_h, "F1: a rate above the plan's step"
    if state.stretch is not None:
        _stretch(state, rate)
    rules = state.plan.rules
    dwell = Decimal(0)
    if state.dwell_ms is not None and rules.gate.dwell_max_min is not None:
        dwell = rate * rules.gate.dwell_max_min / 60
    else:
        assert not state.gate_shut, f"F5: {order.kind} ordered past a shut gate {state.gate_shut}"
    remainder = max(state.goal_ml - state.step_given().high, Decimal(0))
    most = remainder + dwell + margin_ml(step.rate_ml_h, state.caps, state.wire_factor)
    assert limit <= most + state.caps.limit_step_ml, f"F5: limit {limit} mL, at most {most} mL"
    assert limit <= rate * rules.ceilings.unattended_max_min / 60, "F5: limit beyond the unattended time"
    solution = state.plan.solution(order.solution)
    total = state.dose_given().high + limit * solution.concentration
    assert total <= rules.ceilings.max_total_dose, f"F11: {total} may be given"
    left = solution.volume_ml - state.bag_given(solution.id).high
    assert limit <= left + state.caps.limit_step_ml, "F11: a limit beyond what the bag holds"


def _programmed(state: RunState, order: ev.SettingOrdered) -> None:
    """F23: the pump that takes over is programmed while it stands, for the step that follows."""
    pump, step = state.view(order.pump), state.plan.step(order.step)
    assert state.phase in (P.INFUSING, P.SWITCHING)
    assert not pump.delivers
    assert order.solution == step.solution == state.hung_on(order.pump)
    assert order.setting.rate_ml_h <= step.rate_ml_h


def _stretch(state: RunState, rate_ml_h: Decimal) -> None:
    """F2: after a fraction was chosen less per hour flows than in the step before the one reacted to."""
    plan = state.plan
    before = plan.step(max(state.step - 1, 1))
    tolerated = before.rate_ml_h * plan.solution(before.solution).concentration
    most = max(choice.part for rule in plan.rules.resume for choice in rule.allow) * tolerated
    dose_rate = rate_ml_h * plan.solution(state.current.solution).concentration
    assert state.step > 1, "F2: a fraction where nothing was tolerated"
    assert dose_rate <= most, f"F2: {dose_rate} per hour, at most {most} was tolerated and ordered"


def _resumed(before: RunState, event: ev.Resumed) -> None:
    assert event.by.strip(), "F33: a resume without a name"
    assert before.stop_ms is None, "F10: resumed while a STOP stands"
    grade = before.hold.grade if before.hold else None
    lifted = before.plan.rules.patient.reaction.after_severe
    assert grade is None or grade.rank < 3 or lifted, "F22: a severe reaction was resumed"


def _stops(before: RunState, decision: Decision) -> None:
    stopped = any(isinstance(event, ev.StopOrdered) for event in decision.events)
    if before.phase is not P.HELD and decision.state.phase is P.HELD:
        assert stopped, "F6: a hold was entered without a STOP"
        assert all(not pump.delivers or pump.stop_ms is not None for _, pump in decision.state.pumps)
    if before.phase in OPEN and decision.state.phase is P.ABORTED:
        assert stopped, "F33: aborted without a STOP"


def _silence(before: RunState, decision: Decision) -> None:
    if before.phase in AUTOMATIC and decision.state.phase in AWAY:
        raised = [
            CATALOGUE[event.alarm].priority for event in decision.events if isinstance(event, ev.AlarmRaised)
        ]
        assert {Priority.HIGH, Priority.MEDIUM} & set(raised), "DESIGN 3.7: silently out of automatic"


def _pending(state: RunState) -> None:
    for _, pump in state.pumps:
        if pump.pending is not None and pump.pending.kind in GIVES:
            assert state.phase is P.INFUSING, f"F8: {pump.pending.kind} may still go out while {state.phase}"


def way_out(state: RunState, now: int) -> None:
    """DESIGN 3.14: one of resume, manual, abort is accepted within two acts."""
    from daemon.engine.decide import decide  # noqa: PLC0415 - only here is the engine itself asked

    if state.phase in (P.COMPLETED, P.ABORTED):
        return
    acts: tuple[inp.AnyAct, ...] = (
        inp.Abort("way-out-1", "nurse", "way out"),
        inp.GoManual("way-out-2", "nurse", "way out"),
    )
    taken = [
        event
        for act in acts
        for event in decide(state, act, now).events
        if isinstance(event, ev.ActTaken) and event.accepted
    ]
    wanted = 2 if state.phase in OPEN and state.phase is not P.MANUAL else 1
    assert len(taken) >= wanted, f"DESIGN 3.14: no way out of {state.phase}"
