"""Whether anything at the bed can make a sound, whether it may be silenced, and what time does to alarms."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.draft import Draft
from daemon.engine.evolve_alarms import NEVER_SILENT
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState

SILENT_MS = 30_000
"""Wire time for which anything may silence a STOP nobody has confirmed (F40)."""
HEARD_MS = 5_000
"""After that it sounds for so long before it can be silenced again."""
ESCALATES_MS = 60_000
"""Wire time after which a HIGH alarm that nobody answers escalates, and again ((A) A5)."""


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


def to_be_heard_ms(state: RunState, now: int) -> int:
    """How long STOP NOT CONFIRMED must still sound before it may be silenced again; 0 = it may be (F40)."""
    if NEVER_SILENT.isdisjoint(state.alarms) or state.audio.heard_ms is None:
        return 0
    return max(state.audio.heard_ms + _wire_ms(state, HEARD_MS) - now, 0)


def settle(draft: Draft) -> None:
    """What is due by time: silence that ends, conditions that stayed away, HIGH alarms without an answer."""
    _sound_again(draft)
    _gone(draft)
    _escalate(draft)


def _sound_again(draft: Draft) -> None:
    audio = draft.state.audio
    stop_silent = audio.hushed_ms is not None and draft.now - audio.hushed_ms >= _wire_ms(
        draft.state, SILENT_MS
    )
    if audio.until_ms is not None and (stop_silent or draft.now >= audio.until_ms):
        draft.emit(ev.AudioPauseEnded())
    for alarm in sorted(NEVER_SILENT & draft.state.alarms.keys()) if stop_silent else ():
        if draft.state.alarms[alarm].acknowledged_ms is not None:
            draft.emit(ev.AcknowledgementEnded(alarm))


def _gone(draft: Draft) -> None:
    for alarm, view in draft.state.ended.items():
        off_ms = _wire_ms(draft.state, CATALOGUE[alarm].off_s * 1000)
        if not view.latched and view.ended_ms is not None and draft.now - view.ended_ms >= off_ms:
            draft.emit(ev.AlarmCleared(alarm))


def _escalate(draft: Draft) -> None:
    after_ms = _wire_ms(draft.state, ESCALATES_MS)
    for alarm, view in draft.state.alarms.items():
        answered = view.acknowledged_ms is not None or view.ward_by
        if (
            CATALOGUE[alarm].priority is Priority.HIGH
            and not answered
            and draft.now - view.called_ms >= after_ms
        ):
            draft.emit(ev.AlarmEscalated(alarm, view.escalated + 1))


def _wire_ms(state: RunState, ms: int) -> int:
    """So much of a person's time in engine time."""
    return int(ms * state.wire_factor)
