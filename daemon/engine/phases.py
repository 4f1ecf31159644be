"""The phases of a run and what each means for the pump."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where a run stands (DESIGN section 5)."""

    PLANNED = "planned"
    CHECKING = "checking"
    INFUSING = "infusing"
    WAITING_GATE = "waiting_gate"
    AWAITING_SOLUTION = "awaiting_solution"
    SWITCHING = "switching"
    """Another pump takes over, break before make (F23)."""
    HELD = "held"
    OBSERVING = "observing"
    MANUAL = "manual"
    AFTER_WATCH = "after_watch"
    COMPLETED = "completed"
    ABORTED = "aborted"


RUNNING = frozenset({Phase.INFUSING, Phase.OBSERVING})
"""The pump is meant to deliver."""

OPEN = frozenset(
    {
        Phase.INFUSING,
        Phase.WAITING_GATE,
        Phase.AWAITING_SOLUTION,
        Phase.SWITCHING,
        Phase.HELD,
        Phase.OBSERVING,
        Phase.MANUAL,
    }
)
"""Drug has been started and the plan is not over."""

STANDING = frozenset(
    {
        Phase.CHECKING,
        Phase.WAITING_GATE,
        Phase.AWAITING_SOLUTION,
        Phase.SWITCHING,
        Phase.HELD,
        Phase.AFTER_WATCH,
        Phase.ABORTED,
        Phase.COMPLETED,
    }
)
"""The pump must not deliver; a pump found delivering is more than approved (F8)."""

PLANNED_STOPS = frozenset({Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING, Phase.AFTER_WATCH})
"""Phases that begin with a STOP of our own; it is told only where it takes too long."""


class Mode(StrEnum):
    """The one word always on the page, terminal and feed (F8)."""

    READY = "READY"
    AUTOMATIC = "AUTOMATIC"
    ADVISORY = "ADVISORY"
    """A person sets the pump and is told what to set (F27)."""
    OBSERVING = "OBSERVING"
    HELD = "HELD"
    STOP_NOT_CONFIRMED = "STOP NOT CONFIRMED"
    MANUAL = "MANUAL"
    DONE = "DONE"
