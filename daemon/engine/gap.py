"""Drug-free time, and what the protocol orders for it (F19, F20)."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import patient_end
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import GapAction, GapRule, HoldCause


def current_ms(state: RunState, now: int) -> int:
    """The present drug-free time; 0 while delivery is proven."""
    if state.gap.open_from_ms is None:
        return 0
    return max(now - state.gap.open_from_ms, 0)


def proven_ms(state: RunState, now: int) -> int:
    """How long the drug is off for certain, by engine time, which stands while nobody counts (F20)."""
    since = state.gap.open_from_ms if state.gap.open_from_ms is not None else state.gap.proven_ms
    return max(now - since, 0) if since is not None else 0


def judged_ms(state: RunState, now: int) -> int:
    """The longer of the present gap and the drug-free time summed over the rolling window."""
    window_ms = int(state.plan.rules.gap.window_min * 60_000)
    begin = now - window_ms
    current = current_ms(state, now)
    within = sum(max(to - max(start, begin), 0) for start, to in state.gap.closed)
    return max(current, min(current, window_ms) + within)


def rule_for(state: RunState, gap_ms: int) -> GapRule:
    """The strictest rule whose closed interval holds this gap."""
    matching = [
        rule
        for rule in state.plan.rules.gap.rules
        if rule.from_min * 60_000 <= gap_ms and (rule.to_min is None or gap_ms <= rule.to_min * 60_000)
    ]
    return max(matching, key=lambda rule: rule.strictness)


def judge(state: RunState, now: int) -> GapRule:
    """What the protocol orders now; an unknown gap is judged as the strictest interval (F20)."""
    if state.gap.unknown:
        return max(state.plan.rules.gap.rules, key=lambda rule: rule.strictness)
    return rule_for(state, judged_ms(state, now))


def continue_left_ms(state: RunState, now: int) -> int | None:
    """Milliseconds until the gap stops being one that may simply go on; None = it never stops."""
    ends = [rule.to_min for rule in state.plan.rules.gap.rules if rule.action is GapAction.CONTINUE]
    if None in ends:
        return None
    longest = max((end for end in ends if end is not None), default=Decimal(0))
    return int(longest * 60_000) - judged_ms(state, now)


def settle(draft: Draft) -> None:
    """Close the gap once delivery has been proven again as long as ordered, and for one counter unit.

    So ends an unknown one too, also where the pump ran on and a person has confirmed what runs (F20).
    """
    gap = draft.state.gap
    observed = gap.open_from_ms is None and gap.unknown and draft.state.phase is Phase.INFUSING
    if gap.open_from_ms is None and not observed:
        return
    if gap.delivering_from_ms is None:
        _patient_end(draft)
        return
    proven = draft.state.pump.odometer.shown_ml - gap.delivering_from_ml
    proof_ms = int(draft.state.plan.rules.gap.proof_s * 1000)
    long_enough = draft.state.pump.read_ms - gap.delivering_from_ms >= proof_ms
    if long_enough and proven >= draft.state.unit_ml:
        begun = gap.delivering_from_ms if gap.open_from_ms is None else gap.open_from_ms
        switch = _switch(draft.state, begun, gap.delivering_from_ms)
        draft.emit(ev.GapClosed(begun, gap.delivering_from_ms, switch))
        draft.clear("gap_running")


def switch_limit_ms(state: RunState) -> int:
    """Drug-free time up to this, while another pump takes over, is no gap (F23)."""
    caps = [state.caps, *(one.fitted.caps for one in state.others.values())]
    return int(max(one.switch_limit_s for one in caps) * 1000 * state.wire_factor)


def _switch(state: RunState, from_ms: int, to_ms: int) -> bool:
    """The drug was off only because another pump took over, and no longer than that may take."""
    at = state.gap.switched_ms
    return at is not None and from_ms <= at <= to_ms and to_ms - from_ms <= switch_limit_ms(state)


def _patient_end(draft: Draft) -> None:
    """The pump runs, no drug reaches the patient: held once the gap orders more than was judged (F19)."""
    state = draft.state
    if state.phase is not Phase.INFUSING or not state.running:
        return
    if not patient_end.dry(state, state.pump.odometer):
        return
    rule = judge(state, draft.now)
    if rule.strictness > state.gap.granted:
        minutes = judged_ms(state, draft.now) // 60_000
        draft.hold(
            HoldCause.OPERATOR,
            say("patient_gap", minutes=minutes, action=rule.action),
        )
