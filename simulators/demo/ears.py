"""Ears at the simulated bed: in a simulation the demo's terminal counts as what can sound there (F9)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

AGAIN_S = 0.25
LINE_MAX = 4 * 1024 * 1024
NAME = "the demo's terminal (SIMULATED)"


class Ears:
    """Answers the daemon's test tones and goes on answering, from `open` until `close`."""

    def __init__(self, socket: Path, ring: Callable[[], None]) -> None:
        self._socket = socket
        self._ring = ring
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Listen from now on."""
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError, ValueError):
                await self._attend()
            await asyncio.sleep(AGAIN_S)

    async def _attend(self) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=LINE_MAX)
        try:
            _say(writer, {"verb": "watch", "args": {"sound": True, "name": NAME}})
            while line := await reader.readline():
                answer = json.loads(line)
                if "sound" in answer:
                    self._ring()
                    _say(writer, {"test": answer["sound"]["test"], "rang": True})
                else:
                    _say(writer, {"alive": True})
        finally:
            writer.close()


def _say(writer: asyncio.StreamWriter, words: dict[str, Any]) -> None:
    writer.write(json.dumps(words).encode() + b"\n")
