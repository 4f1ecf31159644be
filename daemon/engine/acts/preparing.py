"""Acts before drug flows: assessment, start."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from daemon.changed import replace
from daemon.engine import course, sources, vitals
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts.checklist import checklist
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.evolve_watched import WORSE_IS_HIGHER
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.values import Signal


def assess(draft: Draft, given: inp.Assess) -> str:
    """The patient was looked at."""
    draft.emit(ev.Assessed(given.by))
    draft.clear("gate_needs", "gate_needs_now")
    return say("assessed")


def _crossed(state: RunState, said: Mapping[Signal, tuple[Decimal, ...]]) -> list[str]:
    """What is already on or beyond a limit of its signal, whichever source says it."""
    return [
        f"{limit.signal} {value}"
        for limit in state.plan.rules.limits
        for value in said.get(limit.signal, ())
        if vitals.crossed(state, limit, value)
    ]


def start(draft: Draft, given: inp.Start) -> str:
    """Begin the plan with everything checked and the baseline taken."""
    state = draft.state
    if state.phase not in (Phase.PLANNED, Phase.CHECKING):
        raise Refusal("already", phase=state.phase)
    missing = checklist(state, draft.now)
    if missing:
        raise Refusal("checklist", missing="; ".join(missing))
    said = {
        rule.signal: values
        for rule in state.plan.rules.signals
        if rule.baseline and (values := sources.said(state, rule, draft.now))
    }
    higher = {signal: max(values) for signal, values in said.items()}
    lower = {signal: min(values) for signal, values in said.items()}
    based = ev.BaselineCaptured(
        {signal: (lower if signal in WORSE_IS_HIGHER else higher)[signal] for signal in said},
        {
            signal: (higher if signal in WORSE_IS_HIGHER else lower)[signal]
            for signal in said
            if higher[signal] != lower[signal]
        },
    )
    crossed = _crossed(replace(state, baseline=based.values, baseline_others=based.others), said)
    if crossed:
        raise Refusal("baseline_beyond", values=", ".join(crossed))
    draft.emit(based)
    draft.emit(ev.RunStarted(given.by, given.witness))
    course.begin_step(draft, 1)
    course.start_pump(draft)
    return say("started", by=given.by, witness=given.witness)
