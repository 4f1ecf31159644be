"""The fact that a stretch at a fraction is over (F2)."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.engine.account import Span


@dataclass(frozen=True, slots=True)
class StretchEnded:
    """The stretch in the place of `step` is full; the run's place is now the whole step `follows`.

    With `again` the stretch begins anew instead.
    """

    step: int
    given: Span
    proven_ms: int
    follows: int
    again: bool
