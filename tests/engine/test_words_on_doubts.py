"""What a person's word about a doubtful volume may change, and what it may not (F14, F26)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine import totals
from daemon.engine.doubts import Explanation
from tests.engine.lines import at_step, hold, lined
from tests.engine.pump_sim import whole
from tests.engine.world import World

D = Decimal


def leaps(world: World, volume_ml: str, *, flowed: bool = True) -> None:
    """The standing pump counts so much more, and it left the pump, or did not."""
    world.pump.counter += whole(D(volume_ml))
    if flowed:
        world.pump.flowed[world.pump.bag] += whole(D(volume_ml))
    world.run(2_000)
    assert world.state.doubts.jumps


@pytest.mark.parametrize("how", [Explanation.GIVEN, Explanation.PRIMED_OFF_PATIENT])
def test_f26_a_counter_that_rose_was_not_cleared(how: Explanation) -> None:
    """F26: 3 mL by hand: "cleared" is refused, and the bounds go on holding what left the pump."""
    world = at_step(lined("2"), 3, 60)
    world.sound = False
    hold(world)
    leaps(world, "3")
    before = totals.worst(world.state)
    answer = world.do(inp.ClassifyCounter, how=Explanation.CLEARED, text="cleared")
    assert answer.startswith("no: ")
    assert "rose by 3.0 mL" in answer
    assert world.state.doubts.jumps
    assert totals.worst(world.state) == before >= world.side.reached
    assert not world.do(inp.ClassifyCounter, how=how, text="seen").startswith("no: ")
