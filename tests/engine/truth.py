"""The patient's truth beside the account, as of the last reading that was counted in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from daemon.engine import events as ev
from simulators.campaign.engine.pump import PER_ML
from simulators.campaign.engine.world import World


class Truth:
    """Watches every decision of a world; a hand at the pump may lie, the patient does not."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._judge = world.judge
        self._counted = dict(world.channel.sampled)
        world.judge = self._watch
        world.sound = False

    def _watch(self, before: Any, given: Any, decision: Any, now: int) -> None:
        self._judge(before, given, decision, now)
        if any(isinstance(event, ev.PumpSeen | ev.CounterBroken) for event in decision.events):
            self._counted = dict(self._world.channel.sampled)

    def inside(self) -> None:
        """What of each solution had reached the patient lies inside the account."""
        state = self._world.state
        for solution in state.bags:
            given = state.bag_given(solution)
            real = Decimal(self._counted.get(solution, 0)) / PER_ML
            assert given.low <= real <= given.high, f"{solution}: {real} mL flowed, {given} counted"

    def live(self, seconds: int) -> None:
        """Every 200 ms inside."""
        for _ in range(seconds * 5):
            self._world.run(200)
            self.inside()
