"""An alarm as the bed shows it, and the pause of its sound. States as in IEC 60601-1-8."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AlarmView:
    """One occurrence of an alarm condition; its id and `raised_ms` name it."""

    raised_ms: int
    detail: str
    acknowledged_by: str = ""
    acknowledged_ms: int | None = None
    signs: frozenset[str] = frozenset()
    """What it has been said of since somebody last saw it."""
    called_ms: int = 0
    """Since when it waits for somebody to answer."""
    escalated: int = 0
    """How often nobody had answered in time."""
    ward_by: str = ""
    """Who acknowledged it at the ward: that pauses sound there, never here (F9)."""
    ward_station: str = ""
    ward_feed: str = ""
    ended_ms: int | None = None
    """When the condition was over; it is shown on until reset, or until it has been away long enough."""
    latched: bool = False
    """Only a named person's reset takes it off."""

    def key(self, alarm: str) -> str:
        """The name of this one occurrence."""
        return f"{alarm}-{self.raised_ms}"


@dataclass(frozen=True)
class AudioView:
    """Whether the sound at the bed is paused, and for how long STOP NOT CONFIRMED has been silent (F40)."""

    paused_by: str = ""
    until_ms: int | None = None
    """None = it is not paused."""
    hushed_ms: int | None = None
    """Since when STOP NOT CONFIRMED is silent; None = it sounds, or is not there."""
    heard_ms: int | None = None
    """When it last began to sound again; until it has been heard it is not silenced anew."""
