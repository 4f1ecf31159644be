"""Acts that end automatic driving: finish by hand, or the last bag is empty."""

from __future__ import annotations

from daemon.engine import course, occlusion
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts import doubtful, line
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.texts import code_for, say, say_to


def manual(draft: Draft, given: inp.GoManual) -> str:
    """The staff drives the pump; nothing is sent but a person's STOP (F8)."""
    if draft.state.phase not in OPEN or draft.state.started_ms is None:
        raise Refusal("phase", phase=draft.state.phase)
    if draft.state.phase is Phase.MANUAL:
        raise Refusal("already", phase=draft.state.phase)
    draft.clear_hold_alarms()
    draft.clear("hand_more", "observing", "gate_waiting")
    draft.emit(ev.PhaseEntered(Phase.MANUAL, f"{given.reason or 'manual'} ({given.by})"))
    draft.alarm("manual", given.reason or say("taken_over", by=given.by))
    return say_to("manual", by_hand=draft.state.advisory)


def confirm_empty(draft: Draft, given: inp.ConfirmEmpty) -> str:
    """An empty bag ends the step once as much of it is in as ordered; else it stays a hold (F30)."""
    state = draft.state
    if not course.may_be_empty(state):
        raise Refusal("not_empty")
    if state.stop_ms is not None:
        raise Refusal(code_for("stop_not_confirmed", by_hand=state.advisory))
    doubtful.witnesses(state, given.released)
    if given.released is False and occlusion.unanswered(state) and state.step < len(state.plan.steps):
        raise Refusal("pressure_given")
    doubtful.answer(draft, given)
    line.assume_flushed(draft)
    draft.clear_hold_alarms()
    course.end_empty(draft, given.by)
    over = draft.state.phase is Phase.AFTER_WATCH
    return say("bag_empty" if over else "bag_empty_next", step=draft.state.step)
