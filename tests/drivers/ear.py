"""An owner of a link that writes down what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.errors import DeviceError

LIMIT_S = 10.0


class Ear:
    """What a link told its owner."""

    def __init__(self) -> None:
        self.heard = b""
        self.pieces: list[bytes] = []
        self.lost: list[DeviceError] = []
        self.event = asyncio.Event()

    def on_bytes(self, data: bytes) -> None:
        self.heard += data
        self.pieces.append(data)
        self.event.set()

    def on_lost(self, error: DeviceError) -> None:
        self.lost.append(error)
        self.event.set()

    async def wait(self) -> None:
        """Until something was told since the last wait."""
        async with asyncio.timeout(LIMIT_S):
            await self.event.wait()
        self.event.clear()

    async def until(self, met: Callable[[], bool]) -> None:
        """Until what was told meets a condition."""
        async with asyncio.timeout(LIMIT_S):
            while not met():
                await self.event.wait()
                self.event.clear()
