"""When another pump may take over, and how it is programmed before: one condition after the other (F23)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import switching
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import GateAction, GateRule, HoldCause, Then, ThenKind
from drivers.values import Motion, PumpReading, PumpSetting
from tests.engine.plans import pump as pump_with
from tests.engine.stories import switching as about_to_switch
from tests.engine.two_pumps import beside

D = Decimal
AT = 900_000
LIMIT_MS = 5_000
"""As the pump we have is commissioned: a switch within this is no gap."""
STANDS = PumpReading(Motion.STOPPED, D(0), D("0.1"), D(5), remote=True)
RUNS = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(60))
SET = PumpSetting(D(30), D(1))
ORDER = ev.SettingOrdered(9, ev.OrderKind.DISARM, SET, 2, "A", "pump-1")


@pytest.fixture(scope="module")
def run() -> RunState:
    """Step 2 is over; the old pump was seen standing for a second and is disarmed, the next is programmed."""
    state = replace(
        about_to_switch().state, step=2, begun=True, phase_ms=AT, gate_shut=(), hold=None, at_ms=AT
    )
    state = replace(state, gap=replace(state.gap, open_from_ms=None))
    old = {
        "linked": True,
        "certain": True,
        "stopped": True,
        "stop_ms": None,
        "disarmed": True,
        "pending": None,
        "reading": STANDS,
        "still_from_ms": AT - 1_000,
        "still_to_ms": AT,
    }
    state = replace(state, pump=replace(state.pump, **old))  # type: ignore[arg-type]
    return beside(state, **old, programmed=SET, withdrawn_ms=None, unsent=0, failures=0)


def old(state: RunState, **changes: Any) -> RunState:
    return replace(state, pump=replace(state.pump, **changes))


def takes_over(state: RunState, now: int = AT) -> tuple[bool, Draft]:
    draft = Draft(state, now)
    return switching.may_take_over(draft), draft


def test_f23_where_everything_is_proven_it_may(run: RunState) -> None:
    may, draft = takes_over(run)
    assert (may, draft.events) == (True, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"linked": False},
        {"stopped": False},
        {"stop_ms": 5},
        {"disarmed": False},
        {"pending": ORDER},
        {"still_to_ms": AT - 1},
        {"still_from_ms": None},
        {"reading": RUNS},
    ],
    ids=str,
)
def test_f23_as_long_as_anything_of_the_old_pump_is_open_it_waits(
    run: RunState, changes: dict[str, Any]
) -> None:
    may, draft = takes_over(old(run, **changes))
    assert (may, draft.events) == (False, [])


def test_f23_it_waits_for_the_next_pump_too(run: RunState) -> None:
    for changes in ({"reading": RUNS}, {"programmed": None, "pending": ORDER}):
        may, draft = takes_over(beside(run, **changes))
        assert (may, draft.events) == (False, []), changes
    slow = replace(run, wire_factor=D(2))
    assert not takes_over(slow)[0], "a second of wire time"
    assert takes_over(old(slow, still_from_ms=AT - 2_000))[0]


@pytest.mark.parametrize(
    ("phase_for_ms", "free_for_ms"), [(LIMIT_MS + 1, 0), (0, LIMIT_MS + 1), (LIMIT_MS, LIMIT_MS), (1, 1)]
)
def test_f23_what_takes_too_long_is_held(run: RunState, phase_for_ms: int, free_for_ms: int) -> None:
    """F23: by the time of the switch or by the time without drug, whichever is longer."""
    gap = replace(run.gap, open_from_ms=AT - free_for_ms)
    may, draft = takes_over(replace(run, phase_ms=AT - phase_for_ms, gap=gap))
    late = max(phase_for_ms, free_for_ms) > LIMIT_MS
    assert may is not late
    assert [event.cause for event in draft.events if isinstance(event, ev.Held)] == [
        HoldCause.PUMP_ALARM
    ] * late


def test_f23_where_no_pump_comes_the_run_is_held(run: RunState) -> None:
    may, draft = takes_over(replace(run, step=1))
    assert not may
    assert draft.state.phase is Phase.HELD


def test_f16_a_gate_that_has_shut_is_waited_for(run: RunState) -> None:
    may, draft = takes_over(replace(run, gate_shut=("hr:stale", "line:unconfirmed")))
    assert not may
    assert draft.events == [ev.PhaseEntered(Phase.WAITING_GATE, "hr:stale, line:unconfirmed")]


# -- programmed while it stands -------------------------------------------------------------------------


def programmed(state: RunState, **changes: Any) -> tuple[bool, list[ev.Event]]:
    draft = Draft(beside(state, **{"programmed": None, **changes}), AT)
    return switching.ready(draft, "pump-2"), draft.events


def test_f23_the_next_pump_is_programmed_once_it_is_known_to_stand(run: RunState) -> None:
    """F23: 30 mL/h, and what may be given unattended of it: two minutes, one mL."""
    order = ev.SettingOrdered(run.orders + 1, ev.OrderKind.PROGRAM, SET, 3, "B", "pump-2")
    assert programmed(run) == (False, [order])
    assert programmed(run, programmed=SET) == (True, [])
    waits: tuple[dict[str, Any], ...] = (
        {"pending": ORDER},
        {"stopped": False},
        {"stop_ms": 5},
        {"certain": False},
        {"withdrawn_ms": AT - 999, "unsent": 1},
    )
    for changes in waits:
        assert programmed(run, **changes) == (False, []), changes
    assert programmed(run, withdrawn_ms=AT - 1_000, unsent=1) == (False, [order])


def test_f2_after_a_stretch_that_ends_held_nothing_is_programmed(run: RunState) -> None:
    stretch = Stretch(D(6), D(10), Then(ThenKind.REPEAT), 0, "reaction:mild")
    assert programmed(replace(run, stretch=stretch)) == (False, [])


def setting(state: RunState) -> PumpSetting:
    _, events = programmed(state)
    (order,) = events
    assert isinstance(order, ev.SettingOrdered)
    return order.setting


def test_f5_f18_it_is_set_to_what_its_step_begins_with(run: RunState) -> None:
    """F5, F18: 0.2 mL, half a minute more at 30 mL/h and a step of its limit: 0.55 mL, down to 0.5."""
    steps = (*run.plan.steps[:2], replace(run.plan.steps[2], volume_ml=D("0.2"), minutes=D("0.4")))
    few = replace(run, plan=replace(run.plan, steps=steps))
    few = replace(few, fitted=replace(few.fitted, caps=pump_with()), goal_ml=D(9))
    assert setting(few) == PumpSetting(D(30), D("0.5"))
    dwell = GateRule(GateAction.DWELL, D("0.2"))
    dwells = replace(few, plan=replace(few.plan, rules=replace(few.plan.rules, gate=dwell)), dwell_ms=AT)
    assert setting(dwells) == PumpSetting(D(30), D("0.5")), "a dwell is of the step before"


def test_f2_a_stretch_that_is_to_be_given_again_goes_on_there(run: RunState) -> None:
    """F2, F18: 6 mL/h for 3 min are 0.3 mL, the least margin is a unit, and a step of the limit: 0.5 mL.

    A stretch that is over leaves the whole step.
    """
    again = Stretch(D(6), D(3), Then(ThenKind.SAME_STEP), 1, "reaction:mild")
    ceilings = replace(run.plan.rules.ceilings, unattended_max_min=D(60))
    free = replace(run, plan=replace(run.plan, rules=replace(run.plan.rules, ceilings=ceilings)))
    there = replace(free, step=3, begun=True, stretch=again)
    assert setting(there).rate_ml_h == 6
    assert setting(there).limit_ml == D("0.5")
    over = replace(there, stretch=replace(again, again=0))
    assert setting(over).rate_ml_h == 30
    assert setting(over).limit_ml is not None
    assert setting(over).limit_ml > 5  # type: ignore[operator]


def test_f23_the_old_pump_alone_is_stopped_and_the_other_takes_over(run: RunState) -> None:
    draft = Draft(replace(run, phase=Phase.INFUSING), AT)
    switching.begin(draft, "pump-2")
    assert draft.events[0] == ev.SwitchBegun("pump-2")
    stop = draft.events[1]
    assert isinstance(stop, ev.StopOrdered)
    assert stop.pump == "pump-1"
    draft = Draft(run, AT)
    switching.take_over(draft, "A")
    assert draft.events == []
    switching.take_over(draft, "B")
    assert draft.events == [ev.TookOver("pump-2")]
    assert draft.state.pump_name == "pump-2"
