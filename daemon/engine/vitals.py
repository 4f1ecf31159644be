"""Vital signs: freshness, limits and what is missing (F31, F35). Missing is as bad as bad."""

from __future__ import annotations

from decimal import Decimal

from daemon.engine import cuff, reactions, sources
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.draft import NOT_DRIVEN, Draft
from daemon.engine.matching import is_ours, ours
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.engine.watched import SignalView
from daemon.protocols.rules import Grade, HoldCause, LimitKind, LimitRule, SignalRule
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
    cuff_measuring = sample.cuff_measuring and is_ours(draft.state, sample)
    draft.emit(ev.VitalsSeen(dict(signals), sample.source, cuff_measuring))
    if not draft.state.watched.silent:
        draft.clear("monitor_silent")
    if not sources.counts(draft.state, sample.source):
        return
    for index, rule in enumerate(draft.state.plan.rules.limits):
        one = signals.get(rule.signal)
        if one is not None and one.validity is Validity.VALID and one.value is not None and one.measured:
            judge(draft, index, rule, one.value)


def judge(draft: Draft, index: int, rule: LimitRule, value: Decimal) -> None:
    """A new value against one limit; a good one clears it unless another source may cross it (F32, F35)."""
    view = draft.state.limits[index]
    if crossed(draft.state, rule, value):
        if view.beyond_ms is None:
            draft.emit(ev.LimitCrossed(index))
        return
    known = view.beyond_ms is None and view.excluded
    if known or not (view.excluded or _all_measured(draft.state, rule.signal, draft.now)):
        return
    if crossing(draft.state, rule, draft.now) is None:
        draft.emit(ev.LimitCleared(index))


def _all_measured(state: RunState, signal: Signal, now: int) -> bool:
    """Every source that counts has measured this signal since the restart (F35)."""
    return all(view.measured_ms is not None for view in sources.last_words(state, signal, now))


def crossing(state: RunState, rule: LimitRule, now: int) -> Decimal | None:
    """The last value of a source that counts, on or beyond this limit; None if no source shows one."""
    for view in sources.last_words(state, rule.signal, now):
        if view.value is None or view.validity is not Validity.VALID:
            continue
        if crossed(state, rule, view.value):
            return view.value
    return None


def settle(draft: Draft) -> None:
    """Hold for limits crossed long enough and for signals missing too long."""
    if draft.state.started_ms is None:
        return
    phase = draft.state.phase
    standing = _watch(draft) if _watching(draft.state) else False
    for watched, alarm in NOT_DRIVEN.items():
        view = draft.state.alarms.get(alarm)
        over = not standing or watched is not phase
        if over and view is not None and view.acknowledged_ms is not None:
            draft.clear(alarm)


def _watch(draft: Draft) -> bool:
    """Say what is beyond a limit or missing; whether there is anything that is no reaction."""
    rules = draft.state.plan.rules.limits
    due = {
        index: since
        for index in range(len(rules))
        if (since := _due_ms(draft.state, index, draft.now)) is not None
    }
    for index, since in due.items():
        if not any(_covers(rules[other], other, rules[index], index) for other in due):
            _hold_for(draft, rules[index], since)
    missing = _missing(draft)
    _silent(draft, missing=missing)
    return missing or any(rules[index].grade is None for index in due)


def _due_ms(state: RunState, index: int, now: int) -> int | None:
    """Since when a limit has been crossed for as long as ordered; None if it is not."""
    view = state.limits[index]
    if view.beyond_ms is None:
        return None
    for_s = state.plan.rules.limits[index].for_s if view.excluded else Decimal(0)
    due = view.beyond_ms + int(for_s * 1000)
    return due if now >= due else None


def _covers(other: LimitRule, number: int, rule: LimitRule, index: int) -> bool:
    """One sign that is beyond several limits is said once, as the worst of them (F31)."""
    if other.signal is not rule.signal or (other.grade is None) is not (rule.grade is None):
        return False
    ranks = [one.grade.rank if one.grade is not None else 0 for one in (other, rule)]
    return ranks[0] > ranks[1] or (ranks[0] == ranks[1] and number < index)


def _hold_for(draft: Draft, rule: LimitRule, since: int) -> None:
    reason = _told(draft.state, rule, draft.now)
    if rule.grade is not None:
        reactions.noticed(draft, rule.grade, reason, since, rule.signal)
    else:
        draft.hold(HoldCause.VITALS, reason, since=since, sign=rule.signal)


def _told(state: RunState, rule: LimitRule, now: int) -> str:
    """What is beyond which limit."""
    value = crossing(state, rule, now)
    if value is None:
        view = sources.seen(state, rule.signal, now)
        value = view.value if view is not None else None
    limit = threshold(state, rule)
    return say(
        "vital_beyond", signal=rule.signal, value=value, kind=rule.kind, ordered=rule.value, limit=limit
    )


def worse_than(state: RunState, grade: Grade, now: int) -> tuple[str, ...]:
    """The crossed limits that enter a reaction of a higher grade while they are watched."""
    if not _watching(state):
        return ()
    return tuple(
        _told(state, rule, now)
        for view, rule in zip(state.limits, state.plan.rules.limits, strict=True)
        if view.beyond_ms is not None and rule.grade is not None and rule.grade.rank > grade.rank
    )


def _watching(state: RunState) -> bool:
    return state.started_ms is not None and (state.phase in OPEN or state.phase is Phase.AFTER_WATCH)


def _missing(draft: Draft) -> bool:
    """One hold for everything that is missing too long: the signals are lines of one alarm (F31)."""
    rules = draft.state.plan.rules.signals
    found = {rule.signal: text for rule in rules if (text := _lost(draft.state, rule, draft.now))}
    if found:
        since = max(_last_ms(draft.state, signal) for signal in found)
        draft.hold(HoldCause.MONITOR_LOST, "; ".join(found.values()), since=since, sign="missing")
    return bool(found)


def _last_ms(state: RunState, signal: Signal) -> int:
    """When a signal that is missing was last there: measured, entered by hand, or waited for."""
    views = (state.signals.get(signal), state.watched.by_hand.get(signal))
    known = [view.measured_ms for view in views if view is not None and view.measured_ms is not None]
    return max(known, default=state.watched_from_ms)


def _lost(state: RunState, rule: SignalRule, now: int) -> str:
    """Why and how long a signal has been missing, beyond what is ordered; empty = it is not."""
    view = sources.seen(state, rule.signal, now)
    if view is not None and view.by_hand:
        return ""
    if view is None:
        view = state.watched.by_hand.get(rule.signal)
    measured = view.measured_ms if view is not None else None
    since = state.watched_from_ms if measured is None else measured
    if now - since <= int(rule.missing_hold_s * 1000):
        return ""
    blanked = cuff.blanked_until(state, rule, measured, now)
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
    watched = draft.state.phase in OPEN or draft.state.phase is Phase.AFTER_WATCH
    if watched and "held_monitor_lost" not in draft.state.alarms:
        draft.clear("monitor_silent")
        draft.alarm("monitor_silent", f"{given.name}: {given.reason}")


def _silent(draft: Draft, *, missing: bool) -> None:
    """One cause, one alarm: the one for what is missing says it while it lasts (F31)."""
    if missing or "held_monitor_lost" in draft.state.alarms:
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
        elif view is None and rule.signal in state.watched.by_hand:
            reasons.append(f"{rule.signal}:stale")
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
