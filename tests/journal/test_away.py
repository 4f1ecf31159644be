"""F20: how long nobody was there, as far as any clock can tell; where none can, the gap is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.journal.records import GENESIS, Record, make
from daemon.runtime.opening import away
from tests.journal.files import Clock, facts

AT_MS, WIRE_MS = 5_000_000, 90_000
THEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
YEAR_MS = 365 * 86_400_000


def last(utc: str = "2026-01-01T12:00:00.000+00:00", *, sync: bool = True) -> Record:
    return make(9, GENESIS, facts(1)[0], at_ms=AT_MS, wire_ms=WIRE_MS, utc=utc, boot="boot-1", sync=sync)


def clock(boot: str, wire_ms: int, at: datetime = THEN, *, synchronised: bool = True) -> Clock:
    made = Clock(wire_ms=wire_ms, boot=boot, synchronised=synchronised)
    made.at = at
    return made


def engine_ms(made: Clock, speed: int, offset_ms: int) -> int:
    """Engine time as the daemon's clock has it with this offset."""
    return made.wire_ms() * speed + offset_ms


@pytest.mark.parametrize("speed", [1, 60, 600])
@pytest.mark.parametrize("away_ms", [0, 1, 3_000, 30 * 60_000, YEAR_MS])
def test_f20_in_the_same_boot_monotonic_time_tells(speed: int, away_ms: int) -> None:
    now = clock("boot-1", WIRE_MS + away_ms)
    offset_ms, known = away(last(), now, speed)
    assert known
    assert engine_ms(now, speed, offset_ms) == AT_MS + away_ms * speed


@pytest.mark.parametrize("years", [-10, -1, 1, 10])
@pytest.mark.parametrize("synchronised", [True, False])
def test_f20_in_the_same_boot_the_wall_clock_is_not_asked(years: int, *, synchronised: bool) -> None:
    at = THEN + timedelta(milliseconds=years * YEAR_MS)
    now = clock("boot-1", WIRE_MS + 7_000, at, synchronised=synchronised)
    offset_ms, known = away(last(), now, 1)
    assert known
    assert engine_ms(now, 1, offset_ms) == AT_MS + 7_000


@pytest.mark.parametrize("speed", [1, 60])
@pytest.mark.parametrize("away_ms", [0, 1_000, 180_000, 3 * 3_600_000, 10 * YEAR_MS])
def test_f20_after_a_reboot_a_synchronised_wall_clock_tells(speed: int, away_ms: int) -> None:
    """(A) R3."""
    now = clock("boot-2", 4_000, THEN + timedelta(milliseconds=away_ms))
    offset_ms, known = away(last(), now, speed)
    assert known
    assert engine_ms(now, speed, offset_ms) == AT_MS + away_ms * speed


@pytest.mark.parametrize(
    "at",
    [
        THEN - timedelta(milliseconds=1),
        THEN - timedelta(seconds=1),
        THEN - timedelta(hours=3),
        THEN - timedelta(days=3650),
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
    ids=str,
)
@pytest.mark.parametrize("synchronised", [True, False])
def test_f20_a_wall_clock_before_the_last_record_tells_nothing(at: datetime, *, synchronised: bool) -> None:
    """(A) R5: A dead hardware clock starts in 1970: the gap must not look like nothing."""
    now = clock("boot-2", 4_000, at, synchronised=synchronised)
    offset_ms, known = away(last(), now, 1)
    assert not known
    assert engine_ms(now, 1, offset_ms) == AT_MS


@pytest.mark.parametrize("away_s", [0, 1, 180, 86_400, 10 * 365 * 86_400])
def test_f20_an_unsynchronised_wall_clock_tells_nothing(away_s: int) -> None:
    """Ten years ahead would lose the therapy, one second ahead would hide the gap."""
    now = clock("boot-2", 4_000, THEN + timedelta(seconds=away_s), synchronised=False)
    offset_ms, known = away(last(), now, 60)
    assert not known
    assert engine_ms(now, 60, offset_ms) == AT_MS


@pytest.mark.parametrize("wire_ms", [0, 4_000, WIRE_MS, 10 * WIRE_MS])
def test_f20_engine_time_never_goes_back(wire_ms: int) -> None:
    """Whatever the new boot's monotonic clock begins with."""
    for at in (THEN - timedelta(days=3650), THEN, THEN + timedelta(days=3650)):
        for synchronised in (True, False):
            now = clock("boot-2", wire_ms, at, synchronised=synchronised)
            assert engine_ms(now, 60, away(last(), now, 60)[0]) >= AT_MS


def test_f20_a_record_in_another_time_zone_is_the_same_instant() -> None:
    now = clock("boot-2", 4_000, THEN + timedelta(minutes=3))
    offset_ms, known = away(last("2026-01-01T14:00:00.000+02:00"), now, 1)
    assert known
    assert engine_ms(now, 1, offset_ms) == AT_MS + 180_000


@pytest.mark.parametrize("away_s", [0, 300, 86_400])
def test_f20_a_record_of_an_unsynchronised_clock_tells_nothing(away_s: int) -> None:
    """The clock was wrong when the record was made: that it is right now measures nothing."""
    now = clock("boot-2", 4_000, THEN + timedelta(seconds=away_s))
    offset_ms, known = away(last(sync=False), now, 1)
    assert not known
    assert engine_ms(now, 1, offset_ms) == AT_MS
    assert away(last(sync=False), clock("boot-1", WIRE_MS + 5), 1)[1]
