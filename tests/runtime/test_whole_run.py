"""The shipped daemon over memory links on virtual time: whole protocols, every wire byte."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.engine.phases import Phase
from daemon.runtime.replay import replay
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World
from simulators.options import choose
from tests.runtime.conftest import plan_of, records_of


async def whole(world: World) -> None:
    nurse = Nurse(world)
    await nurse.start()
    looking = asyncio.create_task(nurse.look_after())
    await world.until(lambda s: s.phase is Phase.COMPLETED, minutes=480)
    looking.cancel()


@pytest.mark.parametrize("name", ["castells-12-step", "rituximab-12-step"])
def test_a_whole_run_without_faults(name: str, tmp_path: Path) -> None:
    """(A) A12: no alarm in a fault-free run; the books contain what really flowed."""
    plan = plan_of(name)
    world = World(plan, tmp_path / "journal.db", options=choose({"flow_error": "0"}))
    seen = []

    async def story(world: World) -> None:
        await whole(world)
        seen.append(world.state)

    world.run(story)
    state = seen[0]
    records = records_of(tmp_path / "journal.db")
    raised = [r.content()["data"] for r in records if r.content()["type"] == "AlarmRaised"]
    assert raised == []
    again = replay(records)
    assert again is not None
    assert again.state == state
    given = state.dose_given()
    truth = world.bed.left.total_dose
    assert given.low <= truth <= given.high
    assert abs(truth - plan.target_dose) <= plan.target_dose * Decimal("0.01")
