"""The time in front of a line of values: read, said again, and how old the values are (F31)."""

from __future__ import annotations

import calendar
from decimal import Decimal

import pytest

from drivers.errors import BadFrame
from drivers.monitors.line_time import Ages, printed, stamp
from drivers.monitors.nellcor_n560.frames import MONTHS, parse_row
from tests.drivers.oximeter_lines import NELLCOR_GOOD

D = Decimal


def test_every_day_of_a_leap_year_is_said_as_it_was_printed() -> None:
    for month in range(1, 13):
        for day in range(1, calendar.monthrange(2024, month)[1] + 1):
            at = stamp(24, month, day, 23, 59, 58)
            assert printed(at) == f"2024-{month:02}-{day:02}T23:59:58"
    assert printed(stamp(0, 1, 1, 0, 0, 0)) == "2000-01-01T00:00:00"


@pytest.mark.parametrize(("year", "month", "day"), [(23, 2, 29), (24, 2, 30), (24, 4, 31), (24, 2, 31)])
def test_a_day_no_calendar_has_is_not_said(year: int, month: int, day: int) -> None:
    assert printed(stamp(year, month, day, 1, 2, 3)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        (24, 0, 1, 0, 0, 0),
        (24, 13, 1, 0, 0, 0),
        (24, 1, 0, 0, 0, 0),
        (24, 1, 32, 0, 0, 0),
        (24, 1, 1, 24, 0, 0),
        (24, 1, 1, 0, 60, 0),
        (24, 1, 1, 0, 0, 60),
    ],
)
def test_a_time_no_clock_shows_is_refused(wrong: tuple[int, int, int, int, int, int]) -> None:
    with pytest.raises(BadFrame, match="time"):
        stamp(*wrong)


def test_a_stamp_rises_by_the_second_and_over_every_edge() -> None:
    moments = [
        (23, 12, 31, 23, 59, 59),
        (24, 1, 1, 0, 0, 0),
        (24, 1, 1, 0, 0, 1),
        (24, 1, 1, 0, 1, 0),
        (24, 1, 1, 1, 0, 0),
        (24, 1, 2, 0, 0, 0),
        (24, 2, 1, 0, 0, 0),
    ]
    stamps = [stamp(*moment) for moment in moments]
    assert stamps == sorted(set(stamps))
    first = stamp(24, 1, 1, 0, 0, 0)
    assert [one - first for one in stamps[:6]] == [-1, 0, 1, 60, 3600, 86_400]


@pytest.mark.parametrize(("number", "name"), list(enumerate(MONTHS, 1)))
def test_the_months_of_the_n560_are_those_of_the_calendar(number: int, name: str) -> None:
    """`29-Dec-17 07:18:43` with every month: Feb has no 29th in 2017."""
    row = parse_row(NELLCOR_GOOD.decode("ascii").rstrip("\r\n").replace("29-Dec-17", f"28-{name}-17"))
    assert printed(row.stamp) == f"2017-{number:02}-28T07:18:43"
    assert calendar.month_abbr[number] == name


def test_f31_lines_in_time_are_new() -> None:
    """F31: a line a second, nothing waited for."""
    ages = Ages(D(1))
    assert [ages.age_s(at) for at in (100, 101, 102, 102)] == [0, 0, 0, 0]


def test_f31_what_a_wire_held_back_is_as_old_as_the_silence() -> None:
    """F31: after ten seconds of silence the lines of those seconds in a burst: 11 s old, then 10, 9."""
    ages = Ages(D(1))
    ages.age_s(100)
    ages.waited(D(4))
    ages.waited(D(6))
    assert [ages.age_s(at) for at in range(101, 113)] == [D(max(0, 11 - late)) for late in range(1, 13)]


def test_f31_after_a_silence_in_which_the_clock_passed_nothing_was_held_back() -> None:
    ages = Ages(D(2))
    ages.age_s(100)
    ages.waited(D(10))
    assert ages.age_s(112) == 0
    ages.waited(D(10))
    assert ages.age_s(118) == 6, "six of the twelve are not accounted for"


def test_f31_a_clock_set_back_begins_anew() -> None:
    """F31: its first line is nothing new; what waited before is forgotten."""
    ages = Ages(D(1))
    ages.age_s(100)
    ages.waited(D(10))
    assert ages.age_s(50) is None
    assert ages.age_s(51) == 0


def test_f31_silence_before_the_first_line_says_nothing() -> None:
    ages = Ages(D(1))
    ages.waited(D(10))
    assert [ages.age_s(at) for at in (100, 101)] == [0, 0]


@pytest.mark.parametrize("interval_s", [D(1), D(2)])
def test_f31_what_follows_the_first_line_at_once_is_new(interval_s: Decimal) -> None:
    """F31: two lines of one second, and one a second later: nobody waited."""
    ages = Ages(interval_s)
    assert [ages.age_s(at) for at in (100, 100, 101)] == [0, 0, 0]
    assert ages.age_s(50) is None
    assert [ages.age_s(at) for at in (50, 51)] == [0, 0], "nor after a clock was set back"
