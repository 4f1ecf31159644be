"""The facts of alarms: conditions that begin and end, and what persons do about their signals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """A condition of the alarm table began; it ends a pause of the sound. `signs`: what it is said of."""

    alarm: str
    detail: str
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmCleared:
    """The condition is over, and it is no longer shown."""

    alarm: str


@dataclass(frozen=True, slots=True)
class AlarmEnded:
    """The condition is over and still shown: latched until a person resets it, else for a while."""

    alarm: str
    latched: bool


@dataclass(frozen=True, slots=True)
class AlarmReturned:
    """A condition came back while it was still shown: the same occurrence ((A) A12)."""

    alarm: str
    detail: str


@dataclass(frozen=True, slots=True)
class AlarmAcknowledged:
    """A person saw it; the condition stays."""

    alarm: str
    by: str


@dataclass(frozen=True, slots=True)
class AcknowledgementEnded:
    """Nobody silences this condition for longer: it sounds again (F40)."""

    alarm: str


@dataclass(frozen=True, slots=True)
class AlarmReset:
    """A named person took off a latched alarm."""

    alarm: str
    by: str


@dataclass(frozen=True, slots=True)
class AlarmEscalated:
    """Nobody has answered a HIGH alarm for a minute, for the `times`-th time ((A) A5)."""

    alarm: str
    times: int


@dataclass(frozen=True, slots=True)
class AudioPaused:
    """A person paused the sound at the bed until engine time `until_ms`; what is new ends it ((A) A3)."""

    until_ms: int
    by: str


@dataclass(frozen=True, slots=True)
class AudioPauseEnded:
    """The pause is over by its time, or because STOP NOT CONFIRMED has been silent long enough (F40)."""


@dataclass(frozen=True, slots=True)
class AcknowledgedAtWard:
    """A named person at a station acknowledged it: sound there pauses, here nothing does (F9, F40)."""

    alarm: str
    by: str
    station: str
    feed: str


@dataclass(frozen=True, slots=True)
class WardAcknowledgementsRevoked:
    """The feed that brought acknowledgements of the ward is lost: they count no more ((A) A4)."""

    feed: str
    reason: str


AlarmEvent = (
    AlarmRaised
    | AlarmCleared
    | AlarmEnded
    | AlarmReturned
    | AlarmAcknowledged
    | AcknowledgementEnded
    | AlarmReset
    | AlarmEscalated
    | AudioPaused
    | AudioPauseEnded
    | AcknowledgedAtWard
    | WardAcknowledgementsRevoked
)
