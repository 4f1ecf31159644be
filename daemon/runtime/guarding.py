"""How the guard learns of what persons did and, at replay, of what was read and let pass."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.guard.guard import Grant, GrantKind, Guard
from daemon.protocols.rules import ChoiceKind


def follow(guard: Guard, event: ev.Event, at: int) -> Guard:
    """The guard after one journaled fact."""
    match event:
        case ev.SolutionConfirmed():
            return guard.hang(event.solution)
        case ev.Resumed():
            whole = event.choice.kind is not ChoiceKind.REST_OF_STEP
            return guard.choose(event.step, whole=whole, by=event.by)
        case ev.PumpSeen() | ev.CounterBroken():
            return guard.see(event.reading, at)
        case ev.SettingOrdered():
            kind = GrantKind(event.kind.value)
            grant = Grant(kind, event.setting, event.step, event.solution)
            return guard if guard.refuse(grant) else guard.passed(grant)
        case _:
            return guard
