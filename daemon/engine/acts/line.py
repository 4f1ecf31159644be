"""Acts at the drug line: connected, replaced, cleared, flushed; and what a bag needs before it hangs."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import line_rules, totals
from daemon.engine.account import MS_PER_HOUR
from daemon.engine.acts import doubtful
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.line import FlushTo, Handling
from daemon.engine.state import RunState
from daemon.engine.texts import say


def confirm_line(draft: Draft, given: inp.ConfirmLine) -> str:
    """Second access, clamp and cuff; replaced or cleared where a stronger drug is in the line (F4)."""
    state, handling = draft.state, given.handling
    cleared_ml = given.cleared_ml if handling is Handling.CLEARED else given.cleared_ml * 0
    if handling is not Handling.CONNECTED:
        if state.delivering:
            raise Refusal("line_running")
        doubtful.explained(state)
        _flush_answered(state)
    if handling is Handling.CLEARED and cleared_ml <= 0:
        raise Refusal("cleared_volume")
    if state.others and not given.valves:
        raise Refusal("no_valves")
    rest = line_rules.stronger(state)
    if rest is not None and handling is Handling.CONNECTED:
        raise Refusal("line_stronger", holds=rest.solution, needed=state.current.solution, ml=rest.volume_ml)
    if rest is not None and handling is Handling.CLEARED and cleared_ml < rest.volume_ml:
        raise Refusal("cleared_too_little", cleared=cleared_ml, ml=rest.volume_ml)
    draft.emit(ev.LineConfirmed(given.by, handling, cleared_ml, given.valves))
    return say(f"line_{handling}", ml=cleared_ml)


def flush(draft: Draft, given: inp.FlushLine) -> str:
    """Where a flush of the line went; it is a fact, whatever the phase (F3)."""
    state, to = draft.state, given.to
    if state.line.hung is None:
        raise Refusal("nothing_hung")
    if to is FlushTo.NOBODY and not state.line.asked:
        raise Refusal("flush_not_asked")
    if (to is FlushTo.NOBODY) != (given.volume_ml == 0) or given.volume_ml < 0:
        raise Refusal("flush_volume")
    if to is not FlushTo.NOBODY:
        doubtful.explained(state)
    draft.emit(ev.LineFlushed(to, given.volume_ml, given.by, known=True))
    return say(f"flushed_{to}", ml=given.volume_ml)


def assume_flushed(draft: Draft) -> None:
    """Nobody said whether the line was flushed in this hold: its whole content counts as given (F3)."""
    state = draft.state
    line = totals.held(state)
    if state.line.asked and line.dose.high > 0:
        draft.emit(ev.LineFlushed(FlushTo.PATIENT, line.volume_ml, "", known=False))


def check_bag(state: RunState, needed: str, given: inp.ConfirmSolution) -> None:
    """Refusal for a bag too old, a line not clear of a stronger one, a leap not explained (F4, F11, F26).

    `state` with the pump in charge on which the bag is hung.
    """
    doubtful.explained(state)
    solution = state.plan.solution(needed)
    if given.made_min < 0:
        raise Refusal("bag_made_ahead", solution=solution.id)
    left_min = solution.stable_h * 60 - given.made_min
    if left_min <= 0:
        raise Refusal("bag_expired", solution=solution.id, stable=solution.stable_h, made=given.made_min)
    needed_ms = line_rules.needed_ms(state, solution.id, state.step, rest=state.begun)
    if needed_ms > left_min * 60_000:
        hours = round(left_min / 60, 1)
        hours_needed = round(needed_ms / MS_PER_HOUR, 1)
        raise Refusal("bag_expires", solution=solution.id, left=hours, needed=hours_needed)
    rest = line_rules.stronger(state) if needed == state.current.solution else None
    if rest is not None:
        raise Refusal("line_stronger", holds=rest.solution, needed=solution.id, ml=rest.volume_ml)
    if given.primed and state.hung is not None:
        _flush_answered(state)


def _flush_answered(state: RunState) -> None:
    """What is done to the line would hide whether it was flushed before."""
    if state.line.asked and totals.held(state).dose.high > 0:
        raise Refusal("flush_first")
