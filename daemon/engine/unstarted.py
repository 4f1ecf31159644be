"""A pump that alarms before it is started: after that nothing goes on by itself, a person does (F16, F33)."""

from __future__ import annotations

from daemon.engine.draft import Draft
from daemon.engine.gate import STOPPING
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpAlarm


def judge(draft: Draft, name: str) -> None:
    """After a reading of this pump: held where a START would follow as soon as the alarm is over.

    A pump set by hand is started by a hand; a limit it reached before is history.
    """
    state, reading = draft.state, draft.state.view(name).reading
    if reading is None or reading.motion is not Motion.STOPPED or not _starts_by_itself(state, name):
        return
    alarms = reading.alarms & STOPPING - {PumpAlarm.LIMIT_REACHED}
    if alarms:
        names = ", ".join(sorted(alarm.value for alarm in alarms))
        draft.hold(HoldCause.PUMP_ALARM, say("alarm_before_start", names=names))


def _starts_by_itself(state: RunState, name: str) -> bool:
    """Nobody has to do anything any more before this pump is started."""
    solution = state.current.solution
    if state.advisory or name != state.carrier(solution):
        return False
    match state.phase:
        case Phase.INFUSING:
            return state.pump.approved is None or state.restarting
        case Phase.SWITCHING:
            return True
        case Phase.WAITING_GATE:
            return state.hangs(solution)
        case Phase.AWAITING_SOLUTION:
            return state.hangs(solution) and bool(state.line_by)
        case _:
            return False
