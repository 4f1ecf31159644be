"""What a feed tells of a bed whose daemon says nothing: an alarm of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.control.audible import NO_RUN
from daemon.engine.alarms import Priority

ID = "daemon_silent"
TEXT = (
    "The program at the bed is silent. Not known: whether drug is running, and how the patient is. "
    "GO TO THE BED. If drug is running: press STOP on the pump and clamp the line at the patient."
)


def silent(last: Mapping[str, Any] | None, since_ms: int, now_ms: int, why: str) -> dict[str, Any]:
    """The last status with this alarm added; of a daemon never heard, the alarm alone. Wire milliseconds."""
    speed = int(last["speed"]) if last is not None else 1
    quiet = last is not None and last.get("phase") in NO_RUN
    alarm = {
        "id": ID,
        "priority": (Priority.LOW if quiet else Priority.HIGH).value,
        "text": TEXT,
        "detail": why,
        "lines": [],
        "raised_ms": since_ms,
        "since_s": (now_ms - since_ms) // 1000 * speed,
        "acknowledged_by": "",
    }
    status = dict(last) if last is not None else {"pump": {"alarms": []}, "alarms": []}
    return {**status, "alarms": [*status["alarms"], alarm]}
