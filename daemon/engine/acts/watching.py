"""Acts about the watch over the patient: vital signs by hand, one of several monitors left out (F32)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import sources, vitals
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.plausible import PLAUSIBLE
from drivers.values import UNITS, Signal

MS_PER_MIN = 60_000
_RISING = (Signal.NIBP_DIA, Signal.NIBP_MEAN, Signal.NIBP_SYS)


def manual_vitals(draft: Draft, given: inp.ManualVitals) -> str:
    """Values by hand are a source like any other, judged at once; one that makes no sense refuses all."""
    state = draft.state
    if not given.values:
        raise Refusal("no_values")
    if given.minutes_ago < 0:
        raise Refusal("hand_ahead", minutes=given.minutes_ago)
    for signal, value in given.values.items():
        _sense(signal, value)
        _in_time(draft, signal, given.minutes_ago)
    _pressures(given.values)
    draft.emit(ev.VitalsEntered(dict(given.values), given.by, given.minutes_ago))
    draft.clear("by_hand_ending")
    for index, rule in enumerate(state.plan.rules.limits):
        if rule.signal in given.values:
            vitals.judge(draft, index, rule, given.values[rule.signal])
    told = ", ".join(
        f"{signal} {value} {UNITS[signal]} ({_counts(draft, signal)})"
        for signal, value in given.values.items()
    )
    return say("vitals_entered", values=told)


def _sense(signal: Signal, value: Decimal) -> None:
    low, high = PLAUSIBLE[signal]
    if not value.is_finite() or not low <= value <= high:
        raise Refusal("implausible", signal=signal, value=value, low=low, high=high, unit=UNITS[signal])


def _in_time(draft: Draft, signal: Signal, minutes_ago: int) -> None:
    """A value by hand is ordered, still counts, and is not older than the one that is there."""
    state = draft.state
    rule = sources.by_hand_rule(state, signal)
    if rule is None:
        allowed = ", ".join(rule.signal for rule in state.plan.rules.patient.by_hand) or "none"
        raise Refusal("not_by_hand", signal=signal, allowed=allowed)
    if minutes_ago > rule.max_age_min:
        raise Refusal("hand_too_old", signal=signal, minutes=minutes_ago, most=rule.max_age_min)
    before = state.watched.by_hand.get(signal)
    measured_ms = draft.now - minutes_ago * MS_PER_MIN
    if before is not None and before.measured_ms is not None and measured_ms < before.measured_ms:
        later = -(-(draft.now - before.measured_ms) // MS_PER_MIN)
        raise Refusal("hand_older", signal=signal, minutes=minutes_ago, later=later)


def _pressures(values: Mapping[Signal, Decimal]) -> None:
    """Diastolic, mean and systolic in this order, as far as they are given."""
    given = [(signal, values[signal]) for signal in _RISING if signal in values]
    for (low, less), (high, more) in pairwise(given):
        if less >= more:
            raise Refusal("pressures_swapped", low=low, less=less, high=high, more=more)


def _counts(draft: Draft, signal: Signal) -> str:
    left_ms = sources.hand_left_ms(draft.state, signal, draft.now) or 0
    return f"counts for {left_ms // MS_PER_MIN} min"


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
