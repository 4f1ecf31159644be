"""After a restart or a silence: is the pump doing exactly what the record says? See F17, F35."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.account import ZERO, volume_ml
from daemon.engine.draft import Draft
from daemon.engine.phases import RUNNING, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpReading

UNITS = 2
"""Counter and remaining limit may be this many units apart before it is an event of its own (F26)."""


def restarted(draft: Draft, given: inp.DaemonRestarted) -> None:
    """A new process: nothing is renewed until a person decides; what stood, stands held."""
    before = draft.state
    draft.emit(ev.Restarted(given.gap_known))
    if before.phase in (Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING):
        draft.hold(HoldCause.RESTART, say("restarted_standing"))
    elif before.phase in RUNNING:
        _resume_watch(draft, before)
    elif before.phase is Phase.HELD or before.stop_ms is not None:
        draft.stop(say("restarted_before_stop"))


def _resume_watch(draft: Draft, before: RunState) -> None:
    reason = _not_observable(before)
    if reason:
        draft.hold(HoldCause.RESTART, reason)
        return
    draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("service_restarted")))
    draft.alarm("observing", say("service_restarted"))


def _not_observable(state: RunState) -> str:
    """Why a run found in the journal may not even be observed; empty = it may (F10, F35)."""
    if state.stop_ms is not None:
        return say("stop_unconfirmed_before")
    if any(limit.beyond_ms is not None for limit in state.limits):
        return say("vital_beyond_before")
    if any(pump.pending is not None or pump.programmed is not None for _, pump in state.pumps):
        return say("setting_under_way_restart")
    if state.pump.approved is None:
        return say("none_confirmed_before")
    missing = [
        rule.signal
        for rule in state.plan.rules.signals
        if rule.baseline and rule.signal not in state.baseline
    ]
    if missing:
        return say("no_baseline", names=", ".join(missing))
    return ""


def compare(draft: Draft, given: inp.PumpRead) -> None:
    """First readback after a restart or a silence, before it is counted in."""
    if draft.state.phase not in RUNNING or draft.state.pump.stop_ms is not None:
        return
    reason = differs(draft.state, given.reading, draft.now)
    if reason:
        draft.hold(HoldCause.RESTART if draft.state.phase is Phase.OBSERVING else HoldCause.PUMP_LOST, reason)
        return
    if draft.state.phase is Phase.OBSERVING:
        draft.alarm("observing", say("runs_as_recorded"))


def differs(state: RunState, reading: PumpReading, now: int) -> str:
    """How the pump differs from the record; empty = it runs exactly as recorded."""
    approved = state.pump.approved
    if state.pump.pending is not None:
        return say("setting_under_way_silent")
    if approved is None or approved.limit_ml is None or state.pump.reading is None:
        return say("none_confirmed")
    if reading.motion is not Motion.INFUSING:
        return say("found_motion", motion=reading.motion)
    if reading.rate_ml_h != approved.rate_ml_h:
        return say("found_rate", found=reading.rate_ml_h, approved=approved.rate_ml_h)
    if reading.limit_left_ml is None:
        return say("found_without_limit")
    slack = tolerance_ml(state, approved.rate_ml_h)
    moved = reading.counter_ml - state.pump.reading.counter_ml
    expected = volume_ml(approved.rate_ml_h, now - state.pump.read_ms)
    most = expected * (1 + state.caps.accuracy) + slack
    least = expected * (1 - state.caps.accuracy) - slack
    if moved < max(least, ZERO) or moved > most:
        return say("counter_moved", moved=moved, expected=expected)
    shown = state.pump.odometer.shown_ml + moved
    left = approved.limit_ml - (shown - state.pump.approved_ml)
    at_least = approved.limit_ml - (shown - state.pump.ordered_ml)
    if not at_least - slack <= reading.limit_left_ml <= left + slack:
        return say("found_limit", limit_left_ml=reading.limit_left_ml, left=left)
    return ""


def ran_on(state: RunState, reading: PumpReading, now: int) -> bool:
    """The counter proves that the approved rate ran all through a time nobody watched (F19)."""
    return state.phase in RUNNING and not differs(state, reading, now)


def tolerance_ml(state: RunState, rate_ml_h: Decimal) -> Decimal:
    """How far two readings of one volume may be apart: two units, and what flows during one exchange."""
    answered_ms = int(3 * state.caps.reply_limit_s * 1000 * state.wire_factor)
    return UNITS * state.unit_ml + volume_ml(rate_ml_h, answered_ms)
