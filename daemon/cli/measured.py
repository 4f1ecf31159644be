"""When a value that is entered by hand was measured: `--at` or `--minutes-ago`, never unsaid (F32)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

AHEAD = timedelta(hours=12)
"""A time of day that would be longer ago than this lies ahead: it was mistyped."""
_HOURS_MINUTES = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
REMEDY = "say when it was measured: --at HH:MM, or --minutes-ago N (0 for just now)"


def minutes_ago(at: str | None, minutes: int | None, now: datetime) -> int:
    """Whole minutes, rounded up: a value is never younger than it says; ValueError says what to write.

    `at` is local time of day, of today or, shortly after midnight, of yesterday; `now` has a zone.
    """
    if (at is None) is (minutes is None):
        raise ValueError(REMEDY)
    if at is None:
        return minutes or 0
    found = _HOURS_MINUTES.fullmatch(at)
    if found is None:
        raise ValueError(f"--at {at}: this is no time of day; {REMEDY}")
    local = now.astimezone()
    then = local.replace(
        hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0, tzinfo=None, fold=0
    )
    if then.astimezone() > now:
        then -= timedelta(days=1)
    ago = now - then.astimezone()
    if ago > AHEAD:
        raise ValueError(f"--at {at}: it is {local:%H:%M}, this lies ahead; {REMEDY}")
    return -(-ago // timedelta(minutes=1))
