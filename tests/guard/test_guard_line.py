"""What the guard counts past the pump's counter once persons have touched the line (F3, F34)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, clear, flush, hold, lined, renew

D = Decimal


def told(world: World) -> Decimal:
    """What the guard holds for given beside what the pump counted."""
    return world.guard.uncounted.given


@pytest.mark.parametrize("handling", ["cleared", "replaced"])
def test_f34_a_line_filled_for_the_next_bag_is_priced_by_that_bag(handling: str) -> None:
    """F3, F34: step 2 is over and B comes: 2 mL of B are in the line, and a flush brings 20 mg, not 2."""
    world = at_step(lined("2"), 2)
    world.nurse_on = False
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(10_000)
    assert world.guard.place == 2, "it rises with the first grant of step 3"
    world.match()
    answer = clear(world, "2", "B") if handling == "cleared" else renew(world)
    assert not answer.startswith("no: "), answer
    world.hang("B", primed=handling == "replaced")
    world.do(inp.ConfirmLine)
    world.run(20_000)
    assert world.phase() is Phase.INFUSING, world.why()
    hold(world)
    counted = sum(world.guard.given_ml[bag] * world.state.plan.solution(bag).concentration for bag in "AB")
    flush(world, FlushTo.PATIENT, "2")
    assert told(world) >= 20
    assert counted + told(world) >= world.side.reached - 1, "but for the unit of 0.1 mL it does not see"


def test_f34_a_line_filled_inside_a_step_is_priced_by_that_step() -> None:
    """F3, F34: held halfway through step 2 and cleared with A: 2 mg, however strong the next bag is."""
    world = at_step(lined("2"), 2)
    hold(world)
    flush(world, FlushTo.NOBODY)
    assert not clear(world, "2", "A").startswith("no: ")
    flush(world, FlushTo.PATIENT, "2")
    assert told(world) == 2
