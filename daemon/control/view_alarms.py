"""The alarms of a bed as data: conditions that last, and those that are over and still shown."""

from __future__ import annotations

from typing import Any

from daemon.control import view_line
from daemon.engine import consequences
from daemon.engine.alarm_view import AlarmView
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.alarms_by_hand import text_by_hand
from daemon.engine.state import RunState
from daemon.engine.texts import say

_RANK = list(Priority).index


def alarms(state: RunState, now: int) -> list[dict[str, Any]]:
    """The most urgent first, what lasts before what is over, the oldest first."""
    shown = [*state.alarms.items(), *state.ended.items()]
    shown.sort(key=lambda one: (one[1].latched, _RANK(CATALOGUE[one[0]].priority), one[1].raised_ms))
    return [_alarm(state, alarm, seen, now) for alarm, seen in shown]


def _alarm(state: RunState, alarm: str, seen: AlarmView, now: int) -> dict[str, Any]:
    kind = CATALOGUE[alarm]
    return {
        "id": alarm,
        "priority": kind.priority.value,
        "type": kind.type.value,
        "state": "latched" if seen.latched else "active",
        "audio": _audio(state, seen),
        "text": _text(state, alarm, seen),
        "detail": seen.detail,
        "lines": list(consequences.lines(state, alarm)) if alarm in state.alarms else [],
        "raised_ms": seen.raised_ms,
        "since_s": (now - seen.raised_ms) // 1000,
        "escalated": seen.escalated,
        "acknowledged_by": seen.acknowledged_by,
        "acknowledged_at_ward_by": seen.ward_by,
    }


def audio_pause(state: RunState, now: int) -> dict[str, Any] | None:
    """Who paused the sound at the bed, and for how much longer; None = it is not paused."""
    if state.audio.until_ms is None:
        return None
    left_ms = max(state.audio.until_ms - now, 0)
    return {"by": state.audio.paused_by, "left_s": int(left_ms / state.wire_factor) // 1000}


def _audio(state: RunState, seen: AlarmView) -> str:
    """Whether it is to be heard at the bed: acknowledged, or over and about to go, it is not."""
    if seen.acknowledged_by or (seen.ended_ms is not None and not seen.latched):
        return "off"
    return "paused" if state.audio.until_ms is not None else "on"


def _text(state: RunState, alarm: str, seen: AlarmView) -> str:
    """The table's words; of a hold with what the line still holds (F3); of what is over, that it is."""
    kind = CATALOGUE[alarm]
    if seen.latched:
        return say("alarm_latched", known=kind.known, alarm=alarm)
    text = text_by_hand(alarm, kind, stands=state.pump.stopped) if state.advisory else kind.text
    held = view_line.held_sentence(state) if kind.hold else ""
    return f"{text} {held}" if held else text
