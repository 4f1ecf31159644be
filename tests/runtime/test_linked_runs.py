"""A second run of one order in the same journal carries over what the first one gave (F11)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World

D = Decimal


async def some_drug(world: World) -> Decimal:
    """A run of one step, ended by hand; what reached the simulated patient."""
    nurse = Nurse(world)
    await nurse.start()
    await world.until(lambda s: s.step == 2, minutes=30)
    world.act(inp.Abort, by="Ann", reason="test")
    await world.until(lambda s: s.pump.stop_ms is None and s.phase is Phase.ABORTED, minutes=1)
    return world.bed.reached.total_dose


@pytest.mark.parametrize("clock", ["same boot", "another boot", "another boot, not synchronised"])
def test_f11_the_next_run_begins_with_what_the_last_one_gave(world: World, clock: str) -> None:
    """F11: also over a restart, a reboot and a clock nobody believes; guard and start count it."""
    found: list[tuple[Decimal, Decimal, Decimal, Decimal]] = []

    async def story(world: World) -> None:
        given = await some_drug(world)
        await world.kill_daemon()
        if clock != "same boot":
            world.boot, world.synchronised = "another", clock == "another boot"
        await world.start_daemon()
        linked, guard = world.state.linked, world.service.supervisor.guard
        found.append((linked.low, given, linked.high, guard.uncounted.given))

    world.run(story)
    low, given, high, guarded = found[0]
    assert 0 < low <= given <= high == guarded
    assert high - low < D("0.1")
