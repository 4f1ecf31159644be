"""Acts about the watch over the patient: vital signs by hand, one of several monitors left out (F32)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import sources, vitals
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.plausible import PLAUSIBLE
from drivers.values import Signal

MS_PER_MIN = 60_000


def manual_vitals(draft: Draft, given: inp.ManualVitals) -> str:
    """Values by hand are a source like any other, judged at once; one that makes no sense refuses all."""
    state = draft.state
    if not given.values:
        raise Refusal("no_values")
    for signal, value in given.values.items():
        if sources.by_hand_rule(state, signal) is None:
            allowed = ", ".join(rule.signal for rule in state.plan.rules.patient.by_hand) or "none"
            raise Refusal("not_by_hand", signal=signal, allowed=allowed)
        low, high = PLAUSIBLE[signal]
        if not low <= value <= high:
            raise Refusal("implausible", signal=signal, value=value, low=low, high=high)
    draft.emit(ev.VitalsEntered(dict(given.values), given.by))
    draft.clear("by_hand_ending")
    for index, rule in enumerate(state.plan.rules.limits):
        if rule.signal in given.values:
            vitals.judge(draft, index, rule, given.values[rule.signal])
    told = ", ".join(f"{signal} {value} ({_counts(state, signal)})" for signal, value in given.values.items())
    return say("vitals_entered", values=told)


def _counts(state: RunState, signal: Signal) -> str:
    rule = sources.by_hand_rule(state, signal)
    return f"counts for {rule.max_age_min:f} min" if rule is not None else ""


def exclude(draft: Draft, given: inp.ExcludeSource) -> str:
    """A monitor is left out by name and reason for a time; never the last one of a signal that is needed."""
    state = draft.state
    known = sorted(name for name in state.watched.sources if name)
    if given.source not in known:
        raise Refusal("unknown_source", given=given.source, known=", ".join(known) or "none")
    if not given.reason.strip():
        raise Refusal("no_reason")
    most = state.plan.rules.patient.exclude_max_min
    if not 1 <= given.minutes <= most:
        raise Refusal("exclude_time", most=most)
    alone = [rule.signal for rule in state.plan.rules.signals if _is_last(state, given.source, rule.signal)]
    if alone:
        raise Refusal("last_source", source=given.source, signals=", ".join(alone))
    until = draft.now + given.minutes * MS_PER_MIN
    draft.emit(ev.SourceExcluded(given.source, until, given.reason, given.by))
    for index, rule in enumerate(state.plan.rules.limits):
        crossed = draft.state.limits[index].beyond_ms is not None
        view = draft.state.signals.get(rule.signal)
        if crossed and view is not None and view.value is not None:
            vitals.judge(draft, index, rule, view.value)
    return say("source_excluded", source=given.source, minutes=given.minutes)


def _is_last(state: RunState, source: str, signal: Signal) -> bool:
    """The source gives the signal, and no other one that counts and answers has measured it."""
    views = {
        name: view
        for name, one in state.watched.sources.items()
        if sources.counts(state, name) and (view := one.signals.get(signal)) is not None
    }
    others = [
        name
        for name, view in views.items()
        if name != source and view.measured_ms is not None and name not in state.watched.silent
    ]
    return source in views and not others
