"""A nurse who sets the pump by hand as the screen tells her (F27), in her own time and with her slips."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.advising import CYCLES
from daemon.engine.events import OrderKind, SettingOrdered
from daemon.engine.hand_reading import told
from daemon.engine.state import RunState
from drivers.values import Motion, PumpSetting
from simulators.campaign.world import World

LOOKS_S = 1.0


@dataclass
class Slips:
    """How she differs from the perfect nurse: how slow she is, and what she types instead."""

    set_s: float = 20
    """From what she is told to her hand at the keys."""
    start_s: float = 5
    stop_s: float = 5
    types: Callable[[SettingOrdered], PumpSetting] = lambda order: order.setting
    forgets_start: bool = False


class HandNurse:
    """Looks every second; does one thing at a time: sets, starts, stops."""

    def __init__(self, world: World, slips: Slips | None = None) -> None:
        self._world = world
        self.slips = slips or Slips()
        self.pressed: list[str] = []
        """Every key she pressed, with its value."""
        self._set: int | None = None
        """The order she has set."""

    async def look_after(self) -> None:
        """Until cancelled: do at the pump what is asked for."""
        while True:
            await asyncio.sleep(LOOKS_S)
            if self._world.alive:
                await self.look()

    async def look(self) -> None:
        """What the screen asks for at this moment."""
        state = self._world.state
        if _stop_asked(state):
            if await self._still(_stop_asked, self.slips.stop_s):
                await self.press("stop")
            return
        order = told(state)
        if order is None:
            return
        if self._set != order.order:
            if await self._still(lambda s: told(s) == order, self.slips.set_s):
                await self._enter(order)
        elif order.kind is OrderKind.START and state.pump.hand.right >= CYCLES and not state.running:
            await self._start(order)

    async def _enter(self, order: SettingOrdered) -> None:
        setting, kind = self.slips.types(order), order.kind
        if kind is not OrderKind.RENEW:
            await self.press("rate", setting.rate_ml_h)
        await self.press("limit", setting.limit_ml or Decimal(0))
        self._set = order.order

    async def _start(self, order: SettingOrdered) -> None:
        if self.slips.forgets_start:
            return

        def right(state: RunState) -> bool:
            return told(state) == order and state.pump.hand.right >= CYCLES

        if await self._still(right, self.slips.start_s):
            await self.press("start")

    async def _still(self, asked: Callable[[RunState], bool], seconds: float) -> bool:
        """She takes her time; false as soon as it is no longer asked."""
        end = asyncio.get_running_loop().time() + seconds
        while self._world.alive and asked(self._world.state):
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return True
            await asyncio.sleep(min(left, LOOKS_S))
        return False

    async def press(self, key: str, value: Decimal = Decimal(0)) -> None:
        """One key of the pump."""
        self.pressed.append(f"{key} {value}" if value else key)
        await self._world.do(do="press", key=key, value=str(value))


def _stop_asked(state: RunState) -> bool:
    moving = state.pump.reading is not None and state.pump.reading.motion is not Motion.STOPPED
    return state.pump.stop_ms is not None and moving
