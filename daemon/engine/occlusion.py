"""An occlusion: what was counted before it may lie in the set, and comes at once on release (F14)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import Choice, ChoiceKind, HoldCause
from drivers.values import Motion, PumpAlarm, PumpReading

RESTARTED = say("restarted_itself")


def notice(draft: Draft, before: RunState, name: str) -> None:
    """After a reading was counted in: an occlusion alarm that is new, or a restart after one.

    `before` looks at the pump that was read.
    """
    last, reading = before.pump.reading, draft.state.view(name).reading
    phase = draft.state.phase
    if reading is None or draft.state.started_ms is None or phase in (Phase.COMPLETED, Phase.ABORTED):
        return
    blocked = _blocked(reading)
    if blocked and not (last is not None and _blocked(last)):
        measured = before.commissioned
        draft.emit(ev.Occluded(measured.occlusion_ml, measured.release_bolus_ml, name))
        if phase in OPEN:
            draft.hold(HoldCause.PUMP_ALARM, say("occlusion_reported"))
    if phase in OPEN and _restarted(before, reading):
        draft.hold(HoldCause.HAND_CHANGE, RESTARTED)


def _blocked(reading: PumpReading) -> bool:
    return PumpAlarm.OCCLUSION in reading.alarms


def _restarted(before: RunState, reading: PumpReading) -> bool:
    """It runs although it reports an occlusion, or stood with one and was not told to start."""
    if reading.motion is Motion.STOPPED:
        return False
    pending = before.pump.pending
    starting = before.restarting or (pending is not None and pending.kind is ev.OrderKind.START)
    last = before.pump.reading
    stood = last is not None and _blocked(last) and last.motion is Motion.STOPPED
    return (_blocked(reading) or stood) and not starting


def unanswered(state: RunState) -> bool:
    """Nobody has said yet whether the pressure was released away from the patient."""
    return bool(state.doubts.pressure_of)


def at_most_back(sets: list[tuple[Choice, ...]], step: int, occluded: int) -> tuple[Choice, ...]:
    """After a release into the patient at most one step back is chosen; from step 1 to start over.

    Back from the step that was occluded, also where it has been counted as given since.
    """
    occluded = min(occluded, step) or step
    steps = step - occluded + 1
    least = Choice(ChoiceKind.BACK, steps) if occluded > 1 else Choice(ChoiceKind.START_OVER)
    further = {
        choice
        for allowed in sets
        for choice in allowed
        if choice.kind in _FURTHER and choice.strictness >= least.strictness
    }
    return tuple(sorted({least} | further, key=lambda choice: choice.strictness))


_FURTHER = (ChoiceKind.BACK, ChoiceKind.START_OVER)
