"""What a pump may give before it is read again: its limit, which nobody renews (F5, F20, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import alone
from daemon.engine import events as ev
from daemon.engine.state import RunState
from drivers.values import PumpSetting
from tests.engine.stories import infusing

D = Decimal
SET = PumpSetting(D(60), D("1.5"))
ORDER = ev.SettingOrdered(9, ev.OrderKind.RENEW, PumpSetting(D(60), D("1.7")), 1, "A", "")


@pytest.fixture(scope="module")
def state() -> RunState:
    """In step 1, about 1 of 5 mL given; 0.4 mL left of the limit as last read, and nothing on its way."""
    state = infusing().state
    reading = state.pump.reading
    assert reading is not None
    pump = replace(state.pump, reading=replace(reading, limit_left_ml=D("0.4")), pending=None)
    return replace(state, pump=replace(pump, approved=SET, approved_ms=pump.read_ms - 1, untimed_ml=None))


def with_pump(state: RunState, **changes: Any) -> RunState:
    return replace(state, pump=replace(state.pump, **changes))


def unlimited(state: RunState) -> RunState:
    """It was read running without a limit."""
    assert state.pump.reading is not None
    return with_pump(state, reading=replace(state.pump.reading, limit_left_ml=None))


def test_f5_it_is_what_was_read_last_or_was_set_since_or_is_on_its_way(state: RunState) -> None:
    """F5: the largest of them; one confirmed before the last reading is in it already."""
    assert alone.limit_ml(state) == D("0.4")
    assert alone.limit_ml(with_pump(state, approved_ms=state.pump.read_ms)) == D("1.5")
    assert alone.limit_ml(with_pump(state, pending=ORDER)) == D("1.7")
    assert alone.limit_ml(with_pump(state, reading=None)) == 0
    assert alone.limit_ml(with_pump(state, reading=None, pending=ORDER)) == D("1.7")


def test_f7_one_of_them_without_a_limit_leaves_it_without_one(state: RunState) -> None:
    """F7: whatever else was set, the pump may still run without."""
    assert alone.limit_ml(unlimited(state)) is None
    assert alone.limit_ml(with_pump(unlimited(state), pending=ORDER)) is None


def test_f20_where_no_clock_tells_the_time_it_may_have_given_its_limit(state: RunState) -> None:
    """F20: or what it may have given at the loss before this one, if that is more."""
    assert alone.untimed_ml(state) == D("0.4")
    assert alone.untimed_ml(with_pump(state, untimed_ml=D("0.3"))) == D("0.4")
    assert alone.untimed_ml(with_pump(state, untimed_ml=D(2))) == D(2)


def test_f20_without_a_limit_it_may_have_given_the_rest_of_its_bag(state: RunState) -> None:
    """F20, F11: 100 mL less what has left the bag for certain; nothing hangs, nothing flows."""
    free = unlimited(state)
    given = state.bag_given("A").low
    assert given > 0
    assert alone.untimed_ml(free) == 100 - given
    less = tuple(replace(one, volume_ml=given / 2) for one in free.plan.solutions)
    emptied = replace(free.plan, solutions=less)
    assert alone.untimed_ml(replace(free, plan=emptied)) == 0
    assert alone.untimed_ml(replace(free, hung=None)) == 0
