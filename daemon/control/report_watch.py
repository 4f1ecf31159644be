"""What the report says of the watch over the patient: reactions, values by hand, sources, holds per hour."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from daemon.engine import events as ev
from daemon.engine.state import RunState

WATCH_PARTS = ("reactions", "by_hand", "excluded")
_HOUR_MS = 3_600_000
_TENTH = Decimal("0.1")


def watch_entry(event: ev.Event, begun: int) -> tuple[str, dict[str, Any]]:
    """The part of the report an event of the watch belongs to, and what it says there; empty = none."""
    match event:
        case ev.ReactionRecorded():
            return "reactions", {
                "grade": event.grade.value,
                "was": event.tapped.value if event.tapped is not None else None,
                "scale": event.scale,
                "symptoms": list(event.symptoms),
                "epinephrine": event.epinephrine,
                "minutes_ago": event.minutes_ago,
                "step": event.step,
                "text": event.text,
                "by": event.by,
                "witness": None,
            }
        case ev.GradeCorrected():
            return "reactions", {
                "grade": event.grade.value,
                "was": event.was.value,
                "scale": event.scale,
                "symptoms": [],
                "epinephrine": False,
                "minutes_ago": 0,
                "step": None,
                "text": event.reason,
                "by": event.by,
                "witness": event.witness,
            }
        case ev.VitalsEntered():
            values = {signal.value: value for signal, value in event.values.items()}
            return "by_hand", {"values": values, "minutes_ago": event.minutes_ago, "by": event.by}
        case ev.SourceExcluded():
            until_s = (event.until_ms - begun) // 1000
            return "excluded", {
                "source": event.name,
                "until_s": until_s,
                "reason": event.reason,
                "by": event.by,
            }
        case _:
            return "", {}


def holds_per_hour(state: RunState) -> Mapping[str, Any]:
    """How often each cause held the run, and how often in an hour of the run so far (F31)."""
    if state.started_ms is None:
        return {}
    end_ms = state.ended_ms if state.ended_ms is not None else state.at_ms
    hours = Decimal(max(end_ms - state.started_ms, 1)) / _HOUR_MS
    return {
        cause: {"times": times, "per_hour": (times / hours).quantize(_TENTH, ROUND_HALF_UP)}
        for cause, times in sorted(state.watched.holds.items())
    }
