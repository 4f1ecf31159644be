"""One complete run of the brisk plan: two bags, a STOP by hand, a resume, the bag change, the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Choice, ChoiceKind
from simulators.campaign.beds import world_of
from simulators.campaign.judge import Judge
from simulators.campaign.mortal import Point
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import PATIENT, World
from tests.patient.scene import in_step, stands

LOOKED_AT_S = 2.5
"""A window of the run in which every turn of the loop is a point."""


@dataclass
class Course:
    """The run, who judges it, and which of its moments are looked at more closely."""

    world: World
    judge: Judge
    close: bool = False
    """Every turn of the loop counts now."""
    windows: list[str] = field(default_factory=list)

    async def play(self) -> None:
        """From the checks to the end of the plan, and the orderly stop of the service."""
        world = self.world
        nurse = self.judge.nurse = Nurse(world)
        await nurse.check()
        await self._closely("start")
        nurse._must(inp.Start, by="Ann", witness="Bob")
        async with _looked_after(nurse):
            await world.until(lambda s: in_step(s, 1), minutes=1)
            await self._step(2, "step change")
            await asyncio.sleep(40)
            await self._closely("stop")
            world.act(inp.HoldNow, by="", reason="")
            self.judge.stopped_at = self.judge.dose()
            await stands(world)
            await asyncio.sleep(10)
            await self._resume()
            await self._step(3, "bag change")
            await world.until(lambda s: s.phase is Phase.AFTER_WATCH, minutes=10)
            await self._closely("end")
            await asyncio.sleep(5)
        await world.stop_daemon()

    async def _step(self, number: int, window: str) -> None:
        """Until this step runs; closely from the end of the one before on."""

        def near(state: RunState) -> bool:
            return state.step == number or state.phase is Phase.AWAITING_SOLUTION

        await self.world.until(near, minutes=5)
        await self._closely(window)
        await self.world.until(lambda s: in_step(s, number), minutes=5)

    async def _resume(self) -> None:
        world, choice = self.world, Choice(ChoiceKind.REST_OF_STEP)
        world.act(inp.ConfirmPatient, by="Ann", patient=PATIENT)
        await self._closely("resume")
        done = world.act(inp.Resume, by="Ann", choice=choice, reason="well", witness="Bob", released=True)
        assert done[0], done
        await world.until(lambda s: in_step(s, 2), minutes=1)

    async def _closely(self, window: str) -> None:
        """What comes now is looked at turn by turn, for a while."""
        self.windows.append(window)
        self.close = True
        asyncio.get_running_loop().call_later(LOOKED_AT_S, self._look_away)
        await asyncio.sleep(0)

    def _look_away(self) -> None:
        self.close = False


@contextlib.asynccontextmanager
async def _looked_after(nurse: Nurse):  # type: ignore[no-untyped-def]  # noqa: ANN202
    looking = asyncio.create_task(nurse.look_after())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def course(folder: Path, dies: Callable[[Point], bool], *, turns: bool) -> Course:
    """A bed on which the run is about to begin."""
    world = world_of(folder, "crash")
    world.dies, world.at_turns = dies, turns
    return Course(world, Judge(world))
