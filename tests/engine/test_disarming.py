"""Which pump that stands is set to its smallest limit, and which one is left as it is (F6, F18, F23)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import disarming
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpSetting
from tests.engine.stories import switching

D = Decimal
NOW = 10_000_000
CHARGE, BESIDE = "pump-1", "pump-2"
SET = PumpSetting(D(60), D(2))
STANDING: dict[str, Any] = {
    "linked": True,
    "stopped": True,
    "stop_ms": None,
    "disarmed": False,
    "pending": None,
    "certain": True,
    "failures": 0,
    "unsent": 0,
    "withdrawn_ms": None,
    "programmed": None,
}


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that runs, of two; the bag of the next one hangs on the pump beside. Both pumps stand armed."""
    state = switching().state
    assert state.pump_name == CHARGE
    state = replace(state, phase=Phase.INFUSING, begun=True, step=2, gate_shut=())
    return of(of(state, CHARGE, **STANDING), BESIDE, **STANDING)


def of(state: RunState, name: str, *, reads: dict[str, Any] | None = None, **changes: Any) -> RunState:
    """Something else known of one pump, and of what it reads."""
    pump = replace(state.view(name), **changes)
    reading = pump.reading
    if reading is not None:
        shows: dict[str, Any] = {
            "motion": Motion.STOPPED,
            "remote": True,
            "limit_left_ml": D(2),
            **(reads or {}),
        }
        pump = replace(pump, reading=replace(reading, **shows))
    if name == state.pump_name:
        return replace(state, pump=pump)
    return replace(state, others={name: replace(state.others[name], pump=pump)})


def disarmed(state: RunState) -> set[str]:
    """The pumps that are ordered to be disarmed now."""
    draft = Draft(state, NOW)
    disarming.settle(draft)
    orders = [event for event in draft.events if isinstance(event, ev.SettingOrdered)]
    assert all(order.kind is ev.OrderKind.DISARM for order in orders)
    return {order.pump for order in orders}


# -- which one ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", list(Phase))
def test_f6_the_pump_in_charge_is_armed_only_where_it_is_to_deliver(run: RunState, phase: Phase) -> None:
    """F6: one beside never is; before the start, after the end and in manual no pump is ours."""
    ours = (OPEN - {Phase.MANUAL}) | {Phase.AFTER_WATCH}
    expected = {BESIDE} if phase in ours else set()
    if phase in ours - {Phase.INFUSING, Phase.OBSERVING}:
        expected |= {CHARGE}
    if phase is Phase.OBSERVING:
        expected = set()
    assert disarmed(replace(run, phase=phase)) == expected
    assert disarmed(replace(run, phase=phase, authority=Authority.MONITOR)) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"linked": False},
        {"stopped": False},
        {"stop_ms": 5},
        {"disarmed": True, "reads": {"limit_left_ml": D("0.1")}},
        {"pending": ev.SettingOrdered(1, ev.OrderKind.DISARM, SET, 1, "B", BESIDE)},
        {"reads": {"remote": False}},
        {"certain": False},
        {"reads": {"motion": Motion.INFUSING}},
        {"reads": {"motion": Motion.KVO}},
        {"reading": None},
    ],
    ids=str,
)
def test_f6_only_a_pump_that_is_seen_standing_and_takes_orders(run: RunState, change: dict[str, Any]) -> None:
    """F6, F10: also where a person's word stands for the readback and the pump does not show it yet."""
    assert disarmed(of(run, BESIDE, **change)) == set()


@pytest.mark.parametrize("pump", [CHARGE, BESIDE])
def test_f6_a_refused_one_is_tried_again_after_two_seconds(run: RunState, pump: str) -> None:
    held = replace(run, phase=Phase.HELD)
    for ago, again in ((1_999, False), (2_000, True)):
        assert (pump in disarmed(of(held, pump, failures=1, pending_ms=NOW - ago))) is again


