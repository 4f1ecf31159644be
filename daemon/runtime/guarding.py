"""How the guard learns of what persons did and, at replay, of what was read and let pass."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine.doubts import Settlement
from daemon.engine.line import FlushTo, Handling
from daemon.guard.guard import Grant, GrantKind, Guard
from daemon.protocols.rules import ChoiceKind


def follow(guard: Guard, event: ev.Event, at: int) -> Guard:
    """The guard after one journaled fact."""
    match event:
        case ev.VitalsSeen() | ev.ActTaken():
            return guard
        case ev.PumpSeen() | ev.CounterBroken():
            return guard.see(event.pump, event.reading, at)
        case ev.SolutionConfirmed():
            return guard.hang(event.pump, event.solution, primed=event.primed)
        case ev.LineConfirmed() | ev.LineFlushed():
            return _line(guard, event)
        case ev.Resumed():
            if event.choice.kind is ChoiceKind.FRACTION:
                rule = event.stretch.rule if event.stretch is not None else ""
                return guard.choose_fraction(event.step, event.choice, rule=rule, by=event.by)
            whole = event.choice.kind is not ChoiceKind.REST_OF_STEP
            return guard.choose(event.step, whole=whole, by=event.by)
        case ev.StretchEnded():
            return guard.stretched(again=event.again)
        case ev.PumpJoined() | ev.PumpWentSilent() | ev.PumpReplaced() | ev.Restarted():
            return _pump(guard, event)
        case ev.StepSettled() | ev.CounterExplained():
            return _explained(guard, event)
        case ev.SettingOrdered():
            grant = grant_of(event)
            return guard if guard.refuse(grant) else guard.passed(grant)
        case ev.SettingWithdrawn() | ev.SettingFailed() | ev.StopOrdered() | ev.PhaseEntered():
            return guard.withdraw()
        case _:
            return guard


def grant_of(order: ev.SettingOrdered) -> Grant:
    """An order as the guard is asked about it."""
    return Grant(GrantKind(order.kind.value), order.setting, order.step, order.solution, order.pump)


_OfPump = ev.PumpJoined | ev.PumpWentSilent | ev.PumpReplaced | ev.Restarted


def _pump(guard: Guard, event: _OfPump) -> Guard:
    if isinstance(event, ev.PumpJoined):
        return guard.join(event.pump, event.identity.serial)
    if isinstance(event, ev.PumpWentSilent):
        return guard.lose(event.pump)
    if isinstance(event, ev.PumpReplaced):
        return guard.take_down(event.pump)
    return guard if event.gap_known else guard.lose_time()


def _explained(guard: Guard, event: ev.StepSettled | ev.CounterExplained) -> Guard:
    if isinstance(event, ev.CounterExplained):
        return guard.explain(event.spared_ml, by=event.by)
    credit = event.how is Settlement.CREDIT
    return guard.settle(event.step, credit=credit, missing_ml=event.missing_ml, by=event.by)


def _line(guard: Guard, event: ev.LineConfirmed | ev.LineFlushed) -> Guard:
    if isinstance(event, ev.LineConfirmed):
        return guard if event.handling is Handling.CONNECTED else guard.handle_line()
    return guard.flush() if event.to is FlushTo.PATIENT else guard
