"""Acts about the signals of alarms; none of them changes a condition, or the run."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import sounding
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.evolve_alarms import NEVER_SILENT
from daemon.engine.inputs_alarms import PAUSE_MAX_MIN
from daemon.engine.texts import say


def acknowledge(draft: Draft, given: inp.Acknowledge) -> str:
    """The alarm was seen; its condition stays."""
    if given.alarm not in draft.state.alarms and given.alarm not in draft.state.ended:
        raise Refusal("no_alarm", alarm=given.alarm)
    if given.alarm in NEVER_SILENT:
        _heard_first(draft)
    draft.emit(ev.AlarmAcknowledged(given.alarm, given.by or "unnamed"))
    return say("acknowledged")


def reset(draft: Draft, given: inp.ResetAlarm) -> str:
    """A named person takes off what is over."""
    if given.alarm in draft.state.alarms:
        raise Refusal("alarm_lasts", alarm=given.alarm)
    view = draft.state.ended.get(given.alarm)
    if view is None or not view.latched:
        raise Refusal("not_latched", alarm=given.alarm)
    draft.emit(ev.AlarmReset(given.alarm, given.by))
    return say("alarm_reset", alarm=given.alarm)


def pause(draft: Draft, given: inp.PauseAudio) -> str:
    """Silence at the bed for a while; STOP NOT CONFIRMED sounds again sooner (F40)."""
    if not 1 <= given.minutes <= PAUSE_MAX_MIN:
        raise Refusal("pause_minutes", most=PAUSE_MAX_MIN)
    if not draft.state.alarms and not draft.state.ended:
        raise Refusal("nothing_sounds")
    _heard_first(draft)
    until = draft.now + int(given.minutes * 60_000 * draft.state.wire_factor)
    draft.emit(ev.AudioPaused(until, given.by))
    return say("audio_paused", minutes=given.minutes)


def _heard_first(draft: Draft) -> None:
    left_ms = sounding.to_be_heard_ms(draft.state, draft.now)
    if left_ms:
        raise Refusal("heard_first", seconds=-(-left_ms // 1000))
