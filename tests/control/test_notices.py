"""F16, A12: work that is due is told beforehand, and is no alarm."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from daemon.control.view import view
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.engine.stories import FAST, in_phase, infusing


def told(world: World) -> dict[str, Any]:
    """Id of each notice, and in how many seconds it is due."""
    return {one["id"]: one["in_s"] for one in view(world.state, world.now)["notices"]}


def test_f16_a12_every_end_of_a_step_is_told_before_and_none_is_an_alarm() -> None:
    """F16, (A) A12: steps, bags and the infusion end within five minutes of being told."""
    world = World(small(), timing=FAST).start()
    seen: set[str] = set()
    while world.phase() is not Phase.AFTER_WATCH:
        ends = {one: s for one, s in told(world).items() if one.endswith("_ends")}
        assert len(ends) <= 1
        assert all(0 <= seconds <= 300 for seconds in ends.values())
        seen |= set(ends)
        world.run(20_000)
    assert {"bag_ends", "infusion_ends"} <= seen
    assert world.alarms() == []
    assert told(world) == {}


def test_f16_an_assessment_is_told_five_minutes_before_it_is_overdue() -> None:
    """F16: and not once it was made."""
    world = World(small(assessment_every_min=Decimal(8)), timing=FAST)
    world.nurse_on = False
    world.start().run(120_000)
    assert "assessment_due" not in told(world)
    world.run(70_000)
    assert 280 <= told(world)["assessment_due"] <= 300
    world.do(inp.Assess)
    assert "assessment_due" not in told(world)


def test_the_baseline_is_due_until_it_is_measured() -> None:
    """Before the start only."""
    world = World(small(), timing=FAST)
    world.monitor_on = False
    world.run(3_000)
    assert told(world) == {"baseline_due": 0}
    world.monitor_on = True
    world.measure()
    assert told(world) == {}


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.MANUAL, Phase.COMPLETED, Phase.ABORTED])
def test_where_nothing_is_driven_nothing_is_announced(phase: Phase) -> None:
    """A hold has its own words."""
    assert told(in_phase(phase)) == {}


def test_a_step_that_has_long_to_go_announces_nothing() -> None:
    world = infusing(5)
    left_s = view(world.state, world.now)["step"]["left_s"]
    assert (left_s > 300) is ("step_ends" not in told(world) and "bag_ends" not in told(world))
