"""How facts about steps, phases, holds and gaps change the state."""

from __future__ import annotations

from typing import assert_never

from daemon.changed import replace
from daemon.engine import events as ev
from daemon.engine import flicker, settling
from daemon.engine.account import Account
from daemon.engine.charge import in_charge, on, with_every
from daemon.engine.evolve_bedside import entered
from daemon.engine.evolve_line import held_after
from daemon.engine.evolve_settling import taken_down
from daemon.engine.evolve_watched import begun, held, went_on
from daemon.engine.patient_end import dry, granted
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import HoldView, RunState
from daemon.protocols.rules import HoldCause

CourseEvent = (
    ev.RunStarted
    | ev.StepBegun
    | ev.StepPlaced
    | ev.StepContinued
    | ev.StepEnded
    | ev.StretchEnded
    | ev.DwellBegun
    | ev.GateShut
    | ev.PhaseEntered
    | ev.SwitchBegun
    | ev.TookOver
)


def course_after(state: RunState, event: CourseEvent, at: int) -> RunState:
    """The run's place and phase after a step, a dwell or a change of phase."""
    match event:
        case ev.RunStarted():
            return _started(state, event, at)
        case ev.StepBegun():
            return replace(
                state,
                phase=Phase.INFUSING,
                phase_ms=at if state.phase is not Phase.INFUSING else state.phase_ms,
                step=event.step,
                begun=True,
                last_step=event.step,
                completed=min(state.completed, event.step - 1),
                goal_ml=event.goal_ml,
                goal_ms=event.goal_ms,
                dwell_ms=None,
                account=Account.opened(state.pump.odometer),
                watched=begun(state.watched, event.step, at),
            )
        case ev.StepPlaced():
            completed = min(state.completed, event.step - 1)
            return replace(state, step=event.step, begun=False, dwell_ms=None, completed=completed)
        case ev.StepContinued():
            return replace(state, phase=Phase.INFUSING, phase_ms=at, account=settling.carried(state))
        case ev.StepEnded():
            return replace(
                state,
                step=min(event.step + 1, len(state.plan.steps)),
                completed=event.step,
                begun=False,
                dwell_ms=None,
                account=Account.opened(state.pump.odometer),
            )
        case ev.StretchEnded():
            return _stretched(state, event)
        case ev.DwellBegun():
            return replace(state, dwell_ms=at)
        case ev.GateShut():
            return replace(state, gate_shut=event.reasons)
        case ev.PhaseEntered():
            return _phase_entered(state, event, at)
        case ev.SwitchBegun():
            return _switching(state, at)
        case ev.TookOver():
            return replace(in_charge(state, event.pump), gap=replace(state.gap, switched_ms=at))
        case _:
            assert_never(event)


def _switching(state: RunState, at: int) -> RunState:
    """The step was full by the counter of the pump that is stopped now: until then drug was given (F23)."""
    gap, pump = state.gap, state.pump
    if gap.proven_ms is not None and state.running and not dry(state, pump.odometer):
        gap = replace(gap, proven_ms=max(gap.proven_ms, pump.read_ms))
    return replace(state, phase=Phase.SWITCHING, phase_ms=at, gap=gap)


def _phase_entered(state: RunState, event: ev.PhaseEntered, at: int) -> RunState:
    ends = event.phase in (Phase.AFTER_WATCH, Phase.ABORTED) and state.ended_ms is None
    ended = at if ends else state.ended_ms
    hold = state.hold if event.phase in (Phase.HELD, Phase.MANUAL) else None
    state = with_every(state, lambda pump: replace(pump, pending=None))
    line_by = "" if event.phase is Phase.CHECKING else state.line_by
    bedside = entered(state.bedside, event.phase)
    stops = flicker.at_gate(state, event.phase, at)
    state = replace(state, line_by=line_by, bedside=bedside, stops=stops)
    state = held_after(state, event.phase)
    return replace(state, phase=event.phase, phase_ms=at, ended_ms=ended, hold=hold)


