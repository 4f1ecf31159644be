"""The ward beside the bed: the shipped feed and station over a broker in memory, and what befalls them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon import exact_json
from daemon.clock import LoopClock
from daemon.control.view import view
from daemon.feeds.following import Following, Heard
from daemon.feeds.mqtt import topics
from daemon.feeds.mqtt.client import Broker
from daemon.feeds.mqtt.feed import MqttFeed
from daemon.station.listening import Listening
from daemon.station.ward import Presence, Row, Ward
from simulators.campaign.cost import Cost
from simulators.campaign.faults import Strike
from simulators.campaign.memory_broker import MemoryBroker
from simulators.campaign.world import EPOCH, World

TURN_S = 0.5
SILENT_S = 5.0
SHOWN_S = 10
"""A dead daemon is shown as such at the station within this (A6)."""
PLACE = topics.Place("sim", "ward", "bed")
NOWHERE = Broker("memory", 0)
FREE = Cost(stops=False, over_ml=Decimal(0))


class Ear(Following):
    """Follows the daemon of a world; a turn of its supervising loop is a beat."""

    def __init__(
        self, world: World, on_heard: Callable[[Heard], None], on_lost: Callable[[str], None]
    ) -> None:
        super().__init__(Path("memory"), on_heard, on_lost)
        self._world = world
        self._told = on_heard
        self._turned_s = 0.0
        self._at_ms = -1
        self._beats = 0

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            if self._world.alive and self._world.state.at_ms != self._at_ms:
                self._turned_s, self._at_ms = loop.time(), self._world.state.at_ms
                self._beats += 1
                self._lost = False
                self._told(Heard(self._beats, status_of(self._world)))
            elif not self._world.alive or loop.time() - self._turned_s > SILENT_S:
                self._lose("the daemon does not answer")
            await asyncio.sleep(TURN_S)

    def say(self, word: dict[str, Any]) -> None:
        """Of itself: nobody listens here."""


def status_of(world: World) -> dict[str, Any]:
    """The bed as its daemon tells it, over JSON and back."""
    journal = world.service.journal
    seen = view(world.state, world.clock.now_ms())
    told = {"utc": str(world.clock.utc()), "run": journal.run, "seq": journal.seq, **seen}
    read: dict[str, Any] = json.loads(exact_json.dumps(told), parse_float=Decimal)
    return read


class WardSide:
    """Feed, broker and station of one world; each can be taken away."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.broker = MemoryBroker()
        self._clock = LoopClock(EPOCH)
        self._ward = Ward()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.hears_s: float | None = None
        """Since when broker, feed and station are all there."""

    def start(self, which: str) -> None:
        """Start `feed` or `station` anew, as a new process with what is on disk."""
        if which == "feed":
            run = MqttFeed(
                PLACE,
                NOWHERE,
                Path("memory"),
                self._world.journal,
                self._clock,
                confirm=True,
                client=self.broker.client,
                follow=lambda _, heard, lost: Ear(self._world, heard, lost),
            ).run()
        else:
            self._ward = Ward()
            station = Listening(NOWHERE, self._ward, self._clock, "station", client=self.broker.client)
            run = station.run()
        self._tasks[which] = asyncio.create_task(run)
        self._noted()

    async def stop(self, which: str) -> None:
        """Its process is gone."""
        task = self._tasks.pop(which)
        self._noted()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def runs(self, which: str) -> bool:
        """It was started and not stopped."""
        return which in self._tasks

    async def close(self) -> None:
        """All of it."""
        for which in tuple(self._tasks):
            await self.stop(which)

    def set_broker(self, *, up: bool) -> None:
        """It is there or not."""
        if up:
            self.broker.up = True
        else:
            self.broker.fail()
        self._noted()

    def _noted(self) -> None:
        whole = self.broker.up and len(self._tasks) == 2
        self.hears_s = asyncio.get_running_loop().time() if whole else None

    def row(self) -> Row | None:
        """The bed as the station shows it."""
        rows = self._ward.rows(self._clock.wire_ms())
        return rows[0] if rows else None

    def differs(self) -> str:
        """How the station's picture differs from the bed; empty = it does not."""
        row, seen = self.row(), status_of(self._world)
        if row is None or row.presence is not Presence.LIVE:
            return f"the bed is shown as {row.presence if row is not None else 'not there'}"
        bed = topics.state_of(seen)
        if topics.matters(row.state) != topics.matters(bed):
            return f"shown {topics.matters(row.state)}, at the bed {topics.matters(bed)}"
        shown = {str(one["key"]): one["priority"] for one in row.alarms}
        there = {topics.alarm_key(one): one["priority"] for one in seen["alarms"]}
        if shown != there:
            return f"alarms shown {shown}, at the bed {there}"
        return f"{row.missed} records of the bed never came" if row.missed else ""

    def hides_death(self, dead_s: float) -> bool:
        """The daemon is dead for so long, and the station still shows the bed as live."""
        now = asyncio.get_running_loop().time()
        if self.hears_s is None or min(dead_s, now - self.hears_s) <= SHOWN_S:
            return False
        row = self.row()
        return row is not None and row.presence is Presence.LIVE


async def broker_gone(world: World, chance: random.Random) -> Cost:
    """The broker of the ward is gone for a while."""
    if isinstance(world.ward, WardSide):
        world.ward.set_broker(up=False)
        await asyncio.sleep(chance.choice([1, 10, 60]))
        world.ward.set_broker(up=True)
    return FREE


async def feed_restarts(world: World, chance: random.Random) -> Cost:
    """The feed to the ward is killed and started again a while later."""
    return await _gone(world, chance, "feed")


async def station_gone(world: World, chance: random.Random) -> Cost:
    """The station of the ward is switched off and on again."""
    return await _gone(world, chance, "station")


async def _gone(world: World, chance: random.Random, which: str) -> Cost:
    if isinstance(world.ward, WardSide) and world.ward.runs(which):
        await world.ward.stop(which)
        await asyncio.sleep(chance.choice([0, 3, 60]))
        world.ward.start(which)
    return FREE


WARD: Mapping[str, Strike] = {
    strike.__name__: strike for strike in (broker_gone, feed_restarts, station_gone)
}
"""Each by its name."""