@pytest.mark.parametrize(
    ("unsent", "wait_ms"), [(1, 1_000), (2, 2_000), (3, 3_000), (10, 10_000), (11, 10_000), (40, 10_000)]
)
def test_f18_an_order_that_could_not_be_sent_is_repeated_ever_more_slowly(
    run: RunState, unsent: int, wait_ms: int
) -> None:
    """F18: a second the first time, ten times that at the most; on the wire, whatever the factor of time."""
    for factor in (D(1), D(3)):
        late = replace(run, wire_factor=factor)
        for more, again in ((-1, False), (0, True)):
            ago = int(wait_ms * factor) + more
            assert (disarmed(of(late, BESIDE, withdrawn_ms=NOW - ago, unsent=unsent)) == {BESIDE}) is again


# -- the one that is next -----------------------------------------------------------------------------


def test_f23_the_pump_that_takes_over_now_keeps_what_it_is_programmed_with(run: RunState) -> None:
    """F23: programmed, next, and switched to already, or at the full end of a step with an open gate."""
    full = replace(run, goal_ml=D(0), goal_ms=0)
    ready = of(full, BESIDE, programmed=SET)
    assert disarmed(full) == {BESIDE}
    assert disarmed(ready) == set()
    assert disarmed(replace(ready, gate_shut=("hr:stale",))) == {BESIDE}
    assert disarmed(replace(ready, goal_ml=D(10**6), goal_ms=10**9)) == {BESIDE}
    assert disarmed(replace(ready, step=3)) == {BESIDE}, "nothing comes after the last step"
    assert disarmed(replace(ready, phase=Phase.HELD)) == {CHARGE, BESIDE}
    switches = replace(ready, phase=Phase.SWITCHING, goal_ml=D(10**6), goal_ms=10**9)
    assert disarmed(switches) == {CHARGE}
    assert disarmed(replace(switches, gate_shut=("hr:stale",))) == {CHARGE}
    assert disarmed(of(switches, BESIDE, programmed=None)) == {CHARGE, BESIDE}


# -- set by hand again --------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "more"), [("0.1", False), ("0.2", True), (None, True)])
def test_f6_more_than_the_smallest_limit_on_a_disarmed_pump_is_a_hand(
    run: RunState, left: str | None, *, more: bool
) -> None:
    """F6, F7: or none at all; of a pump that was never read, and before the run, nothing is said."""
    shown = of(run, BESIDE, disarmed=True, reads={"limit_left_ml": None if left is None else D(left)})
    assert shown.fit(BESIDE).caps.limit_min_ml == D("0.1")
    assert disarming.rearmed(shown, BESIDE) is more
    assert disarmed(shown) == ({BESIDE} if more else set())
    assert not disarming.rearmed(replace(shown, started_ms=None), BESIDE)
    assert not disarming.rearmed(of(shown, BESIDE, reading=None), BESIDE)


# -- what a service waits for -------------------------------------------------------------------------


@pytest.mark.parametrize("phase", list(Phase))
def test_f6_f29_whether_a_pump_still_holds_what_it_was_set_to(run: RunState, phase: Phase) -> None:
    """F6, F29: where this program disarms at all, and only what answers and stands can be disarmed."""
    ours = (OPEN - {Phase.INFUSING, Phase.OBSERVING, Phase.MANUAL}) | {Phase.AFTER_WATCH}
    assert disarming.armed(replace(run, phase=phase)) is (phase in ours)
    assert not disarming.armed(replace(run, phase=phase, authority=Authority.MONITOR))


@pytest.mark.parametrize(
    "change",
    [
        {"linked": False},
        {"stopped": False},
        {"disarmed": True},
        {"reading": None},
        {"reads": {"remote": False}},
    ],
    ids=str,
)
def test_f6_f29_one_pump_that_can_be_disarmed_is_enough(run: RunState, change: dict[str, Any]) -> None:
    held = replace(run, phase=Phase.HELD)
    assert disarming.armed(of(held, CHARGE, **change))
    assert disarming.armed(of(held, BESIDE, **change))
    assert not disarming.armed(of(of(held, CHARGE, **change), BESIDE, **change))
