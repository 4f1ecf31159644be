"""A doubt at a pump not in charge: of its bag and line, and of neither step nor gap (F14, F23, F26, F39)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.account import Span
from daemon.engine.doubts import CounterFault
from daemon.engine.evolve import evolve
from daemon.engine.state import RunState
from drivers.values import Motion, PumpReading
from simulators.campaign.engine.several import Several
from tests.engine.lines import lined
from tests.engine.stories import FAST

D = Decimal
STANDS = PumpReading(Motion.STOPPED, D(0), D(0), D(0), remote=True)
NONE = Span(D(0), D(0))


@pytest.fixture(scope="module")
def run() -> RunState:
    """A minute and a half of A at 60 mL/h; two own lines of 2 mL, primed, meet before 1 mL of saline."""
    world = Several(lined("2", "1"), timing=FAST)
    world.start().run(90_000)
    state = world.state
    assert state.pump.odometer.shown_ml == D("1.4")
    return state


def came_out(state: RunState) -> tuple[Decimal, Decimal]:
    """Dose that came out of the line at the least and at the most."""
    low, high = state.line.content(state.pump.odometer, state.caps.accuracy)
    return low.reached.quantize(D("0.0001")), high.reached


def broken(run: RunState, pump: str) -> ev.CounterBroken:
    """Up to 3 mL may have left that pump."""
    leap = Span(D(0), D(3))
    return ev.CounterBroken(STANDS, leap, CounterFault.JUMPED, D("2.5"), NONE, run.at_ms - 5, pump)


def test_f14_f23_an_occlusion_beside_is_of_its_bag_and_of_the_line_they_share(run: RunState) -> None:
    """1.4 mL of A and a unit, less the saline; the release bolus of B pushes 0.2 mL more of it out."""
    assert came_out(run) == (D("0.3338"), D("0.50")), "at 95 % of 84.24 s: 1.3338 mL"
    after = evolve(run, ev.Occluded(D("0.5"), D("0.2"), "pump-2"), run.at_ms)
    assert after.bag_given("B") == Span(D(0), D("0.2")), "by rate and time nothing, and the bolus"
    assert after.bag_given("A") == run.bag_given("A")
    assert (after.gap, after.account) == (run.gap, run.account)
    assert came_out(after) == (D("0.3338"), D("0.70"))
    assert (after.doubts.pressure_of, after.others["pump-2"].occluded_ml) == ("B", D(0))
    assert after.doubts.occluded_ml is None, "of the pump in charge none is known"


def test_f14_an_occlusion_in_charge_reaches_back_into_the_step_and_the_gap(run: RunState) -> None:
    after = evolve(run, ev.Occluded(D("0.5"), D("0.2"), "pump-1"), run.at_ms)
    assert after.bag_given("B") == run.bag_given("B")
    assert after.step_given().high == run.step_given().high + D("0.2")
    assert after.gap.open_from_ms is not None
    assert came_out(after) == (D(0), D("0.70")), "0.8338 mL at the least is less than the saline"


def test_f26_f39_a_leap_beside_goes_into_the_shared_part_once(run: RunState) -> None:
    """F26, F39: at the most 3 mL of B: 2 of its own line push all but 1 mL of it through the shared part."""
    after = evolve(run, broken(run, "pump-2"), run.at_ms)
    assert after.bag_given("B") == Span(D(0), D(3))
    assert (after.account, after.gap, after.pump) == (run.account, run.gap, run.pump)
    low, high = came_out(after)
    assert low == D("0.3338")
    assert high == D("21.50"), "0.5 and 1 mL of A, then 2 mL of B at ten times the strength"


def test_f26_f39_a_leap_in_charge_widens_the_line_as_far_as_the_bag(run: RunState) -> None:
    after = evolve(run, broken(run, "pump-1"), run.at_ms)
    assert after.bag_given("A").high == run.bag_given("A").high + 3
    assert after.bag_given("B") == run.bag_given("B")
    assert came_out(after) == (D("0.3338"), D("3.50")), "3 mL more"
    assert after.pump.reading == STANDS


def test_f26_another_pump_beside_stands_there_without_a_bag(run: RunState) -> None:
    after = evolve(run, ev.PumpReplaced("99", "ann", "bob", "pump-2"), run.at_ms)
    assert (after.others["pump-2"].pump.own_serial, after.others["pump-2"].hung) == ("99", None)
    assert (after.pump.own_serial, after.hung, after.line_by) == (run.pump.own_serial, "A", "")
    assert after.bag_given("A") == run.bag_given("A")
