"""Is the pump that is found again doing what the record says, to the last bound (F17, F18, F26, F35)?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import recovery
from daemon.engine.account import Odometer, Span
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.engine.state import LimitView, RunState
from drivers.values import Motion, PumpReading, PumpSetting, Signal
from tests.engine.plans import pump as pump_with
from tests.engine.stories import in_phase, infusing

D = Decimal
MINUTE = 60_000
READ = PumpReading(Motion.INFUSING, D(60), D("3.0"), D(10), remote=True)
SET = PumpSetting(D(60), D(5))
ORDER = ev.SettingOrdered(9, ev.OrderKind.RENEW, SET, 1, "A", "pump 1")


@pytest.fixture(scope="module")
def run() -> RunState:
    """Read a minute ago at 10 mL with 3 of 5 mL left; the limit was ordered and taken at 8 mL."""
    state = infusing().state
    caps = pump_with(reply_limit_s=D(0), accuracy=D("0.1"))
    pump = replace(
        state.pump,
        odometer=Odometer(D(10), Span(D(0), D(0)), D("0.1")),
        reading=READ,
        read_ms=0,
        approved=SET,
        approved_ml=D(8),
        ordered_ml=D(8),
        pending=None,
    )
    return replace(state, fitted=replace(state.fitted, caps=caps), pump=pump)


def found(state: RunState, counter: str, left: str | None, now: int = MINUTE, **changes: Any) -> str:
    """What is said of this reading."""
    limit = None if left is None else D(left)
    reading = replace(READ, counter_ml=D(counter), limit_left_ml=limit, **changes)
    return recovery.differs(state, reading, now)


@pytest.mark.parametrize(
    ("counter", "same"),
    [("10.7", True), ("10.69", False), ("11.3", True), ("11.31", False), ("11", True)],
)
def test_f26_a_minute_at_60_ml_h_moves_a_millilitre(run: RunState, counter: str, *, same: bool) -> None:
    """F26: 10 % of it and two units off at the most."""
    left = str(3 - (D(counter) - 10))
    assert (found(run, counter, left) == "") is same


@pytest.mark.parametrize(
    ("counter", "same"), [("10", True), ("10.2", True), ("10.21", False), ("9.9", False)]
)
def test_f26_at_once_it_may_have_moved_two_units_and_never_back(
    run: RunState, counter: str, *, same: bool
) -> None:
    assert (found(run, counter, str(3 - (D(counter) - 10)), now=0) == "") is same


@pytest.mark.parametrize(
    ("left", "same"),
    [("2", True), ("1.8", True), ("1.79", False), ("2.2", True), ("2.21", False), (None, False)],
)
def test_f18_its_limit_is_what_the_counter_leaves_of_the_one_that_was_set(
    run: RunState, left: str | None, *, same: bool
) -> None:
    assert (found(run, "11", left) == "") is same
    late = replace(run, pump=replace(run.pump, ordered_ml=D("7.5")))
    assert found(late, "11", "1.3") == "", "it was written between the order and its readback"
    assert found(late, "11", "1.29")


def test_f18_an_answer_takes_its_time(run: RunState) -> None:
    """F18: three answers of a second at 60 mL/h are 0.05 mL, twice as much where the wire is half as fast."""
    caps = pump_with(reply_limit_s=D(1))
    slow = replace(run, fitted=replace(run.fitted, caps=caps))
    assert recovery.tolerance_ml(run, D(60)) == D("0.2")
    assert recovery.tolerance_ml(slow, D(60)) == D("0.25")
    assert recovery.tolerance_ml(replace(slow, wire_factor=D(2)), D(60)) == D("0.3")


def test_f17_what_else_is_not_as_recorded(run: RunState) -> None:
    assert found(run, "11", "2") == ""
    assert found(run, "11", "2", motion=Motion.STOPPED)
    assert found(run, "11", "2", motion=Motion.BOLUS)
    assert found(run, "11", "2", rate_ml_h=D("59.9"))
    others: tuple[dict[str, Any], ...] = (
        {"pending": ORDER},
        {"approved": None},
        {"approved": PumpSetting(D(60), None)},
        {"reading": None},
    )
    for changes in others:
        assert found(replace(run, pump=replace(run.pump, **changes)), "11", "2")


def test_f19_only_a_counter_that_agrees_proves_that_it_ran_on(run: RunState) -> None:
    ran = replace(READ, counter_ml=D(11), limit_left_ml=D(2))
    assert recovery.ran_on(run, ran, MINUTE)
    assert not recovery.ran_on(run, replace(ran, counter_ml=D(10)), MINUTE)
    assert not recovery.ran_on(replace(run, phase=Phase.HELD), ran, MINUTE)


# -- a new process ------------------------------------------------------------------------------------


def restarted(state: RunState) -> RunState:
    return decide(state, inp.DaemonRestarted(True), state.at_ms + 1_000).state


def changed(state: RunState, name: str) -> RunState:
    """What of a running run may not be observed after a restart."""
    pump = state.pump
    match name:
        case "stop_ms":
            return replace(state, pump=replace(pump, stop_ms=5))
        case "pending":
            return replace(state, pump=replace(pump, pending=ORDER))
        case "programmed":
            return replace(state, pump=replace(pump, programmed=SET))
        case "approved":
            return replace(state, pump=replace(pump, approved=None))
        case "limits":
            return replace(state, limits=(*state.limits[:2], LimitView(5), *state.limits[3:]))
        case "baseline":
            return replace(state, baseline={Signal.HR: D(70), Signal.SPO2: D(98)})
        case _:
            return state


NAMES = ["stop_ms", "pending", "programmed", "approved", "limits", "baseline"]


def test_f35_a_run_that_was_going_on_is_observed() -> None:
    after = restarted(infusing().state)
    assert after.phase is Phase.OBSERVING
    assert "observing" in after.alarms


@pytest.mark.parametrize("name", NAMES)
def test_f35_f10_what_was_under_way_or_beyond_is_held_instead(name: str) -> None:
    """F35, F10: nobody knows how it ended, or nothing would watch over the patient."""
    after = restarted(changed(infusing().state, name))
    assert after.phase is Phase.HELD
    assert "held_restart" in after.alarms


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING, Phase.HELD])
def test_f35_what_stood_stands_held_and_is_stopped_again(phase: Phase) -> None:
    """F35, F6: STOP is said again, whatever the record says."""
    state = in_phase(phase).state
    state = replace(state, pump=replace(state.pump, stop_ms=None))
    decided = decide(state, inp.DaemonRestarted(True), state.at_ms + 1_000)
    assert decided.state.phase is Phase.HELD
    assert any(isinstance(event, ev.StopOrdered) for event in decided.events)


@pytest.mark.parametrize("phase", [Phase.MANUAL, Phase.AFTER_WATCH])
def test_f10_a_stop_that_waited_is_said_again_and_no_other(phase: Phase) -> None:
    state = in_phase(phase).state
    for stop_ms in (None, 5):
        waits = replace(state, pump=replace(state.pump, stop_ms=stop_ms))
        decided = decide(waits, inp.DaemonRestarted(True), state.at_ms + 1_000)
        assert any(isinstance(event, ev.StopOrdered) for event in decided.events) is (stop_ms is not None)
        assert decided.state.phase is phase
