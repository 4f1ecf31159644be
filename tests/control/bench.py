"""The control door of a bed without devices: a real supervisor, journal and socket, and a pump that notes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon import exact_json
from daemon.control.feeds import Feeds
from daemon.control.report import report
from daemon.control.server import ControlServer
from daemon.engine import events as ev
from daemon.engine.state import RunState
from daemon.journal.journal import Journal
from daemon.journal.store import Store
from daemon.journal.walk import verified
from daemon.runtime.link_counts import LinkCounts
from daemon.runtime.replay import new_guard
from daemon.runtime.supervisor import Supervisor
from tests.journal.files import Clock
from tests.terminal import beds

ANSWER_S = 10.0
AT_ONCE_S = 1.0
"""Far below the 5 s a slow disk is waited for, far above what a busy machine needs."""


class Pump:
    """Stands where the pump channel stands."""

    def __init__(self) -> None:
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_args: None


class Door:
    """A served bed. Acts and states are real; nothing is at the other end of the wire."""

    def __init__(self, folder: Path, state: RunState = beds.RUNNING) -> None:
        self.folder = folder
        self.path = folder / "bed.sock"
        self.store = Store(folder / "journal.db")
        self.clock = Clock(wire_ms=beds.NOW)
        self.pump = Pump()
        self._state = state
        self.feeds: Feeds | None = None
        self.links: dict[str, LinkCounts] = {}

    async def open(self) -> None:
        self.store.open()
        opened = ev.RunOpened(
            plan=self._state.plan,
            pumps=(self._state.fitted,),
            bed=self._state.bed,
            wire_factor=self._state.wire_factor,
            simulated=True,
            patient=self._state.bedside.patient,
            codes=self._state.bedside.codes,
        )
        self.journal = Journal(self.store, self.clock, None)
        self.journal.start()
        self.journal.append([opened], at_ms=beds.NOW)
        await self.journal.durable(1)
        self.supervisor = Supervisor(self._state, new_guard(opened), self.journal, self.clock)
        self.supervisor.pumps = {self._state.pump_name: self.pump}  # type: ignore[dict-item]
        self.server = ControlServer(
            self.path, self.supervisor, self.clock, self.report, feeds=self.feeds, links=self.links
        )
        await self.server.open()

    async def close(self) -> None:
        await self.server.close()
        await self.supervisor.close()
        await self.journal.close()

    def report(self) -> dict[str, Any]:
        store = Store(self.store.path, read_only=True)
        store.open()
        try:
            return report(*verified(store.read()))
        finally:
            store.close()

    async def ask(self, verb: str, args: Any = None) -> dict[str, Any]:
        return await self.say(request(verb, args))

    async def act(self, verb: str, act_id: str, **args: Any) -> dict[str, Any]:
        return await self.ask(verb, {"act_id": act_id, "by": "Ann", **args})

    async def say(self, line: bytes) -> dict[str, Any]:
        """One line on a connection of its own, one line back."""
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(str(self.path))
            writer.write(line)
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
        assert answer.endswith(b"\n"), answer
        told: dict[str, Any] = json.loads(answer)
        return told


def request(verb: str, args: Any = None) -> bytes:
    return exact_json.dumps({"verb": verb, "args": {} if args is None else args}).encode() + b"\n"
