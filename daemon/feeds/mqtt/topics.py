"""Topics and payloads of one bed's branch. Pure; every payload is JSON with `schema`, `seq` and `at`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from daemon import exact_json
from daemon.control.audible import NO_RUN

ROOT = "infusiond/v1"
INFORMATIONAL = "informational: the alarm at the bed is what counts"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bed stands; its branch is `infusiond/v1/site/unit/bed`."""

    site: str
    unit: str
    bed: str

    def topic(self, *words: str) -> str:
        """A topic of this bed's branch."""
        return "/".join((ROOT, self.site, self.unit, self.bed, *words))


def payload(schema: str, seq: int, at: datetime, content: Mapping[str, Any]) -> bytes:
    """One message."""
    head = {"schema": f"infusiond.{schema}/1", "seq": seq, "at": at.isoformat(timespec="milliseconds")}
    return exact_json.dumps({**head, **content}).encode("utf-8", "replace")


def lost(birth: str, at: datetime) -> bytes:
    """The last will: the feed's connection broke. A station ignores it if its `birth` is not the newest."""
    return payload("state", 0, at, {"state": "lost", "birth": birth})


def state_of(status: Mapping[str, Any]) -> dict[str, Any]:
    """The bed in short, for a row on a board."""
    step, protocol, hold = status["step"], status["protocol"], status["hold"]
    return {
        "simulated": status["simulated"],
        "speed": status["speed"],
        "mode": status["mode"],
        "phase": status["phase"],
        "protocol": {"id": protocol["id"], "title": protocol["title"], "drug": protocol["drug"]},
        "step": {
            "number": step["number"],
            "of": protocol["steps"],
            "solution": step["solution"],
            "rate_ml_h": step["rate_ml_h"],
        },
        "left_s": step["left_s"],
        "elapsed_s": status["elapsed_s"],
        "dose": status["dose"],
        "gate": status["gate"],
        "hold": hold and {"causes": hold["causes"], "grade": hold["grade"], "since_s": hold["since_s"]},
        "gap": status["gap"],
        "todo": status["todo"],
        "notices": status.get("notices", []),
        "alarms": {alarm["id"]: alarm["priority"] for alarm in status["alarms"]},
        "feed": INFORMATIONAL,
    }


def matters(state: Mapping[str, Any]) -> tuple[object, ...]:
    """What of a state is told at once, not at the next turn."""
    hold = state["hold"] and (state["hold"]["causes"], state["hold"]["grade"])
    return (state["mode"], state["phase"], state["step"], hold, state["gate"], state["alarms"])


def pumps_of(status: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Every pump of the bed."""
    return status.get("pumps") or [status["pump"]]


def alarm_key(alarm: Mapping[str, Any]) -> str:
    """The name of this one occurrence: what a station confirms."""
    return f"{alarm['id']}-{alarm['raised_ms']}"


def alarm_of(alarm: Mapping[str, Any], now: datetime, speed: int) -> dict[str, Any]:
    """An active alarm; `since` is wall time."""
    began = now - timedelta(seconds=int(alarm["since_s"]) / max(speed, 1))
    return {
        "id": alarm["id"],
        "key": alarm_key(alarm),
        "priority": alarm["priority"],
        "text": alarm["text"],
        "detail": alarm["detail"],
        "lines": alarm["lines"],
        "since": began.isoformat(timespec="seconds"),
        "state": alarm.get("state", "active"),
        "audio": alarm.get("audio", "on"),
        "escalated": alarm.get("escalated", 0),
        "acknowledged_by": alarm["acknowledged_by"],
        "acknowledged_at_ward_by": alarm.get("acknowledged_at_ward_by", ""),
    }


def same_alarm(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Nothing but the reckoning of `since` differs."""
    return {**before, "since": ""} == {**now, "since": ""}


WITHHELD = frozenset({"patient", "codes", "used_codes", "earlier"})
"""Of the record's facts: who the patients are, and what a bag's code can be checked against (F12, F13)."""


def event_of(content: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """A record as the mirror shows it: whole, but for what identifies patient and bags."""
    data = content["data"]
    shown = {key: value for key, value in data.items() if key not in WITHHELD}
    return {
        "type": content["type"],
        "data": shown,
        "withheld": sorted(data.keys() & WITHHELD),
        "utc": content["utc"],
        "at_ms": content["at_ms"],
        "boot": content["boot"],
        "hash": digest,
    }


def may_run(status: Mapping[str, Any] | None) -> bool:
    """Drug may be driven at this bed; also where nothing was ever heard."""
    return status is None or status.get("phase") not in NO_RUN
