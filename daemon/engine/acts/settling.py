"""Acts that end a doubt: about the counter, a step, the time the drug was off, the pump."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import course, gap, settling
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts import doubtful
from daemon.engine.acts.refusal import Refusal
from daemon.engine.doubts import Explanation, Settlement
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.texts import code_for, say

LONGEST_MIN = Decimal(525_600)
"""A year; more is a slip of the finger."""


def classify(draft: Draft, given: inp.ClassifyCounter) -> str:
    """Narrow the bounds of the oldest leap of the counter as far as the explanation is true (F26)."""
    state = draft.state
    if not state.doubts.jumps:
        raise Refusal("nothing_to_classify")
    if not given.text.strip():
        raise Refusal("no_text")
    jump = state.doubts.jumps[0]
    if given.how is Explanation.CLEARED and jump.rose:
        raise Refusal("not_cleared", counted=jump.counted_ml)
    caps, unit_ml = state.caps_of(jump.solution), state.unit_of(state.carrier(jump.solution))
    bounds = jump.explained(given.how, caps.accuracy, unit_ml)
    spared = max(jump.counted_ml - bounds.high, Decimal(0))
    draft.emit(ev.CounterExplained(given.how, bounds, spared, given.by, given.text))
    left = len(draft.state.doubts.jumps)
    low, high = f"{bounds.low:.2f}", f"{bounds.high:.2f}"
    if left:
        return say("classified_more", how=given.how, low=low, high=high, left=left)
    draft.clear("counter_broken")
    return say("classified", how=given.how, low=low, high=high)


def settle(draft: Draft, given: inp.SettleStep) -> str:
    """Credit a step whose bounds are apart at its end, or give what it lacks by the lower bound (F21)."""
    state = draft.state
    standing = state.phase in (Phase.HELD, Phase.WAITING_GATE)
    if not standing or state.stop_ms is not None or state.delivering or not settling.unsettled(state):
        raise Refusal("nothing_unsettled")
    if not given.reason.strip():
        raise Refusal("no_reason")
    doubtful.explained(state)
    step, missing = state.step, settling.missing_ml(state)
    if given.how is Settlement.CREDIT and step in state.doubts.credited:
        raise Refusal("credited_before", step=step)
    if given.how is Settlement.GIVE and step in state.doubts.regiven:
        raise Refusal("given_before", step=step)
    draft.emit(ev.StepSettled(step, given.how, missing, given.by, given.reason))
    draft.clear("step_unsettled", "volume_time_differ")
    if given.how is Settlement.GIVE:
        return say("giving", missing=f"{missing:.2f}", step=step)
    if course.credited(draft, given.by):
        return say("credited_last", step=step)
    return say("credited", step=step)


def enter_time(draft: Draft, given: inp.EnterTime) -> str:
    """Two persons' word for an unknown gap; never shorter than what is proven (F20)."""
    state, minutes = draft.state, given.minutes_ago
    if state.phase not in OPEN or state.started_ms is None:
        raise Refusal("phase", phase=state.phase)
    if not state.gap.unknown:
        raise Refusal("gap_known", minutes=gap.judged_ms(state, draft.now) // 60_000)
    if not minutes.is_finite() or not 0 <= minutes <= LONGEST_MIN:
        raise Refusal("time_odd", given=minutes)
    proven_ms = gap.proven_ms(state, draft.now)
    ago_ms = int(minutes * 60_000)
    if ago_ms < proven_ms:
        raise Refusal("time_short", least=f"{Decimal(proven_ms) / 60_000:.1f}", given=minutes)
    draft.emit(ev.TimeEntered(ago_ms, given.by, given.witness))
    rule = gap.judge(draft.state, draft.now)
    action = f"{rule.action}={rule.steps}" if rule.steps else rule.action.value
    return say("time_entered", minutes=minutes, action=action)


def replace_pump(draft: Draft, given: inp.ReplacePump) -> str:
    """Another pump in the place of the run's own: held, standing, and the one that answers now (F26)."""
    state = draft.state
    if state.phase is not Phase.HELD:
        raise Refusal("not_held", phase=state.phase)
    serial = given.serial.strip()
    answering = {
        pump.identity.serial: name for name, pump in state.pumps if pump.linked and pump.identity is not None
    }
    name = answering.get(serial)
    if name is None:
        raise Refusal("serial_not_answering", given=given.serial, answers=", ".join(answering) or "none")
    pump = state.view(name)
    if serial == pump.own_serial:
        raise Refusal("same_pump", own=pump.own_serial)
    if state.stop_ms is not None or not pump.stopped or pump.read_serial != serial:
        raise Refusal(code_for("stop_not_confirmed", by_hand=state.advisory))
    draft.emit(ev.PumpReplaced(serial, given.by, given.witness, name))
    return say("pump_replaced", serial=serial)
