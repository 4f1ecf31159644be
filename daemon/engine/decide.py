"""state, input, now -> events. Pure; what goes to the pump is read off the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from daemon.engine import (
    disagreeing,
    gap,
    gate,
    hand_course,
    hand_reading,
    hand_told,
    lookout,
    matching,
    pump,
    pump_link,
    recovery,
    sounding,
    standing,
    telling,
    vitals,
)
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.dispatch import act
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one input: the facts in order, and the state they lead to."""

    events: tuple[ev.Event, ...]
    state: RunState


def decide(state: RunState, given: inp.Input, now: int) -> Decision:
    """One input at engine time `now` (ms, never before the last one)."""
    draft = Draft(state, max(now, state.at_ms))
    _react(draft, given)
    if draft.events or not isinstance(given, inp.PumpRead):
        _settle(draft)
    return Decision(tuple(draft.events), draft.state)


def _settle(draft: Draft) -> None:
    """Apply the rules that follow from state alone; holds first, then what they leave.

    A decision that stops the pump ends there: less drug does not wait for what else follows (DESIGN 3.1).
    """
    vitals.settle(draft)
    if draft.stopping:
        return
    gap.settle(draft)
    gate.settle(draft)
    hand_course.settle(draft)
    lookout.settle(draft)
    disagreeing.settle(draft)
    sounding.settle(draft)
    hand_told.settle(draft)


def _react(draft: Draft, given: inp.Input) -> None:
    match given:
        case inp.TimePassed():
            pass
        case (
            inp.PumpRead()
            | inp.PumpIdentified()
            | inp.PumpSilent()
            | inp.OrderDone()
            | inp.OrderFailed()
            | inp.OrderUnsent()
            | inp.OrderTold()
        ):
            _at_pump(draft, given)
        case inp.MonitorRead():
            vitals.read(draft, given.sample)
        case inp.MonitorIdentified():
            matching.identified(draft, given)
        case inp.SoundAlive():
            sounding.alive(draft, given)
        case inp.SoundLost():
            sounding.lost(draft, given)
        case (
            inp.FeedsLost()
            | inp.FeedsBack()
            | inp.AlarmsUnconfirmed()
            | inp.WardAcknowledged()
            | inp.WardUnheard()
        ):
            telling.told(draft, given)
        case inp.DaemonRestarted():
            recovery.restarted(draft, given)
        case (
            inp.StopUnverified()
            | inp.GuardRefused()
            | inp.MonitorSilent()
            | inp.JournalBroken()
            | inp.JournalMended()
            | inp.ClockStepped()
            | inp.ServiceStopping()
        ):
            _service(draft, given)
        case _:
            act(draft, given)


_AtPump = (
    inp.PumpRead
    | inp.PumpIdentified
    | inp.PumpSilent
    | inp.OrderDone
    | inp.OrderFailed
    | inp.OrderUnsent
    | inp.OrderTold
)


def _at_pump(draft: Draft, given: _AtPump) -> None:
    match given:
        case inp.PumpRead():
            pump.read(draft, given)
            hand_reading.judge(draft, given)
        case inp.PumpIdentified():
            pump_link.identified(draft, given)
        case inp.PumpSilent():
            pump_link.silent(draft, given)
        case inp.OrderDone():
            pump_link.order_done(draft, given)
        case inp.OrderFailed():
            pump_link.order_failed(draft, given)
        case inp.OrderUnsent():
            pump_link.order_unsent(draft, given)
        case inp.OrderTold():
            pump_link.order_told(draft, given)
        case _:
            assert_never(given)


_Service = (
    inp.StopUnverified
    | inp.GuardRefused
    | inp.MonitorSilent
    | inp.JournalBroken
    | inp.JournalMended
    | inp.ClockStepped
    | inp.ServiceStopping
)


def _service(draft: Draft, given: _Service) -> None:
    match given:
        case inp.StopUnverified():
            name = given.pump or draft.state.pump_name
            if draft.state.view(name).stop_ms is not None:
                draft.alarm("stop_not_confirmed", standing.of(draft.state, name, given.reason))
        case inp.GuardRefused():
            name = given.pump or draft.state.pump_name
            pending = draft.state.view(name).pending
            if pending is None or pending.order != given.order:
                return
            draft.emit(ev.SettingFailed(given.order, f"guard: {given.reason}", name))
            draft.hold(HoldCause.GUARD, given.reason)
        case inp.MonitorSilent():
            vitals.silent(draft, given)
        case inp.JournalBroken():
            if draft.state.journal_ok:
                draft.emit(ev.JournalLost(given.reason))
                draft.alarm("journal_broken", given.reason)
            draft.hold(HoldCause.JOURNAL, given.reason)
        case inp.JournalMended():
            draft.emit(ev.JournalBack())
            draft.clear("journal_broken")
        case inp.ClockStepped():
            draft.emit(ev.ClockDistrusted(given.step_ms))
            draft.alarm("clock_stepped", say("wall_time_moved", step_ms=given.step_ms / 1000))
        case inp.ServiceStopping():
            if draft.state.phase in OPEN:
                draft.alarm("service_stopping", given.reason)
                if draft.state.phase is not Phase.MANUAL:
                    draft.hold(HoldCause.RESTART, given.reason)
        case _:
            assert_never(given)
