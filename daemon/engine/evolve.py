"""state, event -> state: the same live and at replay."""

from __future__ import annotations

from typing import assert_never

from daemon.changed import replace
from daemon.engine import events as ev
from daemon.engine.alone import untimed_ml
from daemon.engine.charge import looking_at, with_view
from daemon.engine.evolve_alarms import alarms_after
from daemon.engine.evolve_alarms import restarted as restarted_alarms
from daemon.engine.evolve_bedside import BedsideEvent, bedside_after, restarted
from daemon.engine.evolve_course import CourseEvent, course_after, standing_after
from daemon.engine.evolve_line import followed
from daemon.engine.evolve_pump import PumpEvent, Seen, pumps_after, seen
from daemon.engine.evolve_settling import settling_after
from daemon.engine.evolve_watched import restarted as restarted_watch
from daemon.engine.evolve_watched import watched_after
from daemon.engine.hand_view import HandView
from daemon.engine.opening import opening
from daemon.engine.pump_view import PumpView
from daemon.engine.state import RunState

ACTS_KEPT = 64

ServiceEvent = (
    ev.Restarted | ev.ClockDistrusted | ev.JournalLost | ev.JournalBack | ev.FileEnded | ev.FileBegun
)


def begin(event: ev.RunOpened, at: int) -> RunState:
    """The first state of a run."""
    state = opening(
        event.plan,
        event.pumps,
        bed=event.bed,
        wire_factor=event.wire_factor,
        simulated=event.simulated,
        patient=event.patient,
        codes=event.codes,
        authority=event.authority,
    )
    return replace(
        state,
        at_ms=at,
        phase_ms=at,
        linked=event.linked,
        file=event.file,
        bench=event.bench,
        latching=event.latching,
        shared=event.shared,
    )


_NEW_SCREEN: frozenset[type[ev.Event]] = frozenset(
    (
        ev.RunStarted,
        ev.StepBegun,
        ev.StepPlaced,
        ev.StepContinued,
        ev.StepEnded,
        ev.StretchEnded,
        ev.PhaseEntered,
        ev.Held,
        ev.Resumed,
        ev.CounterBroken,
        ev.CounterExplained,
        ev.Occluded,
        ev.StepSettled,
        ev.TimeEntered,
        ev.PumpReplaced,
        ev.SwitchBegun,
        ev.TookOver,
        ev.SolutionConfirmed,
        ev.LineConfirmed,
        ev.LineFlushed,
        ev.MonitorJoined,
        ev.ReactionRecorded,
        ev.GradeCorrected,
        ev.Restarted,
    )
)


def evolve(state: RunState, event: ev.Event, at: int) -> RunState:
    """The state after one event at engine time `at` (ms)."""
    screen = state.screen + 1 if type(event) in _NEW_SCREEN else state.screen
    state = replace(state, at_ms=at, screen=screen)
    if isinstance(event, ev.PumpSeen):
        return seen(state, event.pump, Seen(event.reading, event.asked_ms), event.moved, at)
    if isinstance(event, ev.WatchedEvent):
        return watched_after(state, event, at)
    if isinstance(event, ev.RunOpened):
        return begin(event, at)
    if isinstance(event, PumpEvent):
        return replace(pumps_after(state, event, at), orders=_orders(state, event))
    if isinstance(event, CourseEvent):
        return course_after(state, event, at)
    if isinstance(event, ev.SettlingEvent):
        after = settling_after(state, event, at)
        elsewhere = getattr(event, "pump", state.pump_name) != state.pump_name
        return after if elsewhere else followed(state, after)
    if isinstance(event, BedsideEvent):
        return bedside_after(state, event, at)
    if isinstance(event, ev.Held | ev.Resumed | ev.GapClosed):
        return standing_after(state, event, at)
    if isinstance(event, ServiceEvent):
        return _service(state, event, at)
    if isinstance(event, ev.AlarmEvent):
        return alarms_after(state, event, at)
    if isinstance(event, ev.ActTaken):
        return _act(state, event)
    assert_never(event)


def _act(state: RunState, event: ev.ActTaken) -> RunState:
    acts = {**state.acts, event.act_id: (event.accepted, event.answer, event.code)}
    while len(acts) > ACTS_KEPT:
        del acts[next(iter(acts))]
    return replace(state, acts=acts)


def _orders(state: RunState, event: ev.Event) -> int:
    return event.order if isinstance(event, ev.SettingOrdered) else state.orders


def _service(state: RunState, event: ServiceEvent, at: int) -> RunState:
    match event:
        case ev.Restarted():
            state = restarted_alarms(state, at)
            for name, _ in state.pumps:
                state = with_view(state, name, _unwatched(state, name, gap_known=event.gap_known))
            unknown = state.gap.unknown or not event.gap_known
            signals = {signal: replace(view, measured_ms=None) for signal, view in state.signals.items()}
            return replace(
                state,
                watched_from_ms=at,
                signals=signals,
                undated=state.undated if event.gap_known else frozenset(state.expires_ms),
                limits=tuple(replace(limit, excluded=False) for limit in state.limits),
                gap=replace(state.gap, unknown=unknown, delivering_from_ms=None),
                journal_ok=True,
                bedside=restarted(state.bedside),
                watched=restarted_watch(state.watched),
            )
        case ev.ClockDistrusted():
            return replace(state, clock_trusted=False)
        case ev.JournalLost():
            return replace(state, journal_ok=False)
        case ev.JournalBack():
            return replace(state, journal_ok=True)
        case ev.FileEnded() | ev.FileBegun():
            return state
        case _:
            assert_never(event)


def _unwatched(state: RunState, name: str, *, gap_known: bool) -> PumpView:
    """A pump as a new process finds it in the record."""
    pump = state.view(name)
    return replace(
        pump,
        linked=False,
        certain=False,
        compare=True,
        pending=None,
        hand=HandView(),
        disarmed=pump.disarmed and name == state.pump_name,
        still_from_ms=None,
        untimed_ml=pump.untimed_ml if gap_known else untimed_ml(looking_at(state, name)),
    )
