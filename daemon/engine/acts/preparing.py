"""Acts before drug flows: assessment, start."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import course, sources, vitals
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.checklist import checklist
from daemon.engine.acts.refusal import Refusal
from daemon.engine.changed import replace
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.values import Signal


def assess(draft: Draft, given: inp.Assess) -> str:
    """The patient was looked at."""
    draft.emit(ev.Assessed(given.by))
    draft.clear("gate_needs", "gate_needs_now")
    return say("assessed")


def _value(state: RunState, signal: Signal, now: int) -> Decimal | None:
    view = sources.seen(state, signal, now)
    return view.value if view is not None else None


def start(draft: Draft, given: inp.Start) -> str:
    """Begin the plan with everything checked and the baseline taken."""
    state = draft.state
    if state.phase not in (Phase.PLANNED, Phase.CHECKING):
        raise Refusal("already", phase=state.phase)
    missing = checklist(state, draft.now)
    if missing:
        raise Refusal("checklist", missing="; ".join(missing))
    values = {
        rule.signal: value
        for rule in state.plan.rules.signals
        if rule.baseline and (value := _value(state, rule.signal, draft.now)) is not None
    }
    based = replace(state, baseline=values)
    crossed = [
        f"{limit.signal} {values[limit.signal]}"
        for limit in state.plan.rules.limits
        if limit.signal in values and vitals.crossed(based, limit, values[limit.signal])
    ]
    if crossed:
        raise Refusal("baseline_beyond", values=", ".join(crossed))
    draft.emit(ev.BaselineCaptured(values))
    draft.emit(ev.RunStarted(given.by, given.witness))
    course.begin_step(draft, 1)
    course.start_pump(draft)
    return say("started", by=given.by, witness=given.witness)
