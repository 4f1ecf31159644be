"""state, event -> state: the same live and at replay."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from daemon.engine import events as ev
from daemon.engine.account import ZERO, Account, Moved, Odometer, Span
from daemon.engine.phases import OPEN, RUNNING, Phase
from daemon.engine.state import (
    AlarmView,
    GapView,
    HoldView,
    LimitView,
    PumpView,
    RunState,
    SignalView,
    opening,
)
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpReading, Validity

ACTS_KEPT = 64
STOPS_WINDOW_MS = 600_000


def begin(event: ev.RunOpened, at: int) -> RunState:
    """The first state of a run."""
    state = opening(
        event.plan,
        event.pump,
        pump_name=event.pump_name,
        bed=event.bed,
        wire_factor=event.wire_factor,
        simulated=event.simulated,
    )
    return replace(state, at_ms=at, phase_ms=at)


def evolve(state: RunState, event: ev.Event, at: int) -> RunState:
    """The state after one event at engine time `at` (ms)."""
    state = replace(state, at_ms=at)
    match event:
        case ev.RunOpened():
            return begin(event, at)
        case (
            ev.PumpJoined()
            | ev.PumpWentSilent()
            | ev.SettingOrdered()
            | ev.SettingConfirmed()
            | ev.SettingFailed()
            | ev.StopOrdered()
            | ev.HandOverruled()
            | ev.StopConfirmed()
            | ev.Disarmed()
        ):
            return replace(state, pump=_pump(state, event, at), orders=_orders(state, event))
        case ev.PumpSeen():
            return _seen(state, event.reading, event.moved, at)
        case ev.CounterBroken():
            moved = Moved(ZERO, event.bounds, 0)
            return _broken(_seen(state, event.reading, moved, at), event)
        case ev.VitalsSeen() | ev.LimitCrossed() | ev.LimitCleared() | ev.BaselineCaptured():
            return _vitals(state, event, at)
        case ev.SolutionConfirmed() | ev.LineConfirmed() | ev.Assessed():
            return _confirmed(state, event, at)
        case (
            ev.RunStarted()
            | ev.StepBegun()
            | ev.StepPlaced()
            | ev.StepContinued()
            | ev.StepEnded()
            | ev.DwellBegun()
            | ev.GateShut()
            | ev.PhaseEntered()
        ):
            return _course(state, event, at)
        case ev.Held() | ev.Resumed() | ev.GapClosed():
            return _standing(state, event, at)
        case ev.Restarted() | ev.ClockDistrusted() | ev.JournalLost() | ev.JournalBack():
            return _service(state, event, at)
        case ev.AlarmRaised() | ev.AlarmCleared() | ev.AlarmAcknowledged():
            return _alarm(state, event, at)
        case ev.ActTaken():
            acts = {**state.acts, event.act_id: (event.accepted, event.answer)}
            while len(acts) > ACTS_KEPT:
                del acts[next(iter(acts))]
            return replace(state, acts=acts)
        case _:
            assert_never(event)


def _orders(state: RunState, event: ev.Event) -> int:
    return event.order if isinstance(event, ev.SettingOrdered) else state.orders


_PumpEvent = (
    ev.PumpJoined
    | ev.PumpWentSilent
    | ev.SettingOrdered
    | ev.SettingConfirmed
    | ev.SettingFailed
    | ev.StopOrdered
    | ev.HandOverruled
    | ev.StopConfirmed
    | ev.Disarmed
)


def _pump(state: RunState, event: _PumpEvent, at: int) -> PumpView:
    pump = state.pump
    match event:
        case ev.PumpJoined():
            return replace(
                pump, linked=True, silent_long=False, identity=event.identity, certain=False, compare=True
            )
        case ev.PumpWentSilent():
            return replace(pump, linked=False, silent_long=event.long, certain=False, disarmed=False)
        case ev.SettingOrdered():
            starting = event.kind is ev.OrderKind.START
            may_run = event.setting.rate_ml_h if starting else pump.may_run_ml_h
            return replace(pump, pending=event, pending_ms=at, may_run_ml_h=may_run)
        case ev.SettingConfirmed():
            return _setting_confirmed(pump, at)
        case ev.SettingFailed():
            return replace(pump, pending=None, failures=pump.failures + 1)
        case ev.StopOrdered():
            stop_ms = pump.stop_ms if pump.stop_ms is not None else at
            return replace(pump, stop_ms=stop_ms, stopped=False, pending=None, disarmed=False)
        case ev.HandOverruled():
            return replace(pump, hand_stops=pump.hand_stops + 1)
        case ev.StopConfirmed():
            return replace(pump, stop_ms=None, stopped=True, approved=None)
        case ev.Disarmed():
            return replace(pump, disarmed=True, pending=None, failures=0)
        case _:
            assert_never(event)


def _setting_confirmed(pump: PumpView, at: int) -> PumpView:
    order = pump.pending
    if order is None:
        return pump
    stopped = pump.stopped and order.kind is not ev.OrderKind.START
    return replace(
        pump,
        pending=None,
        failures=0,
        approved=order.setting,
        approved_ms=at,
        approved_ml=pump.odometer.shown_ml,
        stopped=stopped,
        disarmed=False,
    )


def _seen(state: RunState, reading: PumpReading, moved: Moved, at: int) -> RunState:
    pump = state.pump
    odometer = pump.odometer.advance(moved, state.caps.accuracy)
    bags = dict(state.bags)
    if state.hung is not None and state.hung in bags:
        bags[state.hung] = bags[state.hung].add(moved)
    state = replace(state, account=state.account.add(moved), bags=bags)
    state = replace(state, gap=_gap_seen(state, reading, moved, odometer, at))
    stopped = reading.motion is Motion.STOPPED and pump.stop_ms is None
    pump = replace(
        pump,
        odometer=odometer,
        reading=reading,
        read_ms=at,
        certain=True,
        compare=False,
        stopped=stopped,
        may_run_ml_h=pump.may_run_ml_h if pump.pending is not None else ZERO,
    )
    return replace(state, pump=pump)


def _gap_seen(state: RunState, reading: PumpReading, moved: Moved, odometer: Odometer, at: int) -> GapView:
    gap = state.gap
    if gap.proven_ms is None:
        return gap
    if moved.counter_ml > 0 and state.pump.reading is not None:
        gap = replace(gap, proven_ms=max(state.pump.read_ms, gap.proven_ms))
    delivering = reading.motion is Motion.INFUSING and state.phase in RUNNING | {Phase.MANUAL}
    if not delivering:
        open_from = gap.open_from_ms if gap.open_from_ms is not None else gap.proven_ms
        return replace(gap, open_from_ms=open_from, delivering_from_ms=None)
    if gap.delivering_from_ms is None:
        return replace(gap, delivering_from_ms=at, delivering_from_ml=odometer.shown_ml)
    return gap


def _broken(state: RunState, event: ev.CounterBroken) -> RunState:
    bounds = event.bounds
    hidden = state.pump.odometer.unit_ml
    odometer = Odometer.unread(hidden)
    odometer = replace(odometer, shown_ml=state.pump.odometer.shown_ml)
    bags = {}
    for solution, account in state.bags.items():
        if solution != state.hung:
            bags[solution] = account
            continue
        before = account.given(state.pump.odometer, state.caps.accuracy)
        settled = replace(before, high=max(before.high, account.settled.high + bounds.high))
        bags[solution] = Account.opened(odometer, settled)
    before = state.account.given(state.pump.odometer, state.caps.accuracy)
    settled = replace(before, high=max(before.high, state.account.settled.high + bounds.high))
    proven = state.account.proven_ms
    account = replace(Account.opened(odometer, settled), proven_ms=proven)
    return replace(state, pump=replace(state.pump, odometer=odometer), bags=bags, account=account)


def _vitals(
    state: RunState, event: ev.VitalsSeen | ev.LimitCrossed | ev.LimitCleared | ev.BaselineCaptured, at: int
) -> RunState:
    match event:
        case ev.VitalsSeen():
            signals = dict(state.signals)
            for signal, m in event.signals.items():
                measured = signals.get(signal, SignalView()).measured_ms
                if m.measured and m.validity is Validity.VALID:
                    measured = at - int(m.age_s * 1000)
                signals[signal] = SignalView(m.value, m.validity, measured)
            return replace(state, signals=signals)
        case ev.LimitCrossed():
            return _limit(state, event.limit, LimitView(at, state.limits[event.limit].excluded))
        case ev.LimitCleared():
            return _limit(state, event.limit, LimitView())
        case ev.BaselineCaptured():
            return replace(state, baseline=event.values)
        case _:
            assert_never(event)


def _limit(state: RunState, index: int, view: LimitView) -> RunState:
    return replace(state, limits=(*state.limits[:index], view, *state.limits[index + 1 :]))


def _confirmed(
    state: RunState, event: ev.SolutionConfirmed | ev.LineConfirmed | ev.Assessed, at: int
) -> RunState:
    if state.phase is Phase.PLANNED:
        state = replace(state, phase=Phase.CHECKING, phase_ms=at)
    match event:
        case ev.SolutionConfirmed():
            return _hang(state, event.solution)
        case ev.LineConfirmed():
            return replace(state, line_by=event.by)
        case ev.Assessed():
            return replace(state, assessed_ms=at)
        case _:
            assert_never(event)


def _hang(state: RunState, solution: str) -> RunState:
    if solution == state.hung:
        return state
    odometer = state.pump.odometer
    bags = dict(state.bags)
    if state.hung is not None and state.hung in bags:
        settled = bags[state.hung].given(odometer, state.caps.accuracy)
        bags[state.hung] = Account.opened(odometer, settled)
    before = bags.get(solution)
    bags[solution] = Account.opened(odometer, before.settled) if before else Account.opened(odometer)
    return replace(state, hung=solution, bags=bags)


_CourseEvent = (
    ev.RunStarted
    | ev.StepBegun
    | ev.StepPlaced
    | ev.StepContinued
    | ev.StepEnded
    | ev.DwellBegun
    | ev.GateShut
    | ev.PhaseEntered
)


def _course(state: RunState, event: _CourseEvent, at: int) -> RunState:
    match event:
        case ev.RunStarted():
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
        case ev.StepBegun():
            return replace(
                state,
                phase=Phase.INFUSING,
                phase_ms=at if state.phase is not Phase.INFUSING else state.phase_ms,
                step=event.step,
                begun=True,
                last_step=event.step,
                goal_ml=event.goal_ml,
                goal_ms=event.goal_ms,
                dwell_ms=None,
                account=Account.opened(state.pump.odometer),
            )
        case ev.StepPlaced():
            return replace(state, step=event.step, begun=False, dwell_ms=None)
        case ev.StepContinued():
            credited = state.step_given().high
            account = Account.opened(state.pump.odometer, Span(credited, credited))
            account = replace(account, proven_ms=state.account.proven_ms)
            return replace(state, phase=Phase.INFUSING, phase_ms=at, account=account)
        case ev.StepEnded():
            return replace(
                state,
                step=min(event.step + 1, len(state.plan.steps)),
                begun=False,
                dwell_ms=None,
                account=Account.opened(state.pump.odometer),
            )
        case ev.DwellBegun():
            return replace(state, dwell_ms=at)
        case ev.GateShut():
            return replace(state, gate_shut=event.reasons)
        case ev.PhaseEntered():
            ended = at if event.phase in (Phase.AFTER_WATCH, Phase.ABORTED) else state.ended_ms
            hold = state.hold if event.phase in (Phase.HELD, Phase.MANUAL) else None
            pump = replace(state.pump, pending=None)
            return replace(state, phase=event.phase, phase_ms=at, ended_ms=ended, hold=hold, pump=pump)
        case _:
            assert_never(event)


def _standing(state: RunState, event: ev.Held | ev.Resumed | ev.GapClosed, at: int) -> RunState:
    match event:
        case ev.Held():
            return _held(state, event, at)
        case ev.Resumed():
            used = dict(state.resumed)
            for key in rule_keys(state):
                used[key] = used.get(key, 0) + 1
            pump = replace(state.pump, hand_stops=0, failures=0)
            same_bag = state.plan.step(event.step).solution == state.hung
            line_by = state.line_by if same_bag else ""
            return replace(state, hold=None, step=event.step, resumed=used, pump=pump, line_by=line_by)
        case ev.GapClosed():
            window_ms = int(state.plan.rules.gap.window_min * 60_000)
            closed = tuple(gap for gap in state.gap.closed if gap[1] > at - window_ms)
            closed = (*closed, (event.from_ms, event.to_ms))
            gap = replace(state.gap, open_from_ms=None, closed=closed, unknown=False)
            return replace(state, gap=gap)
        case _:
            assert_never(event)


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
    stops = tuple(stop for stop in state.stops if stop[1] > at - STOPS_WINDOW_MS)
    driven = state.phase in OPEN and state.phase is not Phase.MANUAL
    entered = driven and state.phase is not Phase.HELD
    reaction_ms = at if event.cause is HoldCause.REACTION else state.last_reaction_ms
    return replace(
        state,
        phase=Phase.HELD if driven else state.phase,
        phase_ms=at if entered else state.phase_ms,
        hold=hold,
        reactions_at=reactions,
        stops=(*stops, (event.cause.value, at)) if entered else stops,
        dwell_ms=None,
        last_reaction_ms=reaction_ms,
    )


def rule_keys(state: RunState) -> tuple[str, ...]:
    """The resume rules a hold is judged by, as `cause` or `reaction:grade`."""
    if state.hold is None:
        return ()
    return tuple(
        f"{cause}:{state.hold.grade}" if cause is HoldCause.REACTION else cause.value
        for cause in sorted(state.hold.causes)
    )


def _service(
    state: RunState,
    event: ev.Restarted | ev.ClockDistrusted | ev.JournalLost | ev.JournalBack,
    at: int,
) -> RunState:
    match event:
        case ev.Restarted():
            unknown = state.gap.unknown or not event.gap_known
            signals = {signal: replace(view, measured_ms=None) for signal, view in state.signals.items()}
            return replace(
                state,
                watched_from_ms=at,
                signals=signals,
                limits=tuple(replace(limit, excluded=False) for limit in state.limits),
                gap=replace(state.gap, unknown=unknown, delivering_from_ms=None),
                pump=replace(state.pump, linked=False, certain=False, compare=True),
                journal_ok=True,
            )
        case ev.ClockDistrusted():
            return replace(state, clock_trusted=False)
        case ev.JournalLost():
            return replace(state, journal_ok=False)
        case ev.JournalBack():
            return replace(state, journal_ok=True)
        case _:
            assert_never(event)


def _alarm(
    state: RunState, event: ev.AlarmRaised | ev.AlarmCleared | ev.AlarmAcknowledged, at: int
) -> RunState:
    alarms = dict(state.alarms)
    match event:
        case ev.AlarmRaised():
            alarms[event.alarm] = AlarmView(at, event.detail)
        case ev.AlarmCleared():
            alarms.pop(event.alarm, None)
        case ev.AlarmAcknowledged():
            if event.alarm in alarms:
                alarms[event.alarm] = replace(alarms[event.alarm], acknowledged_by=event.by)
        case _:
            assert_never(event)
    return replace(state, alarms=alarms)
