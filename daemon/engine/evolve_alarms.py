"""How the facts of alarms change the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from daemon.changed import replace
from daemon.engine import events_alarms as ev
from daemon.engine.alarm_kind import FLAPS_S
from daemon.engine.alarm_view import AlarmView, AudioView
from daemon.engine.alarms import CATALOGUE
from daemon.engine.state import RunState

NEVER_SILENT = frozenset({"stop_not_confirmed", "stop_by_hand"})
"""A STOP nobody has confirmed: never silent for long (F40)."""


def alarms_after(state: RunState, event: ev.AlarmEvent, at: int) -> RunState:
    """The state after one fact of an alarm at engine time `at` (ms)."""
    match event:
        case ev.AudioPaused():
            after = replace(state, audio=replace(state.audio, paused_by=event.by, until_ms=event.until_ms))
        case ev.AudioPauseEnded():
            after = _sounding(state)
        case ev.WardAcknowledgementsRevoked():
            after = _revoked(state, event.feed, at)
        case ev.AlarmRaised():
            view = AlarmView(at, event.detail, signs=frozenset(event.signs), called_ms=at)
            after = _sounding(_put(_without(state, event.alarm), event.alarm, view))
        case ev.AlarmReturned():
            after = _returned(state, event, at)
        case ev.AlarmEnded():
            after = _ended(state, event, at)
        case ev.AlarmCleared() | ev.AlarmReset():
            after = _without(state, event.alarm)
        case (
            ev.AlarmAcknowledged() | ev.AcknowledgementEnded() | ev.AlarmEscalated() | ev.AcknowledgedAtWard()
        ):
            after = _answered(state, event, at)
        case _:
            assert_never(event)
    return _hushed(after, at)


def restarted(state: RunState, at: int) -> RunState:
    """A new process: what nobody can be asked about any more, pauses nothing ((A) A4)."""
    after = _revoked(replace(state, audio=AudioView()), "", at)
    return _hushed(after, at)


def _answered(
    state: RunState,
    event: ev.AlarmAcknowledged | ev.AcknowledgementEnded | ev.AlarmEscalated | ev.AcknowledgedAtWard,
    at: int,
) -> RunState:
    view = state.alarms.get(event.alarm) or state.ended.get(event.alarm)
    if view is None:
        return state
    match event:
        case ev.AlarmAcknowledged():
            view = replace(view, acknowledged_by=event.by, acknowledged_ms=at, signs=frozenset())
        case ev.AcknowledgementEnded():
            view = replace(view, acknowledged_by="", acknowledged_ms=None, called_ms=at)
        case ev.AlarmEscalated():
            view = replace(view, escalated=event.times, called_ms=at)
        case ev.AcknowledgedAtWard():
            view = replace(view, ward_by=event.by, ward_station=event.station, ward_feed=event.feed)
        case _:
            assert_never(event)
    return _put(state, event.alarm, view)


def _returned(state: RunState, event: ev.AlarmReturned, at: int) -> RunState:
    """A row that may flap, said as before, stays acknowledged; otherwise it is news and sounds."""
    view = state.ended.get(event.alarm)
    if view is None or view.ended_ms is None:
        return state
    soon = at - view.ended_ms < int(FLAPS_S * 1000 * state.wire_factor)
    flaps = soon and bool(CATALOGUE[event.alarm].off_s) and view.detail == event.detail
    now = replace(view, ended_ms=None, latched=False, detail=event.detail)
    state = _without(state, event.alarm)
    if flaps:
        return _put(state, event.alarm, now)
    now = replace(now, acknowledged_by="", acknowledged_ms=None, called_ms=at, ward_by="")
    return _sounding(_put(state, event.alarm, now))


def _ended(state: RunState, event: ev.AlarmEnded, at: int) -> RunState:
    view = state.alarms.get(event.alarm)
    if view is None:
        return state
    return _put(_without(state, event.alarm), event.alarm, replace(view, ended_ms=at, latched=event.latched))


def _revoked(state: RunState, feed: str, at: int) -> RunState:
    """Without the acknowledgements that came over this feed; no name = over any."""

    def left(views: Mapping[str, AlarmView]) -> dict[str, AlarmView]:
        return {
            alarm: replace(view, ward_by="", ward_station="", ward_feed="", called_ms=at)
            if view.ward_by and feed in ("", view.ward_feed)
            else view
            for alarm, view in views.items()
        }

    return replace(state, alarms=left(state.alarms), ended=left(state.ended))


def _put(state: RunState, alarm: str, view: AlarmView) -> RunState:
    if view.ended_ms is None:
        return replace(state, alarms={**state.alarms, alarm: view})
    return replace(state, ended={**state.ended, alarm: view})


def _without(state: RunState, alarm: str) -> RunState:
    alarms = {one: view for one, view in state.alarms.items() if one != alarm}
    ended = {one: view for one, view in state.ended.items() if one != alarm}
    return replace(state, alarms=alarms, ended=ended)


def _sounding(state: RunState) -> RunState:
    return replace(state, audio=replace(state.audio, paused_by="", until_ms=None))


def _hushed(state: RunState, at: int) -> RunState:
    """Keep since when STOP NOT CONFIRMED is silent, and when it began to sound again (F40)."""
    views, audio = [state.alarms[one] for one in NEVER_SILENT if one in state.alarms], state.audio
    if not views:
        if audio.hushed_ms is None and audio.heard_ms is None:
            return state
        return replace(state, audio=replace(audio, hushed_ms=None, heard_ms=None))
    silent = audio.until_ms is not None or any(view.acknowledged_ms is not None for view in views)
    if silent and audio.hushed_ms is None:
        return replace(state, audio=replace(audio, hushed_ms=at))
    if not silent and audio.hushed_ms is not None:
        return replace(state, audio=replace(audio, hushed_ms=None, heard_ms=at))
    return state
