"""Times on an IntelliVue monitor: every day against the standard library's calendar, and what is none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.monitors.intellivue.attributes import absolute_time, time_text

DAY = 8_640_000
"""Hundredths of a second."""
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))


def shown(year: int, month: int, day: int, rest: str = "00000000") -> int | None:
    return absolute_time(bytes.fromhex(f"{year:04}{month:02}{day:02}{rest}"))


def at(day: date, rest: str = "00000000") -> int:
    found = shown(day.year, day.month, day.day, rest)
    assert found is not None
    return found


@given(DAYS, DAYS)
def test_days_are_as_far_apart_as_on_the_calendar(one: date, other: date) -> None:
    assert at(one) - at(other) == (one - other).days * DAY


@pytest.mark.parametrize("year", [1899, 1900, 1999, 2000, 2023, 2024, 2099, 2100, 2399, 2400])
def test_every_day_of_a_year_follows_the_one_before(year: int) -> None:
    """2000 and 2400 have a 29 February, 1900 and 2100 have none."""
    first = date(year, 1, 1)
    for number in range(366):
        day = first + timedelta(days=number)
        assert at(day + timedelta(days=1)) - at(day) == DAY


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024, 2100])
def test_a_day_that_no_month_has_is_no_time(year: int) -> None:
    known = {(day.month, day.day) for day in (date(year, 1, 1) + timedelta(days=n) for n in range(365))}
    known |= {(12, 31)}
    for month in range(100):
        for day in range(100):
            assert (shown(year, month, day) is not None) == ((month, day) in known), (month, day)


@pytest.mark.parametrize(
    ("rest", "hundredths"),
    [
        ("00000000", 0),
        ("00000001", 1),
        ("00000099", 99),
        ("00000100", 100),
        ("00005999", 5_999),
        ("00010000", 6_000),
        ("00595999", 359_999),
        ("01000000", 360_000),
        ("23595999", DAY - 1),
    ],
)
def test_the_time_of_a_day_in_hundredths(rest: str, hundredths: int) -> None:
    day = date(2026, 1, 1)
    assert at(day, rest) - at(day) == hundredths


@pytest.mark.parametrize("rest", ["24000000", "00600000", "00006000", "0a000000", "000a0000", "00000a00"])
def test_an_hour_minute_or_second_that_no_clock_shows(rest: str) -> None:
    assert shown(2026, 1, 1, rest) is None
    assert time_text(bytes.fromhex("20260101" + rest)) is None
