"""A wire on a link: bytes in, answers out, timers kept."""

from __future__ import annotations

import asyncio

from drivers.errors import DeviceError, LinkLost
from drivers.interfaces import Link
from simulators.pace import Pace
from simulators.wires.interface import Split, Wire

IDLE_S = 1.0
REOPEN_S = 0.1
LEAST_S = 0.001
"""A timer that is due by rounding alone still lets the clock move."""


class Served:
    """One device served until `close`. The loop's time is the simulators' clock."""

    def __init__(self, wire: Wire, link: Link, pace: Pace) -> None:
        self.wire = wire
        self.link = link
        self._pace = pace
        self._split = wire.split if isinstance(wire, Split) else _whole
        self._timer: asyncio.TimerHandle | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the link; LinkLost when it cannot be had."""
        self._loop = asyncio.get_running_loop()
        self._pace.to(self._loop.time())
        await self.link.open(self._take, self._lost)
        self._wait()

    async def close(self) -> None:
        """Stop serving; safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
        if self._reopening is not None:
            self._reopening.cancel()
        await self.link.close()

    def _take(self, data: bytes) -> None:
        now_s = self._loop.time()
        self._pace.to(now_s)
        self._say(self.wire.receive(data, now_s))
        self._wait()

    def tick(self) -> None:
        """A turn for the device's own timers."""
        now_s = self._loop.time()
        self._pace.to(now_s)
        self._say(self.wire.tick(now_s))
        self._wait()

    def _say(self, data: bytes) -> None:
        if not data:
            return
        try:
            for part in self._split(data):
                self.link.write(part)
        except LinkLost:
            return

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        now_s = self._loop.time()
        wake_s = self.wire.wake_s(now_s)
        due_s = now_s + IDLE_S if wake_s is None else min(max(wake_s, now_s + LEAST_S), now_s + IDLE_S)
        self._timer = self._loop.call_at(due_s, self.tick)

    def _lost(self, error: DeviceError) -> None:  # noqa: ARG002 - a device does not ask why
        self._reopening = self._loop.create_task(self._reopen())

    async def _reopen(self) -> None:
        while True:
            try:
                await self.link.open(self._take, self._lost)
            except LinkLost:
                await asyncio.sleep(REOPEN_S)
            else:
                return


def _whole(data: bytes) -> list[bytes]:
    """In one piece."""
    return [data]
