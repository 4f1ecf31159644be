"""A flush nobody spoke of may not have been: what the line held then may still be in it (F3, F4)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine import line_rules, totals
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from drivers.values import Motion, PumpAlarm
from simulators.campaign.engine.world import World
from tests.engine.lines import clear, flush, lined, renew, world_of
from tests.engine.plans import BACK, SAME, rules

D = Decimal


def occluded_in_b() -> World:
    """About 1 mL of B behind A in a line of 2 mL, held by an occlusion: perhaps none of B came so far."""
    ceilings = replace(rules().ceilings, max_total_dose=D(300))
    world = world_of(replace(lined("2", primed=False, ceilings=ceilings), exposure_accepted_by="Dr. Example"))
    world.priming = False
    world.start()
    while world.state.step != 3 or not world.state.begun:
        world.run(1_000)
    world.run(130_000)
    world.nurse_on = False
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.motion = Motion.STOPPED
    world.run(3_000)
    world.pump.alarms.clear()
    world.run(3_000)
    world.do(inp.Assess)
    world.measure()
    world.run(1_000)
    assert world.phase() is Phase.HELD, world.why()
    assert world.side.held > 10
    return world


def back(world: World) -> World:
    """One step back, onto the weak bag, with the flush unanswered."""
    answer = world.do(inp.Resume, choice=BACK, reason="well", witness="bob", released=True)
    assert not answer.startswith("no: "), answer
    world.run(5_000)
    assert world.phase() is Phase.AWAITING_SOLUTION
    return world


@pytest.mark.parametrize("hung_again", [False, True], ids=["held", "bag hung again"])
def test_f4_what_an_unsaid_flush_may_have_left_is_cleared_before_the_weak_bag(*, hung_again: bool) -> None:
    """F4: no tenfold rate at the simulated patient; also where a bag was hung while nobody had answered."""
    world = occluded_in_b()
    if hung_again:
        assert not world.hang("B").startswith("no: ")
    back(world)
    rest = line_rules.stronger(world.state)
    assert rest is not None
    assert (rest.solution, rest.volume_ml) == ("B", D(2))
    assert totals.held(world.state).dose.high >= world.side.held
    world.match()
    assert world.hang("A").startswith("no: ")
    assert clear(world, "1.9", "A").startswith("no: ")
    assert not clear(world, "2", "A").startswith("no: ")
    assert not world.hang("A").startswith("no: ")
    world.side.peak_h = D(0)
    world.run(60_000)
    assert world.phase() is Phase.INFUSING, world.why()
    assert world.side.peak_h <= world.state.current.dose_rate_h + D("1e-9")


@pytest.mark.parametrize("how", ["flushed", "replaced"])
def test_f4_a_known_flush_or_a_new_line_ends_what_the_line_may_hold(how: str) -> None:
    """F4: nobody is trapped: after either the weak bag hangs."""
    world = back(occluded_in_b())
    answer = flush(world, FlushTo.DISCARDED, "2") if how == "flushed" else renew(world)
    assert not answer.startswith("no: "), answer
    rest = line_rules.stronger(world.state)
    assert rest is None
    assert not world.hang("A").startswith("no: ")
    world.do(inp.ConfirmLine)
    world.match()
    world.side.peak_h = D(0)
    world.run(60_000)
    assert world.phase() is Phase.INFUSING, world.why()
    assert world.side.peak_h <= world.state.current.dose_rate_h + D("1e-9")


def test_f4_what_may_be_left_does_not_stand_in_the_way_of_its_own_bag() -> None:
    """F4: onto the same bag nothing is stronger; after a line's volume the trace is the bag's own."""
    world = occluded_in_b()
    answer = world.do(inp.Resume, choice=SAME, reason="well", witness="bob", released=True)
    assert not answer.startswith("no: "), answer
    world.run(60_000)
    assert world.phase() is Phase.INFUSING, world.why()
    since = (world.state.since_ml(world.now)["B"] + D("0.001")) * 10
    assert totals.held(world.state).dose.high + since >= world.side.held


def test_f4_what_the_line_may_hold_comes_back_from_the_journal() -> None:
    world = back(occluded_in_b())
    state, _ = world.replayed()
    assert state.line == world.state.line
    assert totals.held(state) == totals.held(world.state)
