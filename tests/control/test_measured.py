"""When a value by hand was measured: local time of day or minutes ago, rounded to the older side (F32)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from daemon.cli.measured import minutes_ago


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    """A zone with summer time, for this test alone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "now", "minutes"),
    [
        ("10:30", "2026-01-05T09:30:00", 0),
        ("10:30", "2026-01-05T09:30:01", 1),
        ("10:30", "2026-01-05T09:42:30", 13),
        ("8:05", "2026-01-05T07:15:00", 10),
        ("23:55", "2026-01-05T23:05:00", 10),
        ("01:58", "2026-03-29T01:02:00", 4),
        ("02:30", "2026-10-25T01:10:00", 40),
        ("02:30", "2026-10-25T00:40:00", 10),
    ],
)
def test_f32_a_time_of_day_is_so_long_ago(said: str, now: str, minutes: int) -> None:
    """F32: yesterday's after midnight; over both changes of the clock, of two readings the older."""
    assert minutes_ago(said, None, at(now)) == minutes


@pytest.mark.parametrize("said", ["10:31", "24:00", "10:60", "1030", "10:3", "", "10:30 ", "٠٩:٣٠", "-1:30"])
def test_f32_what_is_no_past_time_of_day_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="--minutes-ago N"):
        minutes_ago(said, None, at("2026-01-05T09:30:00"))


def test_f32_exactly_one_of_both() -> None:
    """F32: an undated value is never fresh: it is not taken at all."""
    now = at("2026-01-05T09:30:00")
    assert minutes_ago(None, 0, now) == 0
    assert minutes_ago(None, 7, now) == 7
    for said, minutes in ((None, None), ("10:30", 3)):
        with pytest.raises(ValueError, match="say when it was measured"):
            minutes_ago(said, minutes, now)
