"""How facts about the patient change the state: samples of every source, limits, reactions (F22, F32)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from daemon.changed import replace
from daemon.engine import events_watched as ev
from daemon.engine.state import LimitView, RunState
from daemon.engine.watched import Agreement, ApartView, SignalView, SourceView, WatchedView
from daemon.protocols.rules import HoldCause
from drivers.values import Measurement, Signal, Validity

HOUR_MS = 3_600_000
MS_PER_MIN = 60_000
WORSE_IS_HIGHER = frozenset({Signal.HR, Signal.PULSE, Signal.RR, Signal.TEMP, Signal.ETCO2})
"""Of two sources the higher value counts for these signals, the lower one for the others."""


def watched_after(state: RunState, event: ev.WatchedEvent, at: int) -> RunState:
    """After one fact about the patient."""
    watched = state.watched
    match event:
        case ev.VitalsSeen():
            return _seen(state, event, at)
        case ev.LimitCrossed():
            return _limit(state, event.limit, LimitView(at, state.limits[event.limit].excluded))
        case ev.LimitCleared():
            return _limit(state, event.limit, LimitView())
        case ev.BaselineCaptured():
            return replace(state, baseline=event.values, baseline_others=event.others)
        case ev.ReactionRecorded():
            return _reacted(state, event, at)
        case ev.GradeCorrected():
            hold = state.hold
            if hold is not None and hold.grade is not None:
                hold = replace(hold, grade=event.grade)
            return replace(state, hold=hold, watched=replace(watched, grade=event.grade))
        case ev.VitalsEntered():
            measured = at - event.minutes_ago * MS_PER_MIN
            entered = {
                signal: SignalView(value, Validity.VALID, measured, by_hand=True)
                for signal, value in event.values.items()
            }
            return replace(state, watched=replace(watched, by_hand={**watched.by_hand, **entered}))
        case ev.MonitorWentSilent():
            return replace(state, watched=replace(watched, silent=watched.silent | {event.name}))
        case ev.SourceExcluded():
            excluded = {**watched.excluded, event.name: event.until_ms}
            return _merged(replace(state, watched=replace(watched, excluded=excluded)))
        case ev.SourceIncluded():
            excluded = {name: until for name, until in watched.excluded.items() if name != event.name}
            return _merged(replace(state, watched=replace(watched, excluded=excluded)))
        case ev.SourcesCompared():
            return replace(state, watched=_compared(watched, event, at))
        case _:
            assert_never(event)


def _compared(watched: WatchedView, event: ev.SourcesCompared, at: int) -> WatchedView:
    signal, before = event.signal, watched.apart.get(event.signal)
    if event.found is Agreement.OVER or (before is None and event.found is not Agreement.APART):
        return replace(watched, apart={one: its for one, its in watched.apart.items() if one is not signal})
    view = before if before is not None else ApartView(at)
    match event.found:
        case Agreement.TOGETHER:
            view = replace(view, together_ms=at)
        case Agreement.APART:
            view = replace(view, together_ms=None)
        case Agreement.TOLD:
            view = replace(view, told=True)
    return replace(watched, apart={**watched.apart, signal: view})


def _seen(state: RunState, event: ev.VitalsSeen, at: int) -> RunState:
    watched = state.watched
    before = watched.sources.get(event.source)
    if before is None:
        before = SourceView()
    after = replace(before, signals=_with(before.signals, event.signals, at))
    measuring = after.cuff_from_ms is not None and after.cuff_until_ms is None
    if event.cuff_measuring and not measuring:
        after = replace(after, cuff_from_ms=at, cuff_until_ms=None)
    elif measuring and not event.cuff_measuring:
        after = replace(after, cuff_until_ms=at)
    sources = {**watched.sources, event.source: after}
    silent = watched.silent - {event.source} if watched.silent else watched.silent
    return _merged(replace(state, watched=replace(watched, sources=sources, silent=silent)))


def _with(
    before: Mapping[Signal, SignalView], sample: Mapping[Signal, Measurement], at: int
) -> Mapping[Signal, SignalView]:
    signals = dict(before)
    for signal, one in sample.items():
        last = signals.get(signal)
        measured = last.measured_ms if last is not None else None
        if one.measured and one.validity is Validity.VALID:
            measured = at - int(one.age_s * 1000)
        signals[signal] = SignalView(one.value, one.validity, measured)
    return signals


def _merged(state: RunState) -> RunState:
    """Every signal as the worst of the sources that count says it."""
    watched = state.watched
    counting = [source for name, source in watched.sources.items() if name not in watched.excluded]
    if len(counting) == 1:
        return replace(state, signals=counting[0].signals)
    views: dict[Signal, list[SignalView]] = {}
    for source in counting:
        for signal, view in source.signals.items():
            views.setdefault(signal, []).append(view)
    return replace(state, signals={signal: worst(signal, its) for signal, its in views.items()})


def worst(signal: Signal, views: list[SignalView]) -> SignalView:
    """What counts of several sources: one that is not valid, the oldest age, the worse value (F32)."""
    if len(views) == 1:
        return views[0]
    ages = [view.measured_ms for view in views if view.measured_ms is not None]
    measured = min(ages) if len(ages) == len(views) else None
    bad = next((view for view in views if view.validity is not Validity.VALID), None)
    if bad is not None:
        return SignalView(bad.value, bad.validity, measured)
    values = [view.value for view in views if view.value is not None]
    value = (max if signal in WORSE_IS_HIGHER else min)(values, default=None)
    return SignalView(value, Validity.VALID, measured)


def _limit(state: RunState, index: int, view: LimitView) -> RunState:
    return replace(state, limits=(*state.limits[:index], view, *state.limits[index + 1 :]))


def _reacted(state: RunState, event: ev.ReactionRecorded, at: int) -> RunState:
    watched = state.watched
    worse = watched.grade is None or event.grade.rank > watched.grade.rank
    onset = event.step if event.minutes_ago else watched.onset_step
    if watched.onset_step is not None and onset is not None:
        onset = min(onset, watched.onset_step)
    watched = replace(
        watched,
        grade=event.grade if worse else watched.grade,
        epinephrine_ms=at if event.epinephrine else watched.epinephrine_ms,
        onset_step=onset,
    )
    return replace(state, watched=watched, last_reaction_ms=at)


def restarted(watched: WatchedView) -> WatchedView:
    """A new process has seen nothing yet: no age, no cuff, no value by hand is believed (F35)."""
    sources = {
        name: SourceView({signal: replace(view, measured_ms=None) for signal, view in one.signals.items()})
        for name, one in watched.sources.items()
    }
    return replace(watched, sources=sources, silent=frozenset(), excluded={}, by_hand={}, apart={})


def begun(watched: WatchedView, step: int, at: int) -> WatchedView:
    """A step begins: a reaction told later is placed by this."""
    return replace(watched, begun=(*watched.begun, (at, step)), onset_step=None)


def went_on(watched: WatchedView) -> WatchedView:
    """A named person went on: the next reaction is a new one."""
    return replace(watched, onset_step=None)


def held(watched: WatchedView, cause: HoldCause, at: int, *, first: bool) -> WatchedView:
    """One more hold for a cause; a cause that is named again in the same hold is no other one."""
    if not first:
        return watched
    recent = tuple(one for one in watched.held_at if one[1] > at - HOUR_MS)
    holds = {**watched.holds, cause.value: watched.holds.get(cause.value, 0) + 1}
    return replace(watched, holds=holds, held_at=(*recent, (cause.value, at)))
