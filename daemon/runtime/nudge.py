"""What ends a channel's pause early: an event whose wait ends by itself after a while, and raises nothing."""

from __future__ import annotations

import asyncio


class Nudge:
    """Wakes its one waiter; given while nobody waits, it ends the next wait at once."""

    def __init__(self) -> None:
        self._given = False
        self._waiter: asyncio.Future[None] | None = None

    def give(self) -> None:
        """End the wait."""
        self._given = True
        if self._waiter is not None:
            _wake(self._waiter)

    def clear(self) -> None:
        """What was given before does not count any more."""
        self._given = False

    async def wait(self, limit_s: float | None = None) -> None:
        """Until it is given, at most `limit_s`."""
        if self._given:
            return
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        timer = None if limit_s is None else loop.call_later(limit_s, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
