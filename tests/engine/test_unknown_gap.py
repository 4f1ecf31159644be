"""An unknown time off: when it is known again, and what it makes of the bags (F4, F19, F20)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.phases import Phase
from tests.engine.lines import at_step, lined
from tests.engine.plans import rules
from tests.engine.world import World

D = Decimal


def observed(step: int = 1, seconds: int = 60) -> World:
    """A host came back without a clock within moments; the pump ran on, and a person confirms it."""
    world = at_step(lined("0"), step, seconds)
    world.restart(0, gap_known=False)
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING, world.why()
    world.match()
    world.do(inp.Assess)
    world.measure()
    answer = world.do(inp.ConfirmRunning)
    assert not answer.startswith("no: "), answer
    return world


@pytest.mark.parametrize("step", [1, 2])
def test_f19_f20_delivery_proven_after_an_unknown_time_ends_it(step: int) -> None:
    """F19, F20: 60 s and a unit of proven delivery: the next bag is no resume over an unknown gap."""
    world = observed(step)
    assert world.state.gap.unknown
    world.run(45_000)
    assert world.state.gap.unknown, "not before it is proven"
    world.run(60_000)
    assert not world.state.gap.unknown
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(10_000)
    assert world.phase() is Phase.AWAITING_SOLUTION, world.why()
    world.run(90_000)
    assert world.phase() is Phase.INFUSING, world.why()


def test_f20_nobody_confirmed_what_runs_and_the_time_stays_unknown() -> None:
    """F20: an observed run proves nothing to anybody: at the hold that ends it the strictest rule holds."""
    world = at_step(lined("0", ceilings=replace(rules().ceilings, unattended_max_min=D(15))), 1, 60)
    world.restart(0, gap_known=False)
    world.run(100_000)
    assert world.phase() is Phase.OBSERVING, world.why()
    assert world.state.gap.unknown
    world.run_until(Phase.HELD)
    assert world.state.gap.unknown
    assert resume.options(world.state, world.now).allowed == ()
