"""What is known of the bedside: whose bed, which bags, what was confirmed and when, who can be heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from daemon.engine.codes import BagCodes
from drivers.values import MonitorIdentity


class Check(StrEnum):
    """What a person confirms before a start."""

    PATIENT = "patient"
    SOLUTION = "solution"
    LINE = "line"
    VITALS = "vitals"
    SOUND = "sound"


@dataclass(frozen=True)
class BedsideView:
    """Part of the run's state; `checked` holds the engine time of each confirmation."""

    patient: str
    codes: BagCodes
    checked: Mapping[Check, int] = field(default_factory=dict)
    paired_ms: Mapping[str, int] = field(default_factory=dict)
    """When pump label and bag code were last read off together, by pump (F13)."""
    patient_due: bool = False
    """The wristband must be read again before more drug: bag change, restart (F12)."""
    vitals_due: bool = False
    """A monitor has been replaced or was away: pulse and SpO2 must be compared again (F12)."""
    wrong_codes: int = 0
    """Since the last right one (F13)."""
    monitors: Mapping[str, MonitorIdentity] = field(default_factory=dict)
    joined_ms: int | None = None
    """When a monitor last joined; what was measured before is not its word (F12)."""
    sound: str = ""
    """The annunciator that answers; empty = nothing at the bed can make a sound (F9)."""
