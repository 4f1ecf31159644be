"""Pumps that ought to stand: the others while one is in charge, and every one before and after the drug."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.gate import WARNING
from daemon.engine.phases import OPEN, Phase
from daemon.engine.pump_view import delivers
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import PumpAlarm, PumpReading


def of(state: RunState, name: str, detail: str) -> str:
    """What is said of one pump; it is named where there are several."""
    return f"{name}: {detail}" if state.others else detail


def judge(draft: Draft, name: str, reading: PumpReading) -> None:
    """A pump that is not in charge delivers: KVO, bolus and purge are drug too (F8, F23)."""
    phase = draft.state.phase
    if phase in (Phase.PLANNED, Phase.CHECKING):
        judge_unstarted(draft)
    elif phase in (Phase.MANUAL, Phase.COMPLETED, Phase.ABORTED) or not delivers(reading):
        return
    else:
        said = say("runs_beside", motion=reading.motion, rate_ml_h=reading.rate_ml_h)
        more(draft, name, said)


def judge_unstarted(draft: Draft) -> None:
    """A pump that runs before any run was started: not ours to stop, but said loudly."""
    running = [
        of(draft.state, name, say("runs_at", motion=pump.reading.motion, rate_ml_h=pump.reading.rate_ml_h))
        for name, pump in draft.state.pumps
        if pump.reading is not None and pump.delivers
    ]
    if running:
        draft.alarm("runs_unrecorded", "; ".join(running))
    else:
        draft.clear("runs_unrecorded")


def more(draft: Draft, name: str, detail: str) -> None:
    """More than approved by hand: STOP once; the second time the hand has won and the run is manual (F8)."""
    detail = of(draft.state, name, detail)
    if draft.state.view(name).hand_stops >= 1:
        if draft.state.phase is Phase.AFTER_WATCH:
            draft.alarm("hand_more", detail)
            return
        draft.clear_hold_alarms()
        draft.emit(ev.PhaseEntered(Phase.MANUAL, detail))
        draft.alarm("manual", detail)
        return
    draft.clear("hand_more")
    draft.alarm("hand_more", detail)
    if draft.state.phase in OPEN:
        draft.hold(HoldCause.HAND_CHANGE, detail)
    draft.emit(ev.HandOverruled(detail, name))
    if draft.state.view(name).stop_ms is None:
        draft.stop(detail)


def warn(draft: Draft) -> None:
    """What the pumps warn of by themselves, all of them in one alarm."""
    state = draft.state
    names = [
        of(state, name, ", ".join(found)) for name, _ in state.pumps if (found := _warnings(state, name))
    ]
    if state.phase in OPEN and names:
        draft.alarm("pump_warning", "; ".join(names))
    else:
        draft.clear("pump_warning")


def _warnings(state: RunState, name: str) -> list[str]:
    reading = state.view(name).reading
    if reading is None:
        return []
    near = state.current.until_empty and name == state.pump_name
    expected = {PumpAlarm.NEAR_EMPTY} if near else set()
    names = [alarm.value for alarm in sorted((reading.alarms & WARNING) - expected)]
    return names if reading.mains else [*names, say("on_battery")]
