"""The hook itself: a daemon killed at a write or a send has no effect from there on; it can start anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.runtime.opening import read_journal
from drivers.values import Motion
from simulators.campaign.mortal import Point, Touch
from simulators.campaign.scene import nursed, pump_of
from simulators.campaign.world import World
from tests.patient.scene import bed_of, in_step
from tests.patient.tap import STOP_FRAME, Taps


@pytest.mark.parametrize("after", [False, True])
def test_a_stop_is_sent_or_not_and_nothing_follows(tmp_path: Path, after: bool) -> None:
    """Killed around the byte-send of STOP, which comes before its record (F10): that is never written."""
    world, taps = bed_of(tmp_path), Taps()
    world.wrap_pump = taps
    seen: list[Point] = []
    armed = False

    def dies(point: Point) -> bool:
        seen.append(point)
        return armed and point.touch is Touch.SEND and point.after is after

    world.dies = dies

    async def story(world: World) -> None:
        nonlocal armed
        async with nursed(world):
            await world.until(lambda s: in_step(s, 1))
            sent, life = len(taps[-1].sent), world.life
            armed = True
            with pytest.raises(RuntimeError, match="died of it"):
                world.act(inp.HoldNow, by="", reason="")
            assert life is not None
            assert life.dead
            assert not world.alive
            await life.died.wait()
            await world.kill_daemon()
            armed = False
            assert [frame[:3] for frame in taps[-1].commands(sent)] == ([STOP_FRAME] if after else [])
            assert (pump_of(world).motion is Motion.STOPPED) is after
            found = read_journal(world.journal)
            assert found.state is not None
            assert found.state.stop_ms is None
            await world.start_daemon()
            await world.until(lambda s: s.phase is (Phase.HELD if after else Phase.OBSERVING), minutes=1)

    world.run(story)
    assert {point.touch for point in seen} == {Touch.APPEND, Touch.SEND}


def test_every_turn_of_the_loop_is_a_point(tmp_path: Path) -> None:
    """Killed before the thousandth callback: the points before it are numbered without a hole."""
    world = bed_of(tmp_path)
    turns: list[int] = []

    def dies(point: Point) -> bool:
        if point.touch is Touch.TURN:
            turns.append(point.number)
        return point == Point(Touch.TURN, 1000)

    world.dies, world.at_turns = dies, True

    async def story(world: World) -> None:
        assert world.life is not None
        await world.life.died.wait()
        await world.kill_daemon()

    world.run(story)
    assert turns == list(range(1, 1001))


def test_nothing_of_a_dead_process_is_left_when_a_new_one_starts(tmp_path: Path) -> None:
    """One that died where nobody looked is buried first: two daemons never share a bed."""

    async def story(world: World) -> int:
        await world.until(lambda s: s.pump.reading is not None, minutes=1)
        assert world.life is not None
        world.life.dead = True
        await world.start_daemon()
        running = [task for task in asyncio.all_tasks() if "Service.run" in repr(task.get_coro())]
        return len(running)

    world = bed_of(tmp_path)
    world.dies = lambda _point: False
    assert world.run(story) == 1
