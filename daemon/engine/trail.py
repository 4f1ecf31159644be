"""When the odometer stood where: how far back in time an occlusion reaches (F14, F19)."""

from __future__ import annotations

from decimal import Decimal

Trail = tuple[tuple[int, Decimal], ...]

MARKS = 8
"""An occlusion's volume is marked in so many parts; a coarser trail only begins the gap earlier."""


def after(trail: Trail, at: int, shown_ml: Decimal, reach_ml: Decimal) -> Trail:
    """The trail with this reading; a mark keeps the last time it was read, what is out of reach goes."""
    if trail and shown_ml == trail[-1][1]:
        return (*trail[:-1], (at, shown_ml))
    if trail and shown_ml - trail[-1][1] < reach_ml / MARKS:
        return trail
    older = [mark for mark in trail if mark[1] <= shown_ml - 2 * reach_ml]
    kept = trail[len(older) - 1 :] if older else trail
    return (*kept, (at, shown_ml))


def when(trail: Trail, shown_ml: Decimal, begun_ms: int) -> int:
    """The latest time at which the odometer had certainly not passed this volume; never before `begun_ms`."""
    passed = [at for at, ml in trail if ml <= shown_ml]
    return max(passed[-1], begun_ms) if passed else begun_ms
