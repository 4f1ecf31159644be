"""What follows from a state alone, each fact in a word or two, in the order in which they are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daemon.engine import course
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.state import RunState


def follows(state: RunState, now: int, what: Callable[[Draft], object] = course.settle) -> list[str]:
    """The facts that this part of the engine adds to a state at this time."""
    draft = Draft(state, now)
    what(draft)
    return told(draft.events)


def told(events: Sequence[ev.Event]) -> list[str]:
    """In words; the wording of reasons is left out."""
    return [_word(event) for event in events]


def _word(event: ev.Event) -> str:
    match event:
        case ev.PhaseEntered():
            return event.phase.value
        case ev.Held():
            return f"held {event.cause}"
        case ev.StopOrdered():
            return f"stop {event.pump}".strip()
        case ev.AlarmRaised():
            return f"+{event.alarm}"
        case ev.AlarmCleared() | ev.AlarmEnded():
            return f"-{event.alarm}"
        case ev.AlarmReturned():
            return f"again {event.alarm}"
        case ev.StepBegun():
            return f"begins {event.step}: {event.goal_ml} mL in {event.goal_ms} ms"
        case ev.StepEnded() | ev.StepContinued() | ev.StepPlaced():
            return f"{type(event).__name__} {event.step}"
        case ev.StretchEnded():
            return f"StretchEnded, {event.follows} is due, again {event.again}"
        case ev.SettingOrdered():
            limit = None if event.setting.limit_ml is None else event.setting.limit_ml.normalize()
            return f"{event.kind} {event.setting.rate_ml_h.normalize():f} limit {limit:f} at {event.pump}"
        case ev.TookOver() | ev.SwitchBegun():
            return f"{type(event).__name__} {event.pump}"
        case _:
            return type(event).__name__
