"""Bounds of a volume from two witnesses, by numbers worked out by hand (F25, F26, D1)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine.account import EMPTY, Account, Moved, Odometer, Span, volume_ml

D = Decimal
UNIT = D("0.1")
TEN = D("0.1")


def span(low: str, high: str) -> Span:
    return Span(D(low), D(high))


def at(shown: str, low: str = "0", high: str = "0") -> Odometer:
    """A counter that shows so much, with so much of a unit hidden."""
    return Odometer(D(shown), span(low, high), UNIT)


def moved(counter: str, low: str, high: str | None = None, proven_ms: int = 0) -> Moved:
    return Moved(D(counter), span(low, low if high is None else high), proven_ms)


def test_a_rate_over_a_time_is_a_volume() -> None:
    assert volume_ml(D(60), 60_000) == D(1)
    assert volume_ml(D(30), 3_600_000) == D(30)


def test_an_unread_counter_hides_up_to_one_unit() -> None:
    assert Odometer.unread(UNIT) == at("0", "0", "0.1")
    assert at("3", "0.02", "0.1").span == span("3.02", "3.1")


@pytest.mark.parametrize(
    ("hidden", "interval", "after"),
    [
        # 0.05 mL flowed unseen: at least 0.045 and at most 0.055 of the hidden unit are used
        (("0", "0"), ("0", "0.05"), ("0", "0.045", "0.055")),
        # another 0.05 mL and the counter moved by one unit: what is left over is small again
        (("0.045", "0.055"), ("0.1", "0.05"), ("0.1", "0", "0.01")),
        # the hidden part is never more than a unit, never less than nothing
        (("0", "0.1"), ("0", "0.05"), ("0", "0.045", "0.1")),
        # exactly as far as the counter can have hidden it
        (("0", "0"), ("0.11", "0.1"), ("0.11", "0", "0")),
        # the counter says 1 mL where 0.05 mL can have flowed: it is believed, and the hidden part forgotten
        (("0.02", "0.03"), ("1", "0.05"), ("1", "0", "0.1")),
        # 1 mL must have flowed and the counter stood: the same
        (("0", "0"), ("0", "1"), ("0", "0", "0.1")),
    ],
)
def test_f25_the_hidden_part_follows_rate_and_time(
    hidden: tuple[str, str], interval: tuple[str, str], after: tuple[str, str, str]
) -> None:
    """F25: between two steps of a coarse counter rate x time tells where it stands."""
    assert at("0", *hidden).advance(moved(*interval), TEN) == at(*after)


def test_f25_the_hidden_part_goes_by_the_least_and_the_most_that_can_have_flowed() -> None:
    """F25: between 0.02 and 0.05 mL at 10 %: from 0.018 to 0.055 mL are hidden."""
    assert at("0").advance(moved("0", "0.02", "0.05"), TEN) == at("0", "0.018", "0.055")


def test_an_account_adds_up_both_witnesses() -> None:
    account = EMPTY.add(moved("0.3", "0.2", "0.4", 5)).add(moved("0.2", "0.1", "0.3", 7))
    assert account == Account(span("0", "0"), span("0", "0"), span("0.3", "0.7"), D("0.5"), 12)


def test_an_account_begins_where_the_counter_stands() -> None:
    odometer = at("3", "0.02", "0.1")
    assert Account.opened(odometer) == Account(span("0", "0"), span("3.02", "3.1"), span("0", "0"), D(0), 0)
    assert Account.opened(odometer, span("1", "2")).settled == span("1", "2")
    assert Account.opened(odometer).given(odometer, TEN) == span("0", "0")


@pytest.mark.parametrize(
    ("shown", "timed", "given"),
    [
        # counter 0.95 to 1.1 (marks and hidden parts), time 0.9 to 1.1: what both allow
        ("1", ("1", "1"), ("0.95", "1.1")),
        # time is the finer witness
        ("1", ("1.02", "0.97"), ("0.95", "1.067")),
        # they touch in one point: 1.1
        ("1", ("1.2222222222222222222222222222", "1.3"), ("1.1", "1.1")),
        # they contradict: everything either of them says
        ("1", ("2", "2"), ("0.95", "2.2")),
        ("3", ("1", "1"), ("0.9", "3.1")),
    ],
)
def test_f25_where_witnesses_agree_both_bound_and_where_not_neither(
    shown: str, timed: tuple[str, str], given: tuple[str, str]
) -> None:
    """F25: the intersection of what counter and time allow, or, where there is none, all of it."""
    account = Account(span("0", "0"), span("0", "0.05"), span(*timed), D(shown), 0)
    found = account.given(at(shown, "0", "0.1"), TEN)
    assert found.low == pytest.approx(D(given[0]))
    assert found.high == pytest.approx(D(given[1]))


def test_f25_earlier_stretches_are_added_and_nothing_is_less_than_nothing() -> None:
    account = Account(span("1", "2"), span("5", "5"), span("0", "0"), D(0), 0)
    assert account.given(at("4"), TEN) == span("1", "2")
    since = Account(span("1", "2"), span("5", "5.1"), span("0.5", "9"), D(0), 0)
    assert since.given(at("6"), TEN) == span("1.9", "3"), "a counter is taken from where it stood"


@pytest.mark.parametrize(
    ("shown", "timed_high", "most"),
    [("4", "0.5", "2.5"), ("6", "0.5", "3.1"), ("6", "1.5", "3.5"), ("4", "0", "2")],
)
def test_f21_the_witness_that_says_more_says_the_most(shown: str, timed_high: str, most: str) -> None:
    account = Account(span("1", "2"), span("5", "5.1"), span("0", timed_high), D(0), 0)
    assert account.most(at(shown, "0", "0.1")) == D(most)


@pytest.mark.parametrize(
    ("timed", "accuracy", "late", "tolerance"),
    [
        ("1", "0.05", "0", "0.2"),
        ("5", "0.05", "0", "0.5"),
        ("5", "0.2", "0", "1.0"),
        ("1", "0.05", "0.7", "0.7"),
    ],
)
def test_f25_the_tolerance_is_the_widest_of_its_three(
    timed: str, accuracy: str, late: str, tolerance: str
) -> None:
    """F25: a tenth or the pump's accuracy, two units, what flows while an answer is on its way."""
    account = Account(span("0", "0"), span("0", "0"), span("0", timed), D(0), 0)
    assert account.tolerance_ml(UNIT, D(accuracy), D(late)) == D(tolerance)


@pytest.mark.parametrize(
    ("counter", "behind", "ahead"),
    [("4.48", False, False), ("4.47", True, False), ("5.72", False, False), ("5.73", False, True)],
)
def test_f25_the_witnesses_differ_past_the_tolerance_and_not_at_it(
    counter: str, *, behind: bool, ahead: bool
) -> None:
    """F25: time says 5 to 5.2 mL; a tenth of the upper is 0.52: from 4.48 to 5.72 mL they agree."""
    account = Account(span("0", "0"), span("0", "0"), span("5", "5.2"), D(counter), 0)
    assert account.behind(UNIT, D("0.05")) is behind
    assert account.ahead(UNIT, D("0.05")) is ahead
