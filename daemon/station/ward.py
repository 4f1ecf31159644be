"""What a station knows of its beds: the view every board is made from. A silent bed is LOST. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from daemon import exact_json

LOST_MS = 7_000
"""Three heartbeats of 2 s missed, and a moment more: shown well within 10 s ((A) A6)."""
BEDS_MAX = 1_000
ALARMS_MAX = 200
_RANK = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}


class Presence(StrEnum):
    """How live a bed's row is."""

    LIVE = "live"
    SILENT = "silent"
    """The feed speaks and its daemon does not."""
    LOST = "lost"
    """Neither is heard."""


@dataclass
class Bed:
    """One bed as heard; times are wire milliseconds of this station."""

    place: tuple[str, str, str]
    seen_ms: int
    state: Mapping[str, Any] = field(default_factory=dict)
    will: str = ""
    """The birth whose death was told."""
    beat_ms: int | None = None
    beat: int = 0
    alarms: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    event: int | None = None
    missed: int = 0
    """Records that never came, since this station listens."""


@dataclass(frozen=True, slots=True)
class Row:
    """A bed as shown; alarms the gravest first. What is not LIVE is the last that was heard."""

    site: str
    unit: str
    bed: str
    presence: Presence
    quiet_s: int
    """Since the last heartbeat, or since this station first knew of the bed."""
    state: Mapping[str, Any]
    alarms: tuple[Mapping[str, Any], ...]
    missed: int
    heard: bool
    """A heartbeat was heard since this station knows of the bed."""

    @property
    def worst(self) -> str:
        """The highest priority; empty = no alarm. A bed that is not live is HIGH."""
        if self.presence is not Presence.LIVE:
            return "HIGH"
        return str(self.alarms[0]["priority"]) if self.alarms else ""


class Ward:
    """Fed with every message of the branch; what is no message of ours changes nothing."""

    def __init__(self, unit: str = "") -> None:
        self._unit = unit
        self._beds: dict[tuple[str, str, str], Bed] = {}

    def hear(self, topic: str, payload: bytes, now_ms: int) -> Mapping[str, Any] | None:
        """Take one message; an alarm that is told is given back, so that its receipt can be sent."""
        words = topic.split("/")
        if len(words) < 6 or words[:2] != ["infusiond", "v1"] or self._unit not in ("", words[3]):
            return None
        place = (words[2], words[3], words[4])
        if place not in self._beds and len(self._beds) >= BEDS_MAX:
            return None
        content = _content(payload)
        bed = self._beds.setdefault(place, Bed(place, now_ms))
        match words[5:]:
            case ["state"] if content:
                _hear_state(bed, content, now_ms)
            case ["heartbeat"] if content:
                _hear_beat(bed, content, now_ms)
            case ["event"] if content:
                _hear_event(bed, content)
            case ["alarm", name]:
                return _hear_alarm(bed, name, content)
        return None

    def rows(self, now_ms: int) -> list[Row]:
        """Every bed, by unit and name; bed-2 stands before bed-10."""
        return [_row(self._beds[place], now_ms) for place in sorted(self._beds, key=_in_order)]

    def cut_off(self, now_ms: int) -> None:
        """Our own line was lost and is back: what comes now is the whole truth anew, and no gap of a bed."""
        for bed in self._beds.values():
            bed.alarms.clear()
            bed.event = None
            bed.seen_ms = now_ms


def _in_order(place: tuple[str, str, str]) -> list[tuple[int, str]]:
    parts = re.split("([0-9]{1,9})", "/".join(place))
    return [(int(part), "") if at % 2 else (0, part) for at, part in enumerate(parts)]


def _content(payload: bytes) -> dict[str, Any]:
    try:
        content = exact_json.loads(payload)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _hear_state(bed: Bed, content: dict[str, Any], now_ms: int) -> None:
    birth = str(content.get("birth", ""))
    if content.get("state") == "lost":
        if not bed.state or birth == bed.state.get("birth"):
            bed.will = birth
        return
    if birth != bed.state.get("birth"):
        bed.beat_ms, bed.seen_ms = None, now_ms
    bed.state, bed.will = content, ""


def _hear_beat(bed: Bed, content: Mapping[str, Any], now_ms: int) -> None:
    """A beat that does not change is a supervising loop that does not turn."""
    beat = content.get("beat")
    if isinstance(beat, int) and beat != bed.beat:
        bed.beat, bed.beat_ms = beat, now_ms


def _hear_event(bed: Bed, content: Mapping[str, Any]) -> None:
    seq = content.get("seq")
    if not isinstance(seq, int):
        return
    if bed.event is not None and seq > bed.event + 1:
        bed.missed += seq - bed.event - 1
    bed.event = seq if bed.event is None or seq == 1 else max(seq, bed.event)


def _hear_alarm(bed: Bed, name: str, content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if not content:
        bed.alarms.pop(name, None)
        return None
    if content.get("priority") not in list(_RANK) or "key" not in content:
        return None
    if name not in bed.alarms and len(bed.alarms) >= ALARMS_MAX:
        return None
    bed.alarms[name] = content
    return content


def _row(bed: Bed, now_ms: int) -> Row:
    quiet_ms = now_ms - (bed.beat_ms if bed.beat_ms is not None else bed.seen_ms)
    presence = Presence.LIVE
    if bed.will or quiet_ms > LOST_MS or not bed.state:
        presence = Presence.LOST
    elif bed.state.get("state") == "silent":
        presence = Presence.SILENT
    alarms = sorted(bed.alarms.values(), key=lambda one: (_RANK[str(one["priority"])], str(one.get("since"))))
    site, unit, name = bed.place
    return Row(
        site,
        unit,
        name,
        presence,
        quiet_ms // 1000,
        bed.state,
        tuple(alarms),
        bed.missed,
        bed.beat_ms is not None,
    )
