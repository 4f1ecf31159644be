"""How facts about the line and the bag on it change the state (F3, F4, F11, F39)."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from daemon.changed import replace
from daemon.engine.account import MS_PER_HOUR, ZERO, Account, Span
from daemon.engine.events_confirmed import SolutionConfirmed
from daemon.engine.events_line import LineConfirmed, LineFlushed
from daemon.engine.exposing import exposed_steps
from daemon.engine.line import FlushTo, Geometry, Handling, Line
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.tube import Fluid
from daemon.protocols.plan import Solution


def fluid_of(solution: Solution) -> Fluid:
    """What the line is full of when it is primed with this solution; a flush is drug-free like any other."""
    return Fluid(solution.id, solution.concentration)


def geometry_of(solution: Solution) -> Geometry:
    """The line a solution is given through, as the protocol orders it."""
    return Geometry(solution.dead_volume_ml, solution.y_site_ml)


def hung_after(state: RunState, event: SolutionConfirmed, at: int) -> RunState:
    """A bag hangs, its line primed or not; its expiry and the exposure follow from what was said."""
    solution = state.plan.solution(event.solution)
    used = state.bag_given(solution.id).high > ZERO
    fluid, geometry = fluid_of(solution), geometry_of(solution)
    line = _settled(state).hanging(fluid, geometry, primed=event.primed, used=used)
    left_ms = int(solution.stable_h * MS_PER_HOUR - event.made_min * 60_000)
    return replace(
        state,
        line=line,
        expires_ms={**state.expires_ms, solution.id: at + left_ms},
        undated=state.undated - {solution.id},
        exposed_steps=exposed_steps(state.plan, line.primed),
    )


def confirmed_after(state: RunState, event: LineConfirmed) -> RunState:
    """The line was confirmed as it is, replaced, or cleared by a volume."""
    needed = state.plan.solution(state.current.solution)
    match event.handling:
        case Handling.CONNECTED:
            line = state.line
        case Handling.REPLACED:
            line = _settled(state).replacing(geometry_of(needed), fluid_of(needed))
        case Handling.CLEARED:
            line = _settled(state).clearing(event.cleared_ml, fluid_of(needed))
        case _:
            assert_never(event.handling)
    return replace(state, line=line, line_by=event.by)


def flushed_after(state: RunState, event: LineFlushed) -> RunState:
    """The line was flushed, or was not, or nobody knows."""
    if event.known:
        state = replace(state, line=replace(state.line, asked=False))
    if event.to is FlushTo.NOBODY:
        return state
    line = _settled(state).flushing(event.to, event.volume_ml, known=event.known)
    return replace(state, line=line)


def _settled(state: RunState) -> Line:
    return state.line.settled(state.pump.odometer, state.caps.accuracy)


def held_after(state: RunState, phase: Phase) -> RunState:
    """Drug was given, and now a hold begins or the run is aborted: from now on a flush is asked about.

    Unanswered it counts as given (F3), also into the dose of later runs (F11).
    """
    if phase not in (Phase.HELD, Phase.ABORTED) or state.started_ms is None or state.line.hung is None:
        return state
    return replace(state, line=replace(state.line, asked=state.line.geometry.total_ml > 0))


def followed(before: RunState, after: RunState) -> RunState:
    """A doubt about the pump's volume moved the bounds of the bags: the line's bounds move as far."""
    line, hung = before.line, before.hung
    if hung is None or _bolus_elsewhere(before, after):
        return after
    then, now = before.bag_given(hung), after.bag_given(hung)
    stretch = line.stretch.given(before.pump.odometer, before.caps.accuracy)
    low = stretch.low + now.low - then.low
    high = max(stretch.high + now.high - then.high, low, ZERO)
    over = min(low, ZERO) + _elsewhere(before, after, hung)
    strongest = max(bag.concentration for bag in after.plan.solutions)
    return replace(
        after,
        line=replace(
            line,
            low=replace(line.low, reached=line.low.reached + over * strongest),
            lingering=line.lingering.taken_back(-over),
            stretch=Account.opened(after.pump.odometer, Span(max(low, ZERO), high)),
        ),
    )


def _bolus_elsewhere(before: RunState, after: RunState) -> bool:
    """The bolus now answered for went into a line that has been touched since: it stays counted there."""
    answered = before.doubts.pressure_of and not after.doubts.pressure_of
    return bool(answered) and before.doubts.pressure_facts != before.line.facts


def _elsewhere(before: RunState, after: RunState, hung: str) -> Decimal:
    """By how much less than thought the bags that do not hang may have given, mL, below zero."""
    others = [bag for bag in after.bags if bag != hung]
    return sum((min(after.bag_given(bag).low - before.bag_given(bag).low, ZERO) for bag in others), ZERO)
