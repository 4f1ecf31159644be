"""The daemon dies or its disk fails at the n-th moment from now; the host sleeps (F3, F20, F35).

A process that is gone costs what any dead one costs: a slice and its margin. A disk that does not take
a record costs no drug, for more of it always waits for the record; a STOP decided meanwhile takes its time.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.campaign.cost import Cost
from simulators.campaign.faults import Strike, dead_ml, rate_of
from simulators.campaign.mortal import Point, Touch
from simulators.campaign.world import World

ZERO = Decimal(0)
MOST = {Touch.APPEND: 24, Touch.SEND: 80, Touch.TURN: 1500}
"""So far from now the moment lies at most: within some ten or twenty seconds."""


class Fate:
    """Asked at every point of a life; says yes once, at the n-th of one kind after it was `set`."""

    def __init__(self) -> None:
        self._touch: Touch | None = None
        self._left = 0
        self._after = False

    def set(self, touch: Touch, number: int, *, after: bool) -> None:
        """From now on count."""
        self._touch, self._left, self._after = touch, number, after

    def __call__(self, point: Point) -> bool:
        """Whether it is now."""
        if point.touch is not self._touch or point.after is not self._after:
            return False
        self._left -= 1
        if self._left >= 0:
            return False
        self._touch = None
        return True


async def _killed_at(world: World, chance: random.Random, touch: Touch) -> Cost:
    cost = Cost(stops=True, over_ml=dead_ml(world))
    if not world.alive or world.life is None or not isinstance(world.dies, Fate):
        return cost
    number = world.nth if world.nth is not None else chance.randrange(MOST[touch])
    world.dies.set(touch, number, after=touch is not Touch.TURN and chance.random() < 0.5)
    try:
        async with asyncio.timeout(40):
            await world.life.died.wait()
    except TimeoutError:
        world.life.dead = True
    await world.kill_daemon()
    await asyncio.sleep(chance.choice([0, 3, 30]))
    await world.start_daemon()
    return Cost(stops=True, over_ml=max(cost.over_ml, dead_ml(world)))


async def kill_at_write(world: World, chance: random.Random) -> Cost:
    """SIGKILL just before or just after the n-th write to the journal from now, and back."""
    return await _killed_at(world, chance, Touch.APPEND)


async def kill_at_send(world: World, chance: random.Random) -> Cost:
    """SIGKILL just before or just after the n-th send to a device from now, and back."""
    return await _killed_at(world, chance, Touch.SEND)


async def kill_at_await(world: World, chance: random.Random) -> Cost:
    """SIGKILL at the n-th await that comes back from now, and back."""
    return await _killed_at(world, chance, Touch.TURN)


async def disk_once(world: World, chance: random.Random) -> Cost:
    """One write fails, the n-th from now; the next ones are good."""
    cost = Cost(stops=False, over_ml=world.bounds.stop_ml(rate_of(world)))
    if not world.alive:
        return cost
    store: Any = world.store
    healthy, left = store.append, world.nth if world.nth is not None else chance.randrange(24)

    def failing(records: object) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise sqlite3.OperationalError("disk I/O error")
        healthy(records)

    store.append = failing
    await asyncio.sleep(20)
    store.append = healthy
    return cost


async def disk_hangs(world: World, chance: random.Random) -> Cost:
    """A write to the disk hangs for a while; everything after it waits."""
    cost = Cost(stops=False, over_ml=world.bounds.stop_ml(rate_of(world)))
    if not world.alive:
        return cost
    journal: Any = world.service.journal
    journal._write_inline = lambda: None  # noqa: SLF001 - the writer's thread, where there is one, waits likewise
    await asyncio.sleep(chance.choice([1, 3, 12, 45]))
    del journal._write_inline  # noqa: SLF001
    if journal.seq > journal.durable_seq and _lives(world):
        journal._write_inline()  # noqa: SLF001
    return cost


def _lives(world: World) -> bool:
    """Asked anew after a wait."""
    return world.alive


async def disk_slow(world: World, chance: random.Random) -> Cost:
    """For a while every write takes its time."""
    cost = Cost(stops=False, over_ml=world.bounds.stop_ml(rate_of(world)))
    if not world.alive:
        return cost
    journal: Any = world.service.journal
    write, late_s = journal._write_inline, chance.choice([0.2, 1, 2.5])  # noqa: SLF001

    def written() -> None:
        if world.alive and journal.seq > journal.durable_seq:
            write()

    journal._write_inline = lambda: asyncio.get_running_loop().call_later(late_s, written)  # noqa: SLF001
    await asyncio.sleep(30)
    del journal._write_inline  # noqa: SLF001
    await asyncio.sleep(late_s)
    written()
    return cost


async def suspend(world: World, chance: random.Random) -> Cost:
    """The computer sleeps and wakes up; its timers stood still, its boot clock did not."""
    cost = Cost(stops=False, over_ml=dead_ml(world))
    world.suspend(chance.choice([3, 20, 100, 700]))
    return cost


DEATHS: Mapping[str, Strike] = {
    strike.__name__: strike
    for strike in (kill_at_write, kill_at_send, kill_at_await, disk_once, disk_hangs, disk_slow, suspend)
}
"""Each by its name."""
NTH = ("kill_at_write", "kill_at_send", "kill_at_await", "disk_once")
"""Those that count to n: each can be played for every n."""
