"""A daemon that can be killed wherever it touches the world; what it does after that has no effect."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from daemon.journal.records import Record
from daemon.journal.store import Store
from drivers.errors import DeviceError
from drivers.interfaces import Link


class Touch(StrEnum):
    """What a process does to the world, or between two of its awaits nothing yet."""

    APPEND = "append"
    FILE = "file"
    """A new file of the journal comes into its place."""
    SEND = "send"
    TURN = "turn"


class Point(NamedTuple):
    """The `number`-th moment of its kind in this life, from 1, just before or just after it was done."""

    touch: Touch
    number: int
    after: bool = False
    what: str = ""
    """The link written to, or the records written."""

    def __str__(self) -> str:
        when = "after" if self.after else "before"
        return f"{when} {self.touch} {self.number}" + (f" ({self.what})" if self.what else "")


class Life:
    """One process. `dies` is asked at every point; from the first yes on the process is dead.

    A dead process goes on computing until it is cancelled, and nothing of it reaches a disk or a device:
    the world is as a SIGKILL at that point leaves it. Bytes sent before it are still delivered.
    """

    def __init__(self, dies: Callable[[Point], bool]) -> None:
        self.dies = dies
        self.dead = False
        self.died = asyncio.Event()
        self.at: Point | None = None
        """Where it ended."""
        self._seen: Counter[Touch] = Counter()

    def turn(self) -> None:
        """The event loop is about to run a callback: one for every await of every task that comes back."""
        self._before(Touch.TURN)

    def owns(self, store: Store) -> None:
        """From now on this store writes for the living only."""
        writer: Any = store
        healthy, turned = store.append, store.turn

        def append(records: Sequence[Record]) -> None:
            what = f"record {records[0].seq}" if records else ""
            if self._before(Touch.APPEND, what):
                healthy(records)
                self._after(Touch.APPEND, what)

        def turn(prepared: Path, to: Path) -> None:
            if self._before(Touch.FILE, to.name):
                turned(prepared, to)
                self._after(Touch.FILE, to.name)

        writer.append, writer.turn = append, turn

    def link(self, link: Link) -> Link:
        """The link as this process has it."""
        return _OwnLink(link, self)

    def sends(self, link: Link, data: bytes) -> None:
        """Write, if it comes to that."""
        if self._before(Touch.SEND, link.name):
            link.write(data)
            self._after(Touch.SEND, link.name)

    def _before(self, touch: Touch, what: str = "") -> bool:
        """Count a point; whether the process still lives to do it."""
        if not self.dead:
            self._seen[touch] += 1
            self._ask(Point(touch, self._seen[touch], what=what))
        return not self.dead

    def _after(self, touch: Touch, what: str) -> None:
        self._ask(Point(touch, self._seen[touch], after=True, what=what))

    def _ask(self, point: Point) -> None:
        if self.dies(point):
            self.dead, self.at = True, point
            self.died.set()


class _OwnLink:
    """A link as long as its process lives."""

    def __init__(self, link: Link, life: Life) -> None:
        self._link = link
        self._life = life
        self.name = link.name

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """As the link does; the dead hear nothing."""
        life = self._life

        def heard(data: bytes) -> None:
            if not life.dead:
                on_bytes(data)

        def lost(why: DeviceError) -> None:
            if not life.dead:
                on_lost(why)

        await self._link.open(heard, lost)

    def write(self, data: bytes) -> None:
        """As the link does; the dead say nothing."""
        self._life.sends(self._link, data)

    async def close(self) -> None:
        """As the link does; the kernel closes it for the dead."""
        await self._link.close()
