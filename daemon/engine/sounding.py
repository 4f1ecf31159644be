"""Whether anything at the bed can make a sound, and whether it may be silenced (F9, F40)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState

NEVER_SILENT = "stop_not_confirmed"
SILENT_MS = 30_000
"""Wire time for which an acknowledgement may silence `stop_not_confirmed` (F40)."""


def alive(draft: Draft, given: inp.SoundAlive) -> None:
    """An annunciator answers; one is enough."""
    if draft.state.bedside.sound != given.name:
        draft.emit(ev.SoundFound(given.name))
    draft.clear("sound_lost")


def lost(draft: Draft, given: inp.SoundLost) -> None:
    """Nothing at the bed can be heard: no advance and no renewal, HIGH on whatever still listens."""
    if draft.state.bedside.sound:
        draft.emit(ev.SoundGone(given.reason))
    if draft.state.phase in OPEN or draft.state.phase is Phase.AFTER_WATCH:
        draft.alarm("sound_lost", given.reason)


def shut_reasons(state: RunState) -> tuple[str, ...]:
    """What about the annunciator shuts the gate of a run that was started."""
    return ("sound:lost",) if state.started_ms is not None and not state.bedside.sound else ()


def settle(draft: Draft) -> None:
    """Nobody silences STOP NOT CONFIRMED for more than 30 s."""
    view = draft.state.alarms.get(NEVER_SILENT)
    if view is None or view.acknowledged_ms is None:
        return
    if draft.now - view.acknowledged_ms >= int(SILENT_MS * draft.state.wire_factor):
        draft.emit(ev.AcknowledgementEnded(NEVER_SILENT))
