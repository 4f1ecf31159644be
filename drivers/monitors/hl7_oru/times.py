"""Times of an HL7 sender, compared with each other only and never with a clock of ours. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(\.\d{1,6})?([+-]\d{4})?", re.ASCII)


def time_of(text: str, *, latest: bool = False) -> datetime | None:
    """An HL7 time to the minute or better, naive if it names no zone; None for any other text.

    A time without seconds is the beginning of its minute, or with `latest` its end.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, part, zone = found.groups()
    try:
        at = datetime(  # noqa: DTZ001 - the zone is the sender's, if it names one
            int(year), int(month), int(day), int(hour), int(minute), int(second or (59 if latest else 0))
        )
        at += timedelta(seconds=float(part or 0))
        if zone:
            minutes = int(zone[1:3]) * 60 + int(zone[3:])
            at = at.replace(tzinfo=timezone(timedelta(minutes=minutes if zone[0] == "+" else -minutes)))
    except (ValueError, OverflowError):
        return None
    return at


def passed_s(earlier: datetime, later: datetime) -> Decimal:
    """Seconds between two times of one sender; a zone that only one of them names is that of both."""
    if (earlier.tzinfo is None) != (later.tzinfo is None):
        earlier, later = earlier.replace(tzinfo=None), later.replace(tzinfo=None)
    return Decimal(str((later - earlier).total_seconds()))


def written(at: datetime | None) -> str | None:
    """As ISO 8601: UTC where a zone was named, otherwise without one."""
    if at is None:
        return None
    if at.tzinfo is None:
        return at.isoformat(timespec="seconds")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