def _stretched(state: RunState, event: ev.StretchEnded) -> RunState:
    stretch, used = state.stretch, dict(state.resumed)
    if stretch is not None and event.again:
        used[stretch.rule] = used.get(stretch.rule, 0) + 1
        stretch = replace(stretch, again=stretch.again - 1)
    same_bag = state.hangs(state.plan.step(event.follows).solution)
    return replace(
        state,
        step=event.follows,
        begun=False,
        completed=min(state.completed, event.follows - 1),
        stretch=stretch if event.again else None,
        resumed=used,
        line_by=state.line_by if same_bag else "",
        dwell_ms=None,
        account=Account.opened(state.pump.odometer),
    )


def _started(state: RunState, event: ev.RunStarted, at: int) -> RunState:
    return replace(
        state,
        phase=Phase.INFUSING,
        phase_ms=at,
        started_ms=at,
        started_by=(event.by, event.witness),
        assessed_ms=at,
        watched_from_ms=at,
        gap=replace(state.gap, proven_ms=at),
    )


def standing_after(state: RunState, event: ev.Held | ev.Resumed | ev.GapClosed, at: int) -> RunState:
    """After one more cause to stand still, a resume, or the end of a gap."""
    match event:
        case ev.Held():
            return _held(state, event, at)
        case ev.Resumed():
            used = dict(state.resumed)
            for key in rule_keys(state):
                used[key] = used.get(key, 0) + 1
            state = with_every(state, lambda pump: replace(pump, hand_stops=0, failures=0))
            for name, _ in state.pumps:
                state = on(state, name, _without_undated)
            same_bag = state.hangs(state.plan.step(event.step).solution)
            line_by = state.line_by if same_bag else ""
            return replace(
                state,
                hold=None,
                step=event.step,
                stretch=event.stretch,
                resumed=used,
                watched=went_on(state.watched),
                line_by=line_by,
                line=replace(state.line, asked=False),
                gap=replace(state.gap, granted=granted(state.plan.rules.gap, event.gap_ms)),
            )
        case ev.GapClosed():
            window_ms = int(state.plan.rules.gap.window_min * 60_000)
            closed = tuple(gap for gap in state.gap.closed if gap[1] > at - window_ms)
            closed = closed if event.switch else (*closed, (event.from_ms, event.to_ms))
            gap = replace(state.gap, open_from_ms=None, closed=closed, unknown=False, granted=(0, 0))
            return replace(state, gap=gap)
        case _:
            assert_never(event)


def _without_undated(state: RunState) -> RunState:
    return taken_down(state) if state.hung in state.undated else state


def _held(state: RunState, event: ev.Held, at: int) -> RunState:
    before = state.hold
    grades = [grade for grade in (before.grade if before else None, event.grade) if grade is not None]
    hold = HoldView(
        since_ms=before.since_ms if before else at,
        causes=(before.causes if before else frozenset()) | {event.cause},
        grade=max(grades, key=lambda grade: grade.rank, default=None),
        reasons=(*(before.reasons if before else ()), event.reason),
    )
    reactions = dict(state.reactions_at)
    first = before is None or HoldCause.REACTION not in before.causes
    if event.cause is HoldCause.REACTION and first:
        reactions[state.reacted_step] = reactions.get(state.reacted_step, 0) + 1
    new = before is None or event.cause not in before.causes
    driven = state.phase in OPEN and state.phase is not Phase.MANUAL
    entered = driven and state.phase is not Phase.HELD
    reaction_ms = at if event.cause is HoldCause.REACTION else state.last_reaction_ms
    state = held_after(state, Phase.HELD) if entered else state
    return replace(
        state,
        phase=Phase.HELD if driven else state.phase,
        phase_ms=at if entered else state.phase_ms,
        hold=hold,
        reactions_at=reactions,
        stops=flicker.stopped(state, event.cause.value, at) if entered else state.stops,
        dwell_ms=None,
        last_reaction_ms=reaction_ms,
        watched=held(state.watched, event.cause, at, first=new),
    )


def rule_keys(state: RunState) -> tuple[str, ...]:
    """The resume rules a hold is judged by, as `cause` or `reaction:grade`."""
    if state.hold is None:
        return ()
    return tuple(
        f"{cause}:{state.hold.grade}" if cause is HoldCause.REACTION else cause.value
        for cause in sorted(state.hold.causes)
    )
