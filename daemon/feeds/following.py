"""A feed's ear at the bed: the newest truth of the daemon, and a way to answer. It reaches no device."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon import exact_json

LINE_MAX = 4 << 20
AGAIN_S = 0.25
SILENT_S = 5.0
"""A supervising loop that has not turned for so long hangs, whatever else of its program speaks."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One word of the daemon; `beat` counts the turns of its supervising loop and rises while that lives."""

    beat: int
    status: dict[str, Any]
    health: dict[str, Any] = field(default_factory=dict)
    """How the program itself is (`daemon/control/health.py`)."""


class Following:
    """Follows one daemon for ever. `on_heard` is called with every word, `on_lost` once for each silence.

    A silence ends with the next turn of the supervising loop, not with a word that anything else says.
    """

    def __init__(
        self, socket: Path, on_heard: Callable[[Heard], None], on_lost: Callable[[str], None]
    ) -> None:
        self._socket = socket
        self._on_heard = on_heard
        self._on_lost = on_lost
        self._writer: asyncio.StreamWriter | None = None
        self._lost = False
        self._beat: int | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._listen()
            except (OSError, ValueError) as error:
                self._lose(str(error) or type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    def say(self, word: dict[str, Any]) -> None:
        """A feed's word of itself (`daemon/control/feeds.py`); lost where no daemon listens."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(exact_json.dumps(word).encode("utf-8", "replace") + b"\n")

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=LINE_MAX)
        self._writer = writer
        try:
            writer.write(b'{"verb":"follow"}\n')
            while True:
                async with asyncio.timeout(SILENT_S):
                    while not await self._turned(reader):
                        pass
        except TimeoutError:
            raise ConnectionError(f"the daemon has not turned for {SILENT_S:g} s") from None
        finally:
            self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _turned(self, reader: asyncio.StreamReader) -> bool:
        """Take the next word; whether the supervising loop has turned since the one before."""
        line = await reader.readline()
        if not line:
            raise ConnectionError("the daemon hung up")
        match exact_json.loads(line):
            case {"beat": int(beat), "status": dict(status), **more}:
                health = more.get("health")
                turned, self._beat = beat != self._beat, beat
                self._lost = self._lost and not turned
                if not self._lost:
                    self._on_heard(Heard(beat, status, health if isinstance(health, dict) else {}))
                return turned
            case _:
                raise ValueError("the daemon said something that is no status")

    def _lose(self, why: str) -> None:
        if not self._lost:
            self._lost = True
            self._on_lost(why)
