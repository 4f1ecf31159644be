"""A pump that takes its time to answer, as the slowest model is allowed to; it has no wire."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from daemon.engine.phases import Phase
from drivers.registry import PUMPS
from drivers.values import Motion, PumpCapabilities, PumpIdentity, PumpReading, PumpSetting
from simulators.campaign.world import World

REPLY_LIMIT_S = Decimal(4)
CAPABILITIES: PumpCapabilities = replace(
    PUMPS["dianet-star"].capabilities,
    model="slow",
    reply_limit_s=REPLY_LIMIT_S,
    poll_s=Decimal("0.5"),
    link_watchdog_s=None,
    one_frame=False,
)

T = TypeVar("T")


class SlowPump:
    """Acts somewhere between question and answer; the answer comes `answer_s` after the question."""

    capabilities = CAPABILITIES

    def __init__(self, world: World, answer_s: float) -> None:
        self._world = world
        self._answer_s = answer_s
        self._chance = random.Random("slow")
        self._line = asyncio.Lock()

    async def _asked(self, act: Callable[[], T]) -> T:
        async with self._line:
            before_s = self._answer_s * self._chance.random()
            await asyncio.sleep(before_s)
            result = self._now(act)
            await asyncio.sleep(self._answer_s - before_s)
            return result

    def _now(self, act: Callable[[], T]) -> T:
        self._world.settle()
        return act()

    async def connect(self) -> PumpIdentity:
        """It answers who it is."""
        return await self._asked(lambda: PumpIdentity("slow", "1", "1", "1"))

    async def read(self) -> PumpReading:
        """A complete readback."""
        return await self._asked(self._reading)

    def _reading(self) -> PumpReading:
        body = self._world.bed.lanes[0].pump
        left = body.limit_left_ml
        step = CAPABILITIES.limit_step_ml
        return PumpReading(
            motion=body.motion,
            rate_ml_h=body.rate_ml_h,
            limit_left_ml=None if left is None else left // step * step,
            counter_ml=body.counter_ml,
            remote=True,
        )

    async def read_setting(self) -> PumpSetting:
        """What it has stored."""
        body = self._world.bed.lanes[0].pump
        return await self._asked(lambda: PumpSetting(body.rate_ml_h, body.limit_set_ml))

    async def program(self, setting: PumpSetting) -> None:
        """Rate and limit together."""
        body = self._world.bed.lanes[0].pump

        def write() -> None:
            body.set_rate(setting.rate_ml_h)
            body.set_limit(setting.limit_ml or Decimal(0))

        await self._asked(write)

    async def start(self) -> None:
        """The motor."""
        await self._asked(self._world.bed.lanes[0].pump.start)

    def stop(self) -> Coroutine[Any, Any, None]:
        """At once, whatever is outstanding; only the answer is slow."""
        self._now(self._world.bed.lanes[0].pump.stop)
        return asyncio.sleep(self._answer_s)

    async def release(self) -> None:
        """Nothing to leave."""

    async def close(self) -> None:
        """Nothing to close."""


def over(world: World) -> bool:
    """The run has been given."""
    return world.state.phase in (Phase.AFTER_WATCH, Phase.COMPLETED)


def stopped(world: World) -> bool:
    """The motor stands."""
    return world.bed.lanes[0].pump.motion is Motion.STOPPED
