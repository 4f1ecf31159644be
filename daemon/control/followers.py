"""Those who follow a bed: told at each turn of the supervising loop, and at once when it matters."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from daemon import exact_json
from daemon.engine.state import RunState

BEHIND_MAX = 1 << 20
"""Bytes a follower may leave unread; one further behind is cut off and may come back for the whole truth."""


class Followers:
    """Sends one line to all; never waits for anyone."""

    def __init__(
        self, status: Callable[[], Mapping[str, Any]], health: Callable[[], Mapping[str, Any]]
    ) -> None:
        self._status = status
        self._health = health
        self._writers: set[asyncio.StreamWriter] = set()
        self._beats = 0
        self._told: tuple[object, ...] = ()
        self._due = False
        self._news = asyncio.Event()

    def join(self, writer: asyncio.StreamWriter) -> None:
        """A new one; it is told at once."""
        self._writers.add(writer)
        self._soon()

    def leave(self, writer: asyncio.StreamWriter) -> None:
        """It is gone."""
        self._writers.discard(writer)

    def beat(self) -> None:
        """The supervising loop has turned: what a station believes in, for no other task can say it."""
        self._beats += 1
        self._soon()

    def changed(self, state: RunState) -> None:
        """After every decision; alarms, phase, step and hold are told at once, all else at the next beat."""
        matters = (state.alarms, state.phase, state.step, state.hold, state.pump.stop_ms)
        if matters != self._told:
            self._told = matters
            self._news.set()
            self._news = asyncio.Event()
            self._soon()

    async def news(self, limit_s: float) -> None:
        """Wait for the next change that is told at once, at most for `limit_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._news.wait()

    def _soon(self) -> None:
        """What a decision sends to the pump goes first; several changes of one turn are one line."""
        if self._writers and not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._due = False
        word = {"ok": True, "beat": self._beats, "status": self._status(), "health": self._health()}
        line = exact_json.dumps(word).encode() + b"\n"
        for writer in tuple(self._writers):
            transport = writer.transport
            if transport.is_closing() or transport.get_write_buffer_size() > BEHIND_MAX:
                transport.abort()
                self.leave(writer)
            else:
                writer.write(line)
