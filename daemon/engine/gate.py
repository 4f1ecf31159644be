"""The gate: what must be true before a step may follow or a slice may be renewed (F5, F16)."""

from __future__ import annotations

from daemon.engine import beside, line_rules, matching, settling, sounding, vitals
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.values import PumpAlarm

STOPPING = frozenset(
    {
        PumpAlarm.OCCLUSION,
        PumpAlarm.AIR,
        PumpAlarm.DOOR_OPEN,
        PumpAlarm.EMPTY,
        PumpAlarm.SYRINGE,
        PumpAlarm.DRIP,
        PumpAlarm.BATTERY_EMPTY,
        PumpAlarm.RATE_INVALID,
        PumpAlarm.LIMIT_REACHED,
        PumpAlarm.TIME_END,
        PumpAlarm.KVO_END,
        PumpAlarm.KVO_RUNNING,
        PumpAlarm.REMOVED,
        PumpAlarm.POWER_RESET,
        PumpAlarm.PROGRAM_FAULT,
        PumpAlarm.UNKNOWN,
    }
)
"""Pump alarms after which nothing may be given more."""

WARNING = frozenset(
    {
        PumpAlarm.NEAR_EMPTY,
        PumpAlarm.BATTERY_LOW,
        PumpAlarm.PRESSURE_LOW,
        PumpAlarm.REMINDER,
        PumpAlarm.PCA_BUTTON,
        PumpAlarm.PCA_LIMIT,
    }
)
"""Pump alarms a person must know and the run survives: nobody's button belongs at this pump (F26)."""

_WATCHED = (
    Phase.CHECKING,
    Phase.INFUSING,
    Phase.OBSERVING,
    Phase.WAITING_GATE,
    Phase.AWAITING_SOLUTION,
    Phase.SWITCHING,
    Phase.HELD,
)


def assessment_due_ms(state: RunState) -> int | None:
    """When the next assessment is overdue."""
    if state.assessed_ms is None:
        return None
    return state.assessed_ms + int(state.plan.rules.assessment_every_min * 60_000)


def reasons(state: RunState, now: int) -> tuple[str, ...]:
    """Why the gate is shut, as stable codes; empty = open."""
    found = [
        *vitals.shut_reasons(state, now),
        *matching.shut_reasons(state, now),
        *sounding.shut_reasons(state),
    ]
    due = assessment_due_ms(state)
    if due is not None and now >= due:
        found.append("assessment:overdue")
    pump = state.pump
    if not pump.linked or pump.reading is None:
        found.append("pump:silent")
    elif not pump.reading.remote:
        found.append("pump:not_remote")
    if pump.reading is not None and not beside.done(state):
        found.extend(
            f"pump:{alarm}" for alarm in sorted(pump.reading.alarms & STOPPING) if _stops(state, alarm)
        )
    if pump.stop_ms is not None:
        found.append("pump:stop_not_confirmed")
    found.extend(beside.reasons(state, STOPPING))
    if not state.journal_ok:
        found.append("journal:broken")
    found.extend(line_rules.reasons(state, now))
    if state.begun and differs(state):
        found.append("volume:differs")
    if settling.unsettled(state):
        found.append("volume:unsettled")
    return tuple(found)


def _stops(state: RunState, alarm: PumpAlarm) -> bool:
    """A limit reached by a pump that stands waiting for its next order is history, not a fault."""
    return alarm is not PumpAlarm.LIMIT_REACHED or state.running


def differs(state: RunState) -> bool:
    """Time and volume disagree, judged over 10 counter units or at the step's end (F25)."""
    account, caps = state.account, state.caps
    enough = max(account.counter_ml, account.timed.low) >= 10 * state.unit_ml
    at_end = account.proven_ms >= state.goal_ms
    return (enough or at_end) and account.behind(state.unit_ml, caps.accuracy, state.late_ml)


def settle(draft: Draft) -> None:
    """Keep the gate's reasons in the state, and say so when they change."""
    state = draft.state
    shut = reasons(state, draft.now) if state.phase in _WATCHED else ()
    if shut != state.gate_shut:
        draft.emit(ev.GateShut(shut))
    if "volume:differs" in shut and state.phase is Phase.INFUSING:
        given = state.account
        draft.alarm(
            "volume_time_differ", say("counter_and_time", counter_ml=given.counter_ml, low=given.timed.low)
        )
    elif state.phase is Phase.INFUSING:
        draft.clear("volume_time_differ")
