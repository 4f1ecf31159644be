"""A second run of one order in the same journal carries over what the first one gave (F11)."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine.line import FlushTo
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
    assert world.act(inp.FlushLine, by="Ann", to=FlushTo.NOBODY, volume_ml=D(0))[0]
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


def test_f11_what_flowed_after_the_last_reading_is_carried_over(world: World) -> None:
    """F11: out of reach, aborted, stopped by hand 40 s later: the next run counts what nobody read."""
    found: list[tuple[Decimal, Decimal]] = []

    async def story(world: World) -> None:
        nurse = Nurse(world)
        await nurse.start()
        await world.until(lambda s: s.step == 2, minutes=30)
        await asyncio.sleep(60)
        await world.do(do="fault", name="unplug", on=True)
        await asyncio.sleep(2)
        world.act(inp.Abort, by="Ann", reason="the pump is gone")
        await asyncio.sleep(40)
        await world.do(do="press", key="stop")
        assert world.act(inp.ConfirmStopped, by="Ann")[0]
        await asyncio.sleep(2)
        given = world.bed.reached.total_dose
        await world.kill_daemon()
        await world.start_daemon()
        found.append((given, world.state.linked.high))

    world.run(story)
    assert 0 < found[0][0] <= found[0][1]
