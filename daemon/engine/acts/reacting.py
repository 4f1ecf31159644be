"""Acts about a reaction: anybody tells it, in any phase; only the prescriber lowers its grade (F22, F33)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import reactions, vitals
from daemon.engine.acts import persons
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.texts import say, say_to
from daemon.protocols import grading
from daemon.protocols.rules import Grade, HoldCause

LONGEST_AGO_MIN = 1_440
"""A reaction of the day before belongs to no step of this run."""


def reaction(draft: Draft, given: inp.ReportReaction) -> str:
    """A reaction is taken in every phase, also hours after the end; the higher grade holds (F22)."""
    scale = draft.state.plan.rules.grade_scale
    strange = grading.unknown(scale, given.symptoms)
    if strange:
        known = ", ".join(grading.SCALES[scale])
        raise _not_recorded(draft, given, "unknown_symptom", strange=", ".join(strange), known=known)
    if not 0 <= given.minutes_ago <= LONGEST_AGO_MIN:
        raise _not_recorded(draft, given, "minutes_ago", most=LONGEST_AGO_MIN)
    grade = grading.graded(scale, given.symptoms, given.grade, epinephrine=given.epinephrine)
    if grade is None:
        raise _not_recorded(draft, given, "nothing_graded")
    said = [*map(grading.spelt, given.symptoms), *(["epinephrine given"] if given.epinephrine else [])]
    ago = f", {given.minutes_ago} min ago" if given.minutes_ago else ""
    told = "; ".join(part for part in (", ".join(said), given.text.strip()) if part)
    reason = f"{grade} reaction ({scale}) reported by {given.by or 'unnamed'}{ago}: {told or 'no details'}"
    reactions.record(draft, _event(draft, given, grade), reason)
    if draft.state.phase is Phase.HELD:
        return say_to("stop_sent_reaction", by_hand=draft.state.advisory, grade=grade, scale=scale)
    return say("reaction_recorded", grade=grade, scale=scale)


def _event(draft: Draft, given: inp.ReportReaction, grade: Grade) -> ev.ReactionRecorded:
    state = draft.state
    onset = draft.now - given.minutes_ago * reactions.MS_PER_MIN
    return ev.ReactionRecorded(
        symptoms=tuple(map(grading.spelt, given.symptoms)),
        grade=grade,
        tapped=given.grade,
        scale=state.plan.rules.grade_scale,
        epinephrine=given.epinephrine,
        by=given.by,
        text=given.text,
        minutes_ago=given.minutes_ago,
        step=reactions.step_at(state, onset) if given.minutes_ago else state.reacted_step,
    )


def _not_recorded(draft: Draft, given: inp.ReportReaction, code: str, **values: object) -> Refusal:
    """Whatever is wrong with the words, the drug stops first and is asked about afterwards (F33)."""
    done = ""
    if draft.state.phase in OPEN and draft.state.phase is not Phase.MANUAL:
        draft.hold(HoldCause.OPERATOR, say("reaction_ungraded"), by=given.by)
        done = say_to("stopped_first", by_hand=draft.state.advisory)
    return Refusal(code, done=done, **values)


def correct_grade(draft: Draft, given: inp.CorrectGrade) -> str:
    """The prescriber and a second person lower a grade; both versions stay on record (F32, F33)."""
    state = draft.state
    persons.need_prescriber(given.by, state.plan.ordered_by)
    if not given.reason.strip():
        raise Refusal("no_reason")
    held = state.hold if state.hold is not None and state.hold.grade is not None else None
    was = held.grade if held is not None else state.watched.grade
    if was is None:
        raise Refusal("no_grade")
    if given.grade.rank >= was.rank:
        raise Refusal("grade_not_lower", was=was, grade=given.grade)
    given_ms = state.watched.epinephrine_ms
    if given_ms is not None and (held is None or given_ms >= held.since_ms):
        raise Refusal("epinephrine_given")
    worse = vitals.worse_than(state, given.grade, draft.now)
    if worse:
        raise Refusal("limit_stands", grade=given.grade, limits="; ".join(worse))
    scale = state.plan.rules.grade_scale
    draft.emit(ev.GradeCorrected(was, given.grade, scale, given.reason, given.by, given.witness))
    return say("grade_corrected", was=was, grade=given.grade, scale=scale)
