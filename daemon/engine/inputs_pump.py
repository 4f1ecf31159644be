"""What the channel of one pump tells; `pump` is its name, empty = the pump in charge."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.values import PumpIdentity, PumpReading, PumpSetting


@dataclass(frozen=True, slots=True)
class PumpIdentified:
    """The pump answered on a fresh connection; nothing is known of what it did meanwhile."""

    identity: PumpIdentity
    away_long: bool
    """It was out of reach longer than the automatic run survives (5 s, F17), or the daemon is new."""
    pump: str = ""


@dataclass(frozen=True, slots=True)
class PumpRead:
    """A complete readback, asked for at `asked_ms`; `setting` where it was read too."""

    reading: PumpReading
    asked_ms: int
    setting: PumpSetting | None = None
    pump: str = ""


@dataclass(frozen=True, slots=True)
class PumpSilent:
    """The pump does not answer; `long` once that has lasted more than 5 s of wire time (F17)."""

    reason: str
    long: bool
    pump: str = ""
