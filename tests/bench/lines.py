"""The bench's event loop and its ends of the pseudo-terminals; every event carries the time it was seen."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CHUNK = 4096
IDLE_S = 1.0

Stamped = Callable[[int], None]
"""Is given the time in ns at which the poller returned."""


class Overdue(RuntimeError):
    """Something the bench waits for did not happen in time."""


class Loop:
    """One poller of the standard kind, and timers; nothing runs between the poller's return and the stamp."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def on_readable(self, fd: int, call: Stamped) -> None:
        """Call with the time whenever there is something to read."""
        self._selector.register(fd, selectors.EVENT_READ, call)

    def forget(self, fd: int) -> None:
        """No more calls for this descriptor; it may be unknown."""
        with suppress(KeyError):
            self._selector.unregister(fd)

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call once, not before `delay_s` have passed."""
        heapq.heappush(self._timers, (time.perf_counter() + delay_s, next(self._numbers), call))

    def turn(self, limit_s: float) -> None:
        """Wait for events at most so long, and do what is due."""
        if self._timers:
            limit_s = min(limit_s, self._timers[0][0] - time.perf_counter())
        events = self._selector.select(max(limit_s, 0))
        stamp = time.perf_counter_ns()
        for key, _ in events:
            key.data(stamp)
        while self._timers and self._timers[0][0] <= time.perf_counter():
            heapq.heappop(self._timers)[2]()

    def until(self, done: Callable[[], bool], what: str, limit_s: float = 15.0) -> None:
        """Turn until `done`; Overdue names `what` was waited for."""
        end = time.perf_counter() + limit_s
        while not done():
            left_s = end - time.perf_counter()
            if left_s <= 0:
                raise Overdue(f"{what}: not within {limit_s:g} s")
            self.turn(min(left_s, IDLE_S))

    def rest(self, seconds: float) -> None:
        """Turn for so long."""
        end = time.perf_counter() + seconds
        while (left_s := end - time.perf_counter()) > 0:
            self.turn(left_s)

    def close(self) -> None:
        """Give the poller back."""
        self._selector.close()


class Terminal:
    """A raw pseudo-terminal; `path` is a symlink to the end the program under test opens."""

    def __init__(self, path: Path) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.device = os.ttyname(self._slave)
        self.path = path
        path.symlink_to(self.device)

    def read(self) -> bytes:
        """What is there now."""
        with suppress(BlockingIOError):
            return os.read(self.master, CHUNK)
        return b""

    def write(self, data: bytes) -> None:
        """All of it, at once; the buffers hold more than a frame."""
        if os.write(self.master, data) != len(data):
            raise Overdue(f"{self.path.name}: nobody reads")

    def close(self) -> None:
        """Hang up."""
        self.path.unlink(missing_ok=True)
        os.close(self.master)
        os.close(self._slave)
