"""How quick the wire, the disk and the people of a bed are."""

from __future__ import annotations

from dataclasses import dataclass

TICK_MS = 500


@dataclass(frozen=True)
class Timing:
    """How the wire, the disk and the nurse behave, ms."""

    poll_ms: int = 1_000
    latency_ms: int = 40
    disk_ms: int = 0
    nurse_ms: int = 30_000
    tick_ms: int = TICK_MS
    calm_ms: int = 0
    """How long at most nobody looks at the patient while nothing is under way; 0 = always at everything."""
    calm_read_ms: int = 0
    """The same for the pumps, which say nothing new then."""
