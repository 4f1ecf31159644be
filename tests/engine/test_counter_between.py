"""What may have flowed from a pump that was read running and then standing (F18, F25, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import counter
from daemon.engine import events as ev
from daemon.engine.account import Moved, Span
from daemon.engine.state import RunState
from drivers.values import Motion, PumpReading, PumpSetting
from tests.engine.states import at_pump
from tests.engine.test_as_recorded import MINUTE, RUNS, found

D = Decimal
STANDS = replace(RUNS, motion=Motion.STOPPED, rate_ml_h=D(0))


def before(approved: str | None, pending: str | None, *, certain: bool = True) -> RunState:
    """Read running at 60 mL/h a minute ago, at 10 mL."""
    setting = None if approved is None else PumpSetting(D(approved), D(2))
    order = None if pending is None else PumpSetting(D(pending), D(2))
    kind = ev.OrderKind.CHANGE
    asked = None if order is None else ev.SettingOrdered(9, kind, order, 1, "A", "pump 1")
    return at_pump(found(), approved=setting, pending=asked, certain=certain)


def stands(ml: str, rate: str = "0") -> PumpReading:
    return replace(STANDS, counter_ml=D(10) + D(ml), rate_ml_h=D(rate))


@pytest.mark.parametrize(
    ("approved", "pending", "rate", "high"),
    [
        (None, None, "0", "1"),
        ("30", None, "0", "1"),
        ("120", None, "0", "2"),
        ("30", "120", "0", "2"),
        (None, "30", "0", "1"),
        (None, None, "90", "1.5"),
        ("30", "45", "50", "1"),
    ],
)
@pytest.mark.parametrize("certain", [True, False])
def test_f18_f25_the_fastest_of_what_ran_was_approved_or_was_asked_for_bounds_it(
    approved: str | None, pending: str | None, rate: str, high: str, *, certain: bool
) -> None:
    """F18, F25: nothing at the least, and no time of delivery is proven."""
    state = before(approved, pending, certain=certain)
    seen = counter.moved(state, stands("0.4", rate), MINUTE)
    assert seen == Moved(D("0.4"), Span(D(0), D(high)), 0)


@pytest.mark.parametrize(("ml", "leaps"), [("0", False), ("1", False), ("1.315", False), ("1.316", True)])
def test_f26_a_counter_is_believed_up_to_what_can_have_flowed(ml: str, *, leaps: bool) -> None:
    """F26: a minute at 60 mL/h, a tenth of it, two units of 0.1 mL and three replies of 0.3 s (0.015 mL)."""
    state, reading = before("60", None), stands(ml)
    seen = counter.moved(state, reading, MINUTE)
    assert (counter.leap(state, reading, seen, MINUTE) is not None) is leaps


def test_f20_the_first_reading_of_all_says_nothing_of_what_flowed_before() -> None:
    """F20: nor is any time of delivery proven by it."""
    state = at_pump(before("60", None), reading=None)
    assert counter.moved(state, stands("5"), MINUTE) == Moved(D(0), Span(D(0), D(0)), 0)
    assert counter.leap(state, stands("5"), counter.moved(state, stands("5"), MINUTE), MINUTE) is None
