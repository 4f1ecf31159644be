"""The smallest limit a disarmed pump has shown: what it took itself is no hand's (F6, F7, F18)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import disarming
from daemon.engine import events as ev
from daemon.engine.account import Moved, Span
from daemon.engine.draft import Draft
from daemon.engine.evolve import evolve
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Motion
from tests.engine.states import at_pump, read
from tests.engine.test_course_while_it_stands import stands

D = Decimal
AT = 900_000
STILL = Moved(D(0), Span(D(0), D(0)), 0)
SMALLEST = D("0.1")
"""mL, the least this pump takes."""


def ml(text: str | None) -> Decimal | None:
    return None if text is None else D(text)


def shows(state: RunState, left: Decimal | None) -> RunState:
    """The next reading of the pump in charge, which stands."""
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, motion=Motion.STOPPED, limit_left_ml=left)
    return evolve(state, ev.PumpSeen(reading, STILL, AT - 10, "pump 1"), AT)


@pytest.fixture(scope="module")
def held() -> RunState:
    """It was disarmed while its last reading still showed 2 mL."""
    state = read(stands(Phase.HELD), limit_left_ml=D(2))
    assert state.caps.limit_min_ml == SMALLEST
    return evolve(at_pump(state, disarmed=False), ev.Disarmed("pump 1"), AT)


@pytest.mark.parametrize(
    ("shown", "least", "by_hand"),
    [
        ((), "2", False),
        (("0.1",), "0.1", False),
        (("1",), "1", False),
        (("1", "1"), "1", False),
        (("1", "1.01"), "1", True),
        (("1", "2"), "1", True),
        (("0.1", "0.11"), "0.1", True),
        (("0.05", "0.1"), "0.05", False),
        (("0.05", "0.11"), "0.05", True),
        (("1", None), "1", True),
        ((None, "2"), "2", False),
        (("1", None, "0.5"), "0.5", False),
    ],
)
def test_f6_f18_more_than_the_least_it_has_shown_is_a_hands(
    held: RunState, shown: tuple[str | None, ...], least: str, *, by_hand: bool
) -> None:
    """F6, F18: also no limit at all (F7); what the pump takes at the least is always its own."""
    state = held
    for left in shown:
        state = shows(state, ml(left))
    assert state.pump.least_left_ml == D(least)
    assert disarming.rearmed(state, "pump 1") is by_hand


@pytest.mark.parametrize("left", [None, "0.1", "50"])
def test_f6_a_pump_that_showed_no_limit_when_it_was_disarmed_is_not_compared(
    held: RunState, left: str | None
) -> None:
    """F6: nor one that was never disarmed, whatever it shows; nor one that has not been read."""
    blind = evolve(read(at_pump(held, disarmed=False), limit_left_ml=None), ev.Disarmed("pump 1"), AT)
    fresh = at_pump(held, least_left_ml=None, disarmed=False)
    for state in (shows(blind, ml(left)), shows(fresh, ml(left))):
        assert state.pump.least_left_ml is None
        assert not disarming.rearmed(state, "pump 1")
    assert not disarming.rearmed(at_pump(held, reading=None), "pump 1")


def test_f6_disarmed_anew_it_is_compared_with_what_it_shows_then(held: RunState) -> None:
    """F6: a hand's 3 mL, taken back to 1: that is its own from now on."""
    again = evolve(shows(shows(held, D("0.5")), D(3)), ev.Disarmed("pump 1"), AT)
    assert again.pump.least_left_ml == 3
    assert shows(again, D(1)).pump.least_left_ml == 1


def test_f6_before_the_start_nothing_is_a_hands(held: RunState) -> None:
    """F6: the pump is the nurse's then, and its line is primed by it."""
    larger = shows(shows(held, D("0.1")), D(20))
    assert disarming.rearmed(larger, "pump 1")
    assert not disarming.rearmed(replace(larger, started_ms=None), "pump 1")


def test_f6_the_pump_is_told_as_set_by_hand_only_where_it_was(held: RunState) -> None:
    """F6, F18: disarmed again in the same decision; one that is left alone gets no second order."""
    for left, orders in (("1", 0), ("1.01", 1)):
        state = shows(shows(held, D(1)), D(left))
        state = at_pump(state, failures=0, pending=None, stopped=True, stop_ms=None, certain=True)
        draft = Draft(state, AT + 10_000)
        disarming.settle(draft)
        found = [event for event in draft.events if isinstance(event, ev.SettingOrdered)]
        assert [order.kind for order in found] == [ev.OrderKind.DISARM] * orders
        assert ("not_disarmed" in draft.state.alarms) is bool(orders)
