"""What has happened on the link of one device since the program began; for engineers, no rule reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class LinkCounts:
    """`misses`: answers that did not come; `losses`: connections given up; `connects`: it said who it is."""

    misses: int = 0
    losses: int = 0
    connects: int = 0
