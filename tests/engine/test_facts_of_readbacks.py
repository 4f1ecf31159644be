"""What a readback changes beside the step: a restart, marks of the counter, pumps beside (F14, F15, F19)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.account import Moved, Span
from daemon.engine.evolve import evolve
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpSetting
from tests.engine.stories import infusing, switching
from tests.engine.test_facts_of_the_pump import AT, coarse, order, ordered, reading
from tests.engine.test_facts_of_the_pump import seen as seen_in_charge

D = Decimal


@pytest.fixture(scope="module")
def run() -> RunState:
    """Running; delivery was last proven at 5 ms, and no gap is open."""
    state = infusing().state
    gap = replace(state.gap, proven_ms=5, open_from_ms=None, delivering_from_ms=7)
    return replace(state, gap=gap)


# -- a restart of the motor ---------------------------------------------------------------------------


def open_from(state: RunState, stood_ms: int, motion: Motion = Motion.STOPPED) -> int | None:
    """Where a gap is open after a reading so long after the order; None = there is none."""
    waiting = replace(state, pump=replace(state.pump, pending_ms=AT - stood_ms))
    return seen_in_charge(waiting, reading("2", motion), AT).gap.open_from_ms


@pytest.mark.parametrize("factor", [1, 10])
@pytest.mark.parametrize("kind", sorted(ev.RESTARTED))
def test_f15_a_pump_that_stands_to_be_programmed_opens_no_gap_for_two_seconds(
    run: RunState, kind: ev.OrderKind, factor: int
) -> None:
    """F15: two seconds on the wire, whatever the factor of time; one millisecond more is a gap."""
    waits = replace(ordered(coarse(run), kind), wire_factor=D(factor))
    assert open_from(waits, 2_000 * factor) is None
    assert open_from(waits, 2_000 * factor + 1) == 5
    assert seen_in_charge(waits, reading("2", Motion.STOPPED), AT).gap == run.gap
    assert open_from(waits, 0, Motion.KVO) == 5, "it does not stand"


def test_f15_only_such_a_pump_and_only_such_an_order(run: RunState) -> None:
    """F15: one that takes a setting while it runs has no reason to stand, nor has a start or a hand."""
    assert open_from(ordered(run, ev.OrderKind.CHANGE), 0) == 5
    assert open_from(coarse(run), 0) == 5
    assert open_from(ordered(coarse(run), ev.OrderKind.START), 0) == 5
    by_hand = replace(ordered(coarse(run), ev.OrderKind.CHANGE), authority=Authority.MONITOR)
    assert open_from(by_hand, 0) == 5


def test_f19_a_stop_on_its_way_is_delivery_only_by_hand(run: RunState) -> None:
    """F19, F27: where this program stops the pump, what still runs in a hold ends no gap."""
    closed = replace(run, phase=Phase.HELD, gap=replace(run.gap, delivering_from_ms=None))
    stopping = replace(closed, pump=replace(closed.pump, stop_ms=AT - 9))
    found = {
        (by_hand, waits): seen_in_charge(
            replace(stopping if waits else closed, authority=Authority.MONITOR if by_hand else run.authority),
            reading("2"),
            AT,
        ).gap.delivering_from_ms
        for by_hand in (True, False)
        for waits in (True, False)
    }
    assert found == {(True, True): AT, (True, False): None, (False, True): None, (False, False): None}


@pytest.mark.parametrize(("factor", "ran"), [("1", "0.14"), ("0.5", "0.12"), ("10", "0.5")])
def test_f27_a_cycle_is_as_long_as_it_is_on_the_wire(run: RunState, factor: str, ran: str) -> None:
    """F27: 1.2 s at 120 mL/h are 0.04 mL, ten times that long 0.4 mL; and a unit of 0.1 mL."""
    assert run.pump.reading is not None
    shown = replace(run.pump.reading, limit_left_ml=D("0.1"))
    watched = replace(run, authority=Authority.MONITOR, pump=replace(run.pump, reading=shown))
    asked = ordered(replace(watched, wire_factor=D(factor)), ev.OrderKind.CHANGE, PumpSetting(D(120), D(2)))
    after = evolve(asked, ev.SettingConfirmed(order(ev.OrderKind.CHANGE).order, "pump 1"), AT)
    assert run.pump.odometer.shown_ml - after.pump.approved_ml == D(ran)


# -- marks of the counter -----------------------------------------------------------------------------


def test_f14_a_readback_marks_when_the_counter_stood_where(run: RunState) -> None:
    """F14: an occlusion reaches as far back as what it may hold and a unit of the counter: in eight parts."""
    shown = run.pump.odometer.shown_ml
    held = replace(run.commissioned, occlusion_ml=D("1.5"))
    marked = replace(
        run,
        fitted=replace(run.fitted, commissioned=held),
        doubts=replace(run.doubts, trail=((5, shown),)),
    )
    assert marked.unit_ml == D("0.1"), "1.6 mL: a mark each 0.2 mL"
    for moved, trail in (
        ("0", ((AT, shown),)),
        ("0.19", ((5, shown),)),
        ("0.2", ((5, shown), (AT, shown + D("0.2")))),
    ):
        assert seen_in_charge(marked, reading("2"), AT, moved).doubts.trail == trail


# -- a pump beside ------------------------------------------------------------------------------------


def beside(state: RunState, moved: str, timed: str) -> RunState:
    """The other pump reads standing; its counter moved, and by time it may have given."""
    (name,) = state.others
    event = ev.PumpSeen(
        reading("2", Motion.STOPPED), Moved(D(moved), Span(D(0), D(timed)), 500), AT - 10, name
    )
    return evolve(state, event, AT)


@pytest.mark.parametrize(("moved", "timed"), [("0.1", "0"), ("0", "0.1"), ("1", "1")])
def test_f25_what_a_pump_beside_gave_is_of_its_own_bag(moved: str, timed: str) -> None:
    """F23, F25: counted or timed alone; the step and the pump in charge are as they were."""
    before = switching().state
    (name,) = before.others
    hung = before.others[name].hung
    assert hung is not None
    after = beside(before, moved, timed)
    assert after.bags[hung].counter_ml - before.bags[hung].counter_ml == D(moved)
    assert after.bags[hung].timed.high - before.bags[hung].timed.high == D(timed)
    assert (after.account, after.pump) == (before.account, before.pump)
    assert after.others[name].pump.read_ms == AT


def test_f14_a_pump_beside_has_marks_of_its_own() -> None:
    """F14, F23: standing it keeps the last time at which its counter stood there."""
    before = switching().state
    (name,) = before.others
    shown = before.others[name].pump.odometer.shown_ml
    marked = replace(before, others={name: replace(before.others[name], trail=((5, shown),))})
    after = beside(marked, "0", "0")
    assert after.others[name].trail == ((AT, shown),)
    assert after.doubts.trail == before.doubts.trail
