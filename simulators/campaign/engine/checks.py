"""What must hold for every single decision of the engine, judged by arithmetic of its own."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.decide import Decision, decide
from daemon.engine.evolve import evolve
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.transitions import WHY, allowed
from daemon.protocols.margin import margin_ml
from daemon.protocols.rules import GateAction
from simulators.campaign.broken import Broken

P = Phase
AUTOMATIC = {P.INFUSING, P.WAITING_GATE, P.AWAITING_SOLUTION, P.SWITCHING}
AWAY = {P.HELD, P.OBSERVING, P.MANUAL, P.ABORTED}
GIVES = {ev.OrderKind.START, ev.OrderKind.CHANGE, ev.OrderKind.RENEW}


def must(held: object, *words: object) -> None:
    """Broken, in these words, where it does not hold."""
    if not held:
        raise Broken("decision", " ".join(str(word) for word in words))


def check(before: RunState, given: inp.Input, decision: Decision, _now: int) -> None:
    """All invariants of DESIGN section 3 that one decision can break."""
    state = before
    at = decision.state.at_ms
    for event in decision.events:
        after = evolve(state, event, at)
        if after.phase is not state.phase:
            must(after.phase in WHY[state.phase], "F40:", state.phase, "->", after.phase, "by", event)
        if isinstance(event, ev.SettingOrdered):
            _order(after, event)
        if isinstance(event, ev.Resumed):
            _resumed(state, event)
        state = after
    must(state == decision.state, "replay == live (DESIGN 4)")
    must(allowed(before.phase, given, state.phase), "F40:", before.phase, "->", state.phase, "by", given)
    _stops(before, decision)
    _silence(before, decision)
    _pending(decision.state)


def _order(state: RunState, order: ev.SettingOrdered) -> None:
    limit, rate = order.setting.limit_ml or Decimal(0), order.setting.rate_ml_h
    must(limit > 0, "F7: an order without a volume limit, or with none above zero")
    if order.kind is ev.OrderKind.PROGRAM:
        _programmed(state, order)
        return
    if order.kind not in GIVES:
        smallest = state.fit(order.pump).caps.limit_min_ml
        must(limit == smallest, "F6: disarmed means the smallest limit")
        must(rate <= min(step.rate_ml_h for step in state.plan.steps), "F6: disarmed means the lowest rate")
        return
    must(state.phase is P.INFUSING, "F8:", order.kind, "ordered while", state.phase)
    must(order.pump == state.pump_name == state.carrier(order.solution), "F23: another pump than the bag's")
    must(not any(one.pump.delivers for one in state.others.values()), "F23: two would deliver")
    must(
        all(one.pump.linked and one.pump.stopped for one in state.others.values()) or state.dwell_ms,
        "F23: another pump may run",
    )
    must(state.stop_ms is None, "F10: an order while a STOP stands")
    must(state.journal_ok, "DESIGN 3.1: an order while the record cannot be written")
    step = state.plan.step(order.step)
    ahead = state.advisory and order.kind is ev.OrderKind.CHANGE and state.stretch is None
    must(order.step == state.step + ahead, "F23: an order for step", order.step, "in step", state.step)
    must(order.solution == step.solution == state.hung, "F13: an order for another bag than the one hung")
    must(rate <= step.rate_ml_h, "F1: a rate above the plan's step")
    if state.stretch is not None:
        _stretch(state, rate)
    _limit(state, order, rate, limit)


def _limit(state: RunState, order: ev.SettingOrdered, rate: Decimal, limit: Decimal) -> None:
    """F5, F11: what the step lacks and its margin, within unattended time, total dose and bag.

    A hand is told the next step while the one before runs on, and is granted an ordered dwell before (F27).
    """
    step, ahead = state.plan.step(order.step), order.step > state.step
    rules = state.plan.rules
    dwell = Decimal(0)
    if state.dwell_ms is not None and rules.gate.dwell_max_min is not None:
        dwell = rate * rules.gate.dwell_max_min / 60
    else:
        must(not state.gate_shut, "F5:", order.kind, "ordered past a shut gate", state.gate_shut)
        if state.advisory and rules.gate.when_closed is GateAction.DWELL:
            dwell = rate * (rules.gate.dwell_max_min or Decimal(0)) / 60
    given = Decimal(0) if ahead else state.step_given().high
    remainder = max((step.volume_ml if ahead else state.goal_ml) - given, Decimal(0))
    most = remainder + dwell + margin_ml(step.rate_ml_h, state.caps, state.wire_factor)
    must(limit <= most + state.caps.limit_step_ml, "F5: limit", limit, "mL, at most", most, "mL")
    must(limit <= rate * rules.ceilings.unattended_max_min / 60, "F5: limit beyond the unattended time")
    solution = state.plan.solution(order.solution)
    total = state.dose_given().high + limit * solution.concentration
    must(total <= rules.ceilings.max_total_dose, "F11:", total, "may be given")
    left = solution.volume_ml - state.bag_given(solution.id).high
    if state.until_empty:  # the upper bound may say empty before the lower one does (F30)
        left = max(left, Decimal(0))
    must(limit <= left + state.caps.limit_step_ml, "F11: a limit beyond what the bag holds")


def _programmed(state: RunState, order: ev.SettingOrdered) -> None:
    """F23: the pump that takes over is programmed while it stands, for the step that follows."""
    pump, step = state.view(order.pump), state.plan.step(order.step)
    must(state.phase in (P.INFUSING, P.SWITCHING), "F23: programmed while", state.phase)
    must(not pump.delivers, "F23: programmed while it delivers")
    must(order.solution == step.solution == state.hung_on(order.pump), "F23: another bag hangs")
    must(order.setting.rate_ml_h <= step.rate_ml_h, "F23: programmed above the plan's step")


def _stretch(state: RunState, rate_ml_h: Decimal) -> None:
    """F2: after a fraction was chosen less per hour flows than in the step before the one reacted to."""
    plan = state.plan
    before = plan.step(max(state.step - 1, 1))
    tolerated = before.rate_ml_h * plan.solution(before.solution).concentration
    most = max(choice.part for rule in plan.rules.resume for choice in rule.allow) * tolerated
    dose_rate = rate_ml_h * plan.solution(state.current.solution).concentration
    must(state.step > 1, "F2: a fraction where nothing was tolerated")
    must(dose_rate <= most, "F2:", dose_rate, "per hour, at most", most, "was tolerated and ordered")


def _resumed(before: RunState, event: ev.Resumed) -> None:
    must(event.by.strip(), "F33: a resume without a name")
    must(before.stop_ms is None, "F10: resumed while a STOP stands")
    grade = before.hold.grade if before.hold else None
    lifted = before.plan.rules.patient.reaction.after_severe
    must(grade is None or grade.rank < 3 or lifted, "F22: a severe reaction was resumed")


def _stops(before: RunState, decision: Decision) -> None:
    stopped = any(isinstance(event, ev.StopOrdered) for event in decision.events)
    if before.phase is not P.HELD and decision.state.phase is P.HELD:
        must(stopped, "F6: a hold was entered without a STOP")
        left = [name for name, pump in decision.state.pumps if pump.delivers and pump.stop_ms is None]
        must(not left, "F23: a hold sent no STOP to", left)
    if before.phase in OPEN and decision.state.phase is P.ABORTED:
        must(stopped, "F33: aborted without a STOP")


def _silence(before: RunState, decision: Decision) -> None:
    if before.phase in AUTOMATIC and decision.state.phase in AWAY:
        raised = [
            CATALOGUE[event.alarm].priority
            for event in decision.events
            if isinstance(event, ev.AlarmRaised | ev.AlarmReturned)
            and (view := decision.state.alarms.get(event.alarm)) is not None
            and view.acknowledged_ms is None
        ]
        must({Priority.HIGH, Priority.MEDIUM} & set(raised), "DESIGN 3.7: silently out of automatic")


def _pending(state: RunState) -> None:
    for _, pump in state.pumps:
        if pump.pending is not None and pump.pending.kind in GIVES:
            must(state.phase is P.INFUSING, "F8:", pump.pending.kind, "may still go out while", state.phase)


def way_out(state: RunState, now: int) -> None:
    """DESIGN 3.14: one of resume, manual, abort is accepted within two acts."""
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
    if len(taken) < wanted:
        raise Broken("way out", f"DESIGN 3.14: no way out of {state.phase}")
