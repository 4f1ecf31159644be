"""A reaction enters the record, whatever the phase, and prolongs the watch over the patient (F22)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Grade, HoldCause

MS_PER_HOUR = 3_600_000
MS_PER_MIN = 60_000


def watch_until_ms(state: RunState) -> int:
    """When the after-watch is over: as ordered after the last step, and after a reaction for longer (F22)."""
    rules = state.plan.rules
    ordered_ms = int(rules.after_watch_min * MS_PER_MIN)
    ended = state.ended_ms if state.ended_ms is not None else state.phase_ms
    until = ended + ordered_ms
    if state.last_reaction_ms is None:
        return until
    last_drug = max(ended, state.gap.proven_ms or ended)
    late = last_drug + int(rules.patient.reaction.late_h * MS_PER_HOUR)
    return max(until, state.last_reaction_ms + ordered_ms, late)


def step_at(state: RunState, at: int) -> int:
    """The step that gave drug at an earlier time, never a later one than now."""
    earlier = [step for begun, step in state.watched.begun if begun <= at]
    first = state.watched.begun[0][1] if state.watched.begun else state.reacted_step
    return min(earlier[-1] if earlier else first, state.reacted_step)


def noticed(draft: Draft, grade: Grade, reason: str, since: int, sign: str) -> None:
    """A value at a limit, crossed long enough at `since`, that the protocol calls a reaction.

    What says nothing new is one reaction; what began after the last alarm is another one.
    """
    if not _new(draft.state, grade) and not _anew(draft.state, since):
        return
    record(
        draft,
        ev.ReactionRecorded(
            symptoms=(),
            grade=grade,
            tapped=None,
            scale=draft.state.plan.rules.grade_scale,
            epinephrine=False,
            by="",
            text=reason,
            minutes_ago=0,
            step=draft.state.reacted_step,
        ),
        reason,
        since,
        sign,
    )


def _anew(state: RunState, since: int) -> bool:
    driven = state.phase in OPEN and state.phase is not Phase.MANUAL
    said = state.alarms.get("held_reaction" if driven else "reaction_late")
    return said is None or said.raised_ms < since


def _new(state: RunState, grade: Grade) -> bool:
    if state.phase in OPEN:
        hold = state.hold
        if hold is None or HoldCause.REACTION not in hold.causes:
            return True
        return hold.grade is None or grade.rank > hold.grade.rank
    known = state.watched.grade
    return "reaction_late" not in state.alarms or known is None or grade.rank > known.rank


def record(
    draft: Draft, event: ev.ReactionRecorded, reason: str, since: int | None = None, sign: str = ""
) -> None:
    """Where the run is open a cause to stand still, everywhere an alarm and a longer watch.

    `since` is when a limit showed it; None where a person told it.
    """
    worse = _new(draft.state, event.grade)
    draft.emit(event)
    draft.hold(HoldCause.REACTION, reason, grade=event.grade, by=event.by, since=since, sign=sign)
    phase = draft.state.phase
    if phase in OPEN and phase is not Phase.MANUAL:
        return
    if worse:
        draft.clear("reaction_late")
    draft.alarm_anew("reaction_late", reason, since, sign)
    if phase is Phase.COMPLETED:
        draft.emit(ev.PhaseEntered(Phase.AFTER_WATCH, reason))
