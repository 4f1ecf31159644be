"""A nurse who does what the screen asks, in time: confirms, hangs bags, assesses."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from daemon.engine import announcing, line_rules, slices
from daemon.engine import inputs as inp
from daemon.engine.line import Handling
from daemon.engine.pairing import wanted
from daemon.engine.phases import Phase
from simulators.bodies.bag import SALINE
from simulators.campaign.world import PATIENT, World

LOOKS_S = 10.0
VITALS_S = 60


class Nurse:
    """Acts every few virtual seconds; `pause_s` is how long a bag change takes her."""

    def __init__(self, world: World, *, name: str = "Ann", pause_s: float = 30) -> None:
        self._world = world
        self._name = name
        self._pause_s = pause_s
        self.away = False
        """She is called elsewhere and looks at nothing."""

    async def start(self) -> None:
        """Everything before the start, then the start with a second person."""
        await self.check()
        self._must(inp.Start, by=self._name, witness="Bob")

    async def check(self) -> None:
        """Everything that is confirmed before a start."""
        world = self._world
        await world.until(lambda s: all(p.reading is not None for _, p in s.pumps), minutes=1)
        self._must(inp.ConfirmPatient, by=self._name, patient=PATIENT)
        await world.until(lambda s: not s.gate_shut and s.phase is Phase.CHECKING, minutes=15)
        for name, _ in sorted(world.state.pumps):
            self._must(inp.ConfirmSolution, by=self._name, **self.label(wanted(world.state, name)))
        self._must(inp.ConfirmLine, by=self._name, valves=True)
        await self._vitals()
        self._must(inp.ConfirmSound, by=self._name)

    async def _vitals(self) -> None:
        """Compare what the page and the monitor show, once there is something to compare."""
        for _ in range(VITALS_S):
            if self._world.act(inp.ConfirmVitals, by=self._name)[0]:
                return
            await asyncio.sleep(1)
        self._must(inp.ConfirmVitals, by=self._name)

    async def look_after(self) -> None:
        """Until cancelled: hang what is asked for, assess before it is due."""
        while True:
            await asyncio.sleep(LOOKS_S)
            if not self.away:
                await self._look()

    async def _look(self) -> None:
        world, state = self._world, self._world.state
        if state.phase is Phase.AWAITING_SOLUTION and state.disarmed:
            await asyncio.sleep(self._pause_s)
            self._clear_line()
            label = self.label(state.current.solution)
            hang = {"do": "hang", "solution": state.current.solution, "primed": label["primed"]}
            await world.do(at=label["pump"], **hang)
            world.act(inp.ConfirmPatient, by=self._name, patient=PATIENT)
            if not world.state.line_by:
                world.act(inp.ConfirmLine, by=self._name, valves=True)
            if "assessment:overdue" in world.state.gate_shut:
                world.act(inp.Assess, by=self._name)
            world.act(inp.ConfirmSolution, by=self._name, **label)
        elif state.phase in (Phase.INFUSING, Phase.WAITING_GATE):
            now = state.at_ms
            if "an assessment" in announcing.needs_in(state, now, min(slices.left_ms(state), 300_000)):
                world.act(inp.Assess, by=self._name)

    def _clear_line(self) -> None:
        """A line that may hold a stronger drug than the next bag is replaced first (F4)."""
        world = self._world
        if line_rules.stronger(world.state) is not None:
            lane = list(world.pumps).index(world.state.carrier(world.state.current.solution))
            world.bed.lanes[lane].line.fill(SALINE)
            if world.bed.common is not None:
                world.bed.common.fill(SALINE)
            world.act(inp.ConfirmLine, by=self._name, handling=Handling.REPLACED, valves=True)

    def label(self, solution: str) -> dict[str, Any]:
        """What she reads off pump and bag; a flush goes through the line in place."""
        code, primed = self._world.labels[solution], not self._world.plan.solution(solution).flush
        pump = self._world.state.carrier(solution)
        return {"pump": pump, "code": code, "primed": primed, "made_min": Decimal(10), "witness": "Bob"}

    def _must(self, make: Any, **args: Any) -> None:
        accepted, answer = self._world.act(make, **args)
        if not accepted:
            raise AssertionError(f"{make.__name__}: {answer}")
