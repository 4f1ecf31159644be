"""The facts of the drug line (F3, F4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.line import FlushTo, Handling


@dataclass(frozen=True, slots=True)
class LineConfirmed:
    """Line, second access, clamp and cuff checked; what was done to the line since it was last confirmed."""

    by: str
    handling: Handling
    cleared_ml: Decimal
    valves: bool = False
    """Non-return valves were seen in every line that meets another at the Y-site (F23)."""


@dataclass(frozen=True, slots=True)
class LineFlushed:
    """A named person says where a flush of the line went; not `known` = nobody said, it counts as given."""

    to: FlushTo
    volume_ml: Decimal
    by: str
    known: bool
