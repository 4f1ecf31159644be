"""Vital signs: freshness, limits and what is missing (F31, F35). Missing is as bad as bad."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import cuff, reactions, sources
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.draft import Draft
from daemon.engine.matching import ours
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.engine.watched import SignalView
from daemon.protocols.rules import HoldCause, LimitKind, LimitRule, SignalRule
from drivers.values import Signal, Validity, VitalsSample


def age_ms(state: RunState, signal: Signal, now: int) -> int | None:
    """Age of the last valid measurement at the most; None if there is none since the watch began."""
    view = sources.seen(state, signal, now)
    if view is None or view.measured_ms is None:
        return None
    return now - view.measured_ms


def is_fresh(state: RunState, rule: SignalRule, now: int) -> bool:
    """A valid measurement, young enough for the gate."""
    return sources.fresh(state, rule, now)


def threshold(state: RunState, rule: LimitRule) -> Decimal | None:
    """The number a value is compared with; None for a relative limit without baseline.

    Of sources that disagreed before step 1 it takes the one that is stricter for this limit (F22).
    """
    if rule.kind in (LimitKind.BELOW, LimitKind.ABOVE):
        return rule.value
    base = state.baseline.get(rule.signal)
    if base is None:
        return None
    other = state.baseline_others.get(rule.signal, base)
    match rule.kind:
        case LimitKind.FALL_PERCENT:
            return max(base, other) * (100 - rule.value) / 100
        case LimitKind.RISE_PERCENT:
            return min(base, other) * (100 + rule.value) / 100
        case LimitKind.FALL_BY:
            return max(base, other) - rule.value
        case LimitKind.RISE_BY:
            return min(base, other) + rule.value


def crossed(state: RunState, rule: LimitRule, value: Decimal) -> bool:
    """A value exactly on a limit counts as beyond it (F22)."""
    limit = threshold(state, rule)
    if limit is None:
        return False
    if rule.kind in (LimitKind.BELOW, LimitKind.FALL_PERCENT, LimitKind.FALL_BY):
        return value <= limit
    return value >= limit


def read(draft: Draft, sample: VitalsSample) -> None:
    """Take in one sample and judge the limits it speaks to; one of a source left out judges nothing."""
    signals = ours(draft.state, sample)
    draft.emit(ev.VitalsSeen(dict(signals), sample.source, sample.cuff_measuring))
    if not draft.state.watched.silent:
        draft.clear("monitor_silent")
    if not sources.counts(draft.state, sample.source):
        return
    for index, rule in enumerate(draft.state.plan.rules.limits):
        one = signals.get(rule.signal)
        if one is not None and one.validity is Validity.VALID and one.value is not None and one.measured:
            judge(draft, index, rule, one.value)


def judge(draft: Draft, index: int, rule: LimitRule, value: Decimal) -> None:
    """A new value against one limit; a good one clears it unless another source still crosses it (F32)."""
    view = draft.state.limits[index]
    if crossed(draft.state, rule, value):
        if view.beyond_ms is None:
            draft.emit(ev.LimitCrossed(index))
        return
    known = view.beyond_ms is None and view.excluded
    if not known and crossing(draft.state, rule, draft.now) is None:
        draft.emit(ev.LimitCleared(index))


def crossing(state: RunState, rule: LimitRule, now: int) -> Decimal | None:
    """The last value of a source that counts, on or beyond this limit; None if no source shows one."""
    views = [
        source.signals.get(rule.signal)
        for name, source in state.watched.sources.items()
        if sources.counts(state, name)
    ]
    for view in (*views, sources.by_hand(state, rule.signal, now)):
        if view is None or view.value is None or view.validity is not Validity.VALID:
            continue
        if crossed(state, rule, view.value):
            return view.value
    return None


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
        _silent(draft)


def _hold_for(draft: Draft, rule: LimitRule) -> None:
    value = crossing(draft.state, rule, draft.now)
    if value is None:
        view = sources.seen(draft.state, rule.signal, draft.now)
        value = view.value if view is not None else None
    limit = threshold(draft.state, rule)
    reason = say(
        "vital_beyond", signal=rule.signal, value=value, kind=rule.kind, ordered=rule.value, limit=limit
    )
    if rule.grade is not None:
        reactions.noticed(draft, rule.grade, reason)
    else:
        draft.hold(HoldCause.VITALS, reason)


def _missing(draft: Draft) -> None:
    """One hold for everything that is missing too long: the signals are lines of one alarm (F31)."""
    found = [text for rule in draft.state.plan.rules.signals if (text := _lost(draft.state, rule, draft.now))]
    if found:
        draft.hold(HoldCause.MONITOR_LOST, "; ".join(found))


def _lost(state: RunState, rule: SignalRule, now: int) -> str:
    """Why and how long a signal has been missing, beyond what is ordered; empty = it is not."""
    view = sources.seen(state, rule.signal, now)
    if view is not None and view.by_hand:
        return ""
    since = view.measured_ms if view is not None and view.measured_ms is not None else None
    since = state.watched_from_ms if since is None else since
    if now - since <= int(rule.missing_hold_s * 1000):
        return ""
    blanked = cuff.blanked_until(state, rule, since, now)
    if blanked is not None and now - blanked <= int(rule.missing_hold_s * 1000):
        return ""
    return say("vital_missing", signal=rule.signal, why=_why_missing(view), seconds=(now - since) // 1000)


def _why_missing(view: SignalView | None) -> str:
    if view is None:
        return say("never_seen")
    return say("no_new_value") if view.validity is Validity.VALID else view.validity.value


def silent(draft: Draft, given: inp.MonitorSilent) -> None:
    """A monitor's link failed: said once, also where the run is held for what it no longer gives."""
    draft.emit(ev.MonitorWentSilent(given.name, given.reason))
    if draft.state.phase in OPEN and "held_monitor_lost" not in draft.state.alarms:
        draft.clear("monitor_silent")
        draft.alarm("monitor_silent", f"{given.name}: {given.reason}")


def _silent(draft: Draft) -> None:
    """One cause, one alarm: the hold for what is missing says it while it lasts (F31)."""
    if "held_monitor_lost" in draft.state.alarms:
        draft.clear("monitor_silent")
    elif draft.state.watched.silent:
        draft.alarm("monitor_silent", ", ".join(sorted(draft.state.watched.silent)))


def shut_reasons(state: RunState, now: int) -> tuple[str, ...]:
    """What about the vital signs shuts the gate, as stable codes."""
    reasons = []
    for rule in state.plan.rules.signals:
        view = sources.seen(state, rule.signal, now)
        if view is not None and view.validity is Validity.OTHER_PATIENT:
            reasons.append(f"{rule.signal}:{view.validity}")
        elif view is None or age_ms(state, rule.signal, now) is None:
            reasons.append(f"{rule.signal}:missing")
        elif view.validity is not Validity.VALID:
            reasons.append(f"{rule.signal}:{view.validity}")
        elif not is_fresh(state, rule, now):
            reasons.append(f"{rule.signal}:stale")
    for index, limit in enumerate(state.plan.rules.limits):
        if state.limits[index].beyond_ms is not None:
            reasons.append(f"{limit.signal}:limit")
    return tuple(dict.fromkeys(reasons))
