"""Vital signs: freshness, limits and what is missing (F31, F35). Missing is as bad as bad."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.matching import ours
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState, SignalView
from daemon.protocols.rules import HoldCause, LimitKind, LimitRule, SignalRule
from drivers.values import Measurement, Signal, Validity, VitalsSample


def age_ms(state: RunState, signal: Signal, now: int) -> int | None:
    """Age of the last valid measurement at the most; None if there is none since the watch began."""
    view = state.signals.get(signal)
    if view is None or view.measured_ms is None:
        return None
    return now - view.measured_ms


def is_fresh(state: RunState, rule: SignalRule, now: int) -> bool:
    """A valid measurement, young enough for the gate."""
    age = age_ms(state, rule.signal, now)
    view = state.signals.get(rule.signal)
    return (
        age is not None
        and view is not None
        and view.validity is Validity.VALID
        and age <= int(rule.fresh_s * 1000)
    )


def threshold(state: RunState, rule: LimitRule) -> Decimal | None:
    """The number a value is compared with; None for a relative limit without baseline."""
    if rule.kind in (LimitKind.BELOW, LimitKind.ABOVE):
        return rule.value
    base = state.baseline.get(rule.signal)
    if base is None:
        return None
    match rule.kind:
        case LimitKind.FALL_PERCENT:
            return base * (100 - rule.value) / 100
        case LimitKind.RISE_PERCENT:
            return base * (100 + rule.value) / 100
        case LimitKind.FALL_BY:
            return base - rule.value
        case LimitKind.RISE_BY:
            return base + rule.value


def crossed(state: RunState, rule: LimitRule, value: Decimal) -> bool:
    """A value exactly on a limit counts as beyond it (F22)."""
    limit = threshold(state, rule)
    if limit is None:
        return False
    if rule.kind in (LimitKind.BELOW, LimitKind.FALL_PERCENT, LimitKind.FALL_BY):
        return value <= limit
    return value >= limit


def read(draft: Draft, sample: VitalsSample) -> None:
    """Take in one sample and judge the limits it speaks to."""
    signals = ours(draft.state, sample)
    draft.emit(ev.VitalsSeen(dict(signals)))
    draft.clear("monitor_silent")
    for index, rule in enumerate(draft.state.plan.rules.limits):
        measurement = signals.get(rule.signal)
        if measurement is not None:
            _judge(draft, index, rule, measurement)


def _judge(draft: Draft, index: int, rule: LimitRule, measurement: Measurement) -> None:
    if measurement.validity is not Validity.VALID or measurement.value is None or not measurement.measured:
        return
    view = draft.state.limits[index]
    if not crossed(draft.state, rule, measurement.value):
        if view.beyond_ms is not None or not view.excluded:
            draft.emit(ev.LimitCleared(index))
        return
    if view.beyond_ms is None:
        draft.emit(ev.LimitCrossed(index))


def settle(draft: Draft) -> None:
    """Hold for limits crossed long enough and for signals missing too long."""
    if draft.state.phase not in OPEN and draft.state.phase is not Phase.AFTER_WATCH:
        return
    if draft.state.started_ms is None:
        return
    for index, rule in enumerate(draft.state.plan.rules.limits):
        view = draft.state.limits[index]
        if view.beyond_ms is None:
            continue
        if not view.excluded or draft.now - view.beyond_ms >= int(rule.for_s * 1000):
            _hold_for(draft, rule)
    if draft.state.phase is not Phase.AFTER_WATCH:
        _missing(draft)


def _hold_for(draft: Draft, rule: LimitRule) -> None:
    view = draft.state.signals[rule.signal]
    limit = threshold(draft.state, rule)
    reason = f"{rule.signal} {view.value}, limit {rule.kind} {rule.value} (= {limit})"
    cause = HoldCause.REACTION if rule.grade is not None else HoldCause.VITALS
    draft.hold(cause, reason, grade=rule.grade)


def _missing(draft: Draft) -> None:
    state = draft.state
    for rule in state.plan.rules.signals:
        view = state.signals.get(rule.signal)
        since = view.measured_ms if view is not None and view.measured_ms is not None else None
        since = state.watched_from_ms if since is None else since
        missing_ms = draft.now - since
        if missing_ms > int(rule.missing_hold_s * 1000):
            why = _why_missing(view)
            draft.hold(HoldCause.MONITOR_LOST, f"{rule.signal} missing ({why}) for {missing_ms // 1000} s")


def _why_missing(view: SignalView | None) -> str:
    if view is None:
        return "never seen"
    return "no new value" if view.validity is Validity.VALID else view.validity.value


def shut_reasons(state: RunState, now: int) -> tuple[str, ...]:
    """What about the vital signs shuts the gate, as stable codes."""
    reasons = []
    for rule in state.plan.rules.signals:
        view = state.signals.get(rule.signal)
        if view is None or age_ms(state, rule.signal, now) is None:
            reasons.append(f"{rule.signal}:missing")
        elif view.validity is not Validity.VALID:
            reasons.append(f"{rule.signal}:{view.validity}")
        elif not is_fresh(state, rule, now):
            reasons.append(f"{rule.signal}:stale")
    for index, limit in enumerate(state.plan.rules.limits):
        if state.limits[index].beyond_ms is not None:
            reasons.append(f"{limit.signal}:limit")
    return tuple(dict.fromkeys(reasons))
