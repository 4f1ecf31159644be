"""What was acknowledged at the ward: it pauses sound there, never here, and changes no run (F9, F40)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.draft import Draft


def acknowledged(draft: Draft, given: inp.WardAcknowledged) -> None:
    """Recorded for the very occurrence it names; any other key is dropped."""
    state = draft.state
    for alarm, view in {**state.alarms, **state.ended}.items():
        said_before = view.ward_by == given.by and view.ward_station == given.station
        if view.key(alarm) == given.key and not said_before:
            draft.emit(ev.AcknowledgedAtWard(alarm, given.by, given.station, given.feed))


def unheard(draft: Draft, given: inp.WardUnheard) -> None:
    """Whoever acknowledged cannot be asked any more: it counts no more ((A) A4)."""
    state = draft.state
    views = (*state.alarms.values(), *state.ended.values())
    if any(view.ward_by and view.ward_feed == given.feed for view in views):
        draft.emit(ev.WardAcknowledgementsRevoked(given.feed, given.reason))
