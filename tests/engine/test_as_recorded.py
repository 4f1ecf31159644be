"""A pump found again does what the record says, or not: each bound to the hundredth (F17, F19, F35)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine import recovery
from daemon.engine.account import Odometer, Span
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpReading, PumpSetting
from tests.engine.stories import infusing

D = Decimal
MINUTE = 60_000
RUNS = PumpReading(Motion.INFUSING, D(60), D(2), D(10), remote=True)


@cache
def found() -> RunState:
    """At 60 mL/h with 2 mL granted when the counter showed 10 mL; ordered when it showed 9.9."""
    state = infusing(60).state
    pump = replace(
        state.pump,
        reading=RUNS,
        read_ms=0,
        approved=PumpSetting(D(60), D(2)),
        approved_ml=D(10),
        ordered_ml=D("9.9"),
        pending=None,
        odometer=Odometer(D(10), Span(D(0), D(0)), D("0.1")),
    )
    return replace(state, pump=pump, wire_factor=D(1), phase=Phase.INFUSING)


def differs(state: RunState, counter: str, left: str | None, **changes: object) -> bool:
    limit = None if left is None else D(left)
    reading = replace(RUNS, counter_ml=D(counter), limit_left_ml=limit, **changes)  # type: ignore[arg-type]
    return bool(recovery.differs(state, reading, MINUTE))


def test_two_readings_may_be_two_units_and_an_exchange_apart() -> None:
    """0.2 mL, and 0.9 s of three replies at 60 mL/h: 0.015 mL; a slower wire takes longer."""
    assert recovery.tolerance_ml(found(), D(60)) == D("0.215")
    assert recovery.tolerance_ml(found(), D(120)) == D("0.23")
    assert recovery.tolerance_ml(replace(found(), wire_factor=D(2)), D(60)) == D("0.23")


@pytest.mark.parametrize(
    ("counter", "as_recorded"),
    [("11", 1), ("10.735", 1), ("10.734", 0), ("11.265", 1), ("11.266", 0), ("10", 0), ("9", 0)],
)
def test_f19_the_counter_says_that_it_ran_all_the_time(counter: str, as_recorded: int) -> None:
    """F19, F35: a minute at 60 mL/h is 1 mL, 5 % of it and the tolerance either way."""
    left = D(12) - D(counter)
    assert differs(found(), counter, str(left)) is not bool(as_recorded)
    reading = replace(RUNS, counter_ml=D(counter), limit_left_ml=left)
    assert recovery.ran_on(found(), reading, MINUTE) is bool(as_recorded)


@pytest.mark.parametrize(
    ("left", "as_recorded"), [("1", 1), ("1.215", 1), ("1.216", 0), ("0.685", 1), ("0.684", 0)]
)
def test_f35_the_limit_says_that_nobody_set_another(left: str, as_recorded: int) -> None:
    """F35: 2 mL less 1; written as early as when the counter showed 9.9: 0.1 less, and the tolerance."""
    assert differs(found(), "11", left) is not bool(as_recorded)


def test_f35_another_rate_a_stand_or_an_open_promise_is_a_difference() -> None:
    good = ("11", "1")
    assert not differs(found(), *good)
    assert differs(found(), *good, motion=Motion.STOPPED)
    assert differs(found(), *good, motion=Motion.BOLUS)
    assert differs(found(), *good, rate_ml_h=D("60.01"))
    assert differs(found(), "11", None)


def test_f35_without_a_confirmed_setting_there_is_nothing_to_compare_with() -> None:
    pump = found().pump
    for unknown in (
        replace(pump, approved=None),
        replace(pump, approved=PumpSetting(D(60), None)),
        replace(pump, reading=None),
        replace(infusing(60).state.pump, pending=pump.pending, reading=None),
    ):
        assert differs(replace(found(), pump=unknown), "11", "1")


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.CHECKING, Phase.AWAITING_SOLUTION])
def test_f19_what_was_not_ordered_to_run_did_not_run_on(phase: Phase) -> None:
    reading = replace(RUNS, counter_ml=D(11), limit_left_ml=D(1))
    assert recovery.ran_on(found(), reading, MINUTE)
    assert not recovery.ran_on(replace(found(), phase=phase), reading, MINUTE)
