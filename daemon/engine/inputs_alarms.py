"""Acts about the signals of alarms, and what the ward says of them."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.engine.act import Act

PAUSE_MIN = 2
PAUSE_MAX_MIN = 10


@dataclass(frozen=True, slots=True)
class Acknowledge(Act):
    """An alarm was seen; its condition stays (IEC 60601-1-8)."""

    alarm: str


@dataclass(frozen=True, slots=True)
class ResetAlarm(Act):
    """A latched alarm whose condition is over is taken off."""

    alarm: str


@dataclass(frozen=True, slots=True)
class PauseAudio(Act):
    """The sound at the bed pauses for so many minutes, 1 to 10; what is new ends the pause ((A) A3)."""

    minutes: int = PAUSE_MIN


@dataclass(frozen=True, slots=True)
class WardAcknowledged:
    """A person at a station acknowledged the occurrence `key`; it came over this feed."""

    key: str
    by: str
    station: str
    feed: str


@dataclass(frozen=True, slots=True)
class WardUnheard:
    """The feed that brought acknowledgements is lost ((A) A4)."""

    feed: str
    reason: str
