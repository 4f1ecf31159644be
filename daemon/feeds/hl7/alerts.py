"""Which alert message is due: what the receiver was told, compared with what is. Pure (PCD-04, (A) H1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from daemon.feeds import silence

CONTINUE_S = 20
"""An active alarm is said again this often (10 to 30 s)."""
PRIORITIES = {"HIGH": "PH", "MEDIUM": "PM", "LOW": "PL"}
_RANK = {"PH": 0, "PM": 1, "PL": 2}
_URGENT = {"start": 0, "escalate": 0, "end": 1, "update": 2, "deescalate": 2, "continue": 3}


class State(StrEnum):
    """MDC_ATTR_ALARM_STATE."""

    ACTIVE = "active"
    LATCHED = "latched"
    INACTIVE = "inactive"


class Inactivation(StrEnum):
    """MDC_ATTR_ALARM_INACTIVATION_STATE."""

    ENABLED = "enabled"
    AUDIO_PAUSED = "audio-paused"
    ACKNOWLEDGED = "alert-acknowledged"


@dataclass(frozen=True, slots=True)
class Alert:
    """One message about one alarm. `number` counts the messages of its chain; number 0 is its parent."""

    key: str
    alarm: str
    number: int
    phase: str
    state: State
    inactivation: Inactivation
    priority: str
    text: str
    detail: str
    occlusion: bool
    """The pump reported an occlusion when the chain began."""
    began: datetime
    """When the condition began: OBX-14 of the first facet, the same in all messages of a chain."""
    at: datetime
    """When this message was made: OBR-7."""
    patient: str = ""
    """Whose alarm it is or was, as a named person matched him; empty = nobody had ((A) H5)."""
    pump: str = ""
    escalated: int = 0
    """How often nobody had answered at the bed within a minute ((A) A5)."""

    @property
    def event_id(self) -> str:
        """OBR-3."""
        return f"{self.key}.{self.number}"

    @property
    def parent_id(self) -> str:
        """OBR-29; empty on the first of a chain."""
        return f"{self.key}.0" if self.number else ""


@dataclass(frozen=True, slots=True)
class Seen:
    """An alarm as the bed shows it."""

    key: str
    alarm: str
    state: State
    inactivation: Inactivation
    priority: str
    text: str
    detail: str
    occlusion: bool
    since: timedelta
    escalated: int


def seen(status: Mapping[str, Any]) -> dict[str, Seen]:
    """The alarms of a status, by their keys."""
    occlusion = "occlusion" in status["pump"]["alarms"]
    speed = max(int(status.get("speed", 1)), 1)
    found = (_seen(alarm, speed, occlusion=occlusion) for alarm in status["alarms"])
    return {one.key: one for one in found}


def _seen(alarm: Mapping[str, Any], speed: int, *, occlusion: bool) -> Seen:
    inactivation = Inactivation.ENABLED
    if alarm.get("audio") == "paused":
        inactivation = Inactivation.AUDIO_PAUSED
    if alarm["acknowledged_by"]:
        inactivation = Inactivation.ACKNOWLEDGED
    return Seen(
        key=f"{alarm['id']}-{alarm['raised_ms']}",
        alarm=str(alarm["id"]),
        state=State(alarm.get("state", State.ACTIVE)),
        inactivation=inactivation,
        priority=PRIORITIES[alarm["priority"]],
        text=str(alarm["text"]),
        detail=str(alarm["detail"]),
        occlusion=occlusion and alarm["id"] == "held_pump_alarm",
        since=timedelta(seconds=int(alarm["since_s"])) / speed,
        escalated=int(alarm.get("escalated", 0)),
    )


class Alerts:
    """The chains that are open at the receiver; a message counts as told once it was acknowledged."""

    def __init__(self, told: Mapping[str, Alert] | None = None) -> None:
        self.told = dict(told or {})

    def due(
        self,
        status: Mapping[str, Any],
        now: datetime,
        patient: str = "",
        pump: str = "",
        *,
        known: bool = True,
    ) -> Alert | None:
        """The most urgent message, or None. Of a chain one at a time: what was missed is in the next.

        `known` false: this bed was not heard yet. What was told then lasts, and nothing of it is over.
        """
        now_seen = seen(status)
        found = [alert for one in now_seen.values() if (alert := self._about(one, now)) is not None]
        found = [replace(one, patient=patient, pump=pump) for one in found]
        for alert in [one for key, one in self.told.items() if key not in now_seen]:
            if known or alert.alarm == silence.ID:
                found.append(_end(alert, now))
            elif _lasts(alert, now):
                found.append(replace(alert, number=alert.number + 1, phase="continue", at=now))
        return min(found, key=lambda one: (_URGENT[one.phase], _RANK[one.priority], one.began), default=None)

    def done(self, alert: Alert) -> None:
        """The receiver has it."""
        if alert.phase == "end":
            self.told.pop(alert.key, None)
        else:
            self.told[alert.key] = alert

    def _about(self, one: Seen, now: datetime) -> Alert | None:
        last = self.told.get(one.key)
        if last is None:
            began = now - one.since
            return Alert(
                one.key,
                one.alarm,
                0,
                "start",
                one.state,
                one.inactivation,
                one.priority,
                one.text,
                one.detail,
                one.occlusion,
                began,
                now,
                escalated=one.escalated,
            )
        phase = _phase(last, one, now)
        if not phase:
            return None
        return replace(
            last,
            number=last.number + 1,
            phase=phase,
            state=one.state,
            inactivation=one.inactivation,
            priority=one.priority,
            text=one.text,
            detail=one.detail,
            at=now,
            escalated=one.escalated,
        )


def _phase(last: Alert, one: Seen, now: datetime) -> str:
    if one.priority != last.priority:
        return "escalate" if _RANK[one.priority] < _RANK[last.priority] else "deescalate"
    now_is, was = ((it.state, it.inactivation, it.detail, it.escalated) for it in (one, last))
    if now_is != was:
        return "update"
    return "continue" if _lasts(last, now) else ""


def _lasts(last: Alert, now: datetime) -> bool:
    return now - last.at >= timedelta(seconds=CONTINUE_S)


def _end(last: Alert, now: datetime) -> Alert:
    return replace(
        last,
        number=last.number + 1,
        phase="end",
        state=State.INACTIVE,
        inactivation=Inactivation.ENABLED,
        at=now,
    )
