"""Acts that give less drug: they act first and ask afterwards (F33)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.hand_view import STOP_OVERDUE
from daemon.engine.phases import Phase
from daemon.engine.texts import say, say_to
from daemon.protocols.rules import HoldCause


def hold(draft: Draft, given: inp.HoldNow) -> str:
    """STOP, whatever the phase."""
    reason = given.reason or say("stop_pressed")
    draft.hold(HoldCause.OPERATOR, reason, by=given.by)
    if any(pump.stop_ms is None for _, pump in draft.state.pumps):
        draft.stop(reason)
    return say_to("stop_sent", by_hand=draft.state.advisory)


def abort(draft: Draft, given: inp.Abort) -> str:
    """STOP at once; the run is over only with a name."""
    state = draft.state
    if state.phase in (Phase.COMPLETED, Phase.ABORTED):
        raise Refusal("already", phase=state.phase)
    reason = given.reason or "abort"
    draft.stop(reason)
    if not given.by.strip():
        draft.hold(HoldCause.OPERATOR, reason)
        return say_to("stop_sent_held", by_hand=state.advisory)
    draft.clear(*tuple(a for a in draft.state.alarms if a not in STOP_OVERDUE))
    draft.emit(ev.PhaseEntered(Phase.ABORTED, f"{reason} ({given.by})"))
    draft.alarm("aborted", reason)
    return say_to("aborted", by_hand=state.advisory)


def confirm_stopped(draft: Draft, given: inp.ConfirmStopped) -> str:
    """A named person's word stands for the readback (F10)."""
    waiting = [name for name, pump in draft.state.pumps if pump.stop_ms is not None]
    name = given.pump.strip() or (waiting[0] if len(waiting) == 1 else "")
    if not waiting:
        raise Refusal("no_stop_waiting")
    if name not in waiting:
        raise Refusal("which_pump", pumps=", ".join(waiting))
    draft.emit(ev.StopConfirmed(say("stopped_by_person", by=given.by), name))
    if draft.state.stop_ms is None:
        draft.clear(*STOP_OVERDUE, "press_stop")
    return say("stopped_by_hand")
