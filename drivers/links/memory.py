"""A null-modem cable in memory: two ends, bytes delivered by the event loop, no time passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost


class MemoryEnd:
    """One end of a cable; opening it while it is open, or while the cable is unplugged, is LinkLost."""

    def __init__(self, name: str, cable: NullModem) -> None:
        self._name = name
        self._cable = cable
        self._session: object | None = None
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return self._name

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Take this end; nothing written before reaches it."""
        if self._session is not None:
            raise LinkLost(f"{self._name}: in use")
        if not self._cable.plugged:
            raise LinkLost(f"{self._name}: unplugged")
        self._session = object()
        self._on_bytes, self._on_lost = on_bytes, on_lost

    def write(self, data: bytes) -> None:
        """Deliver at the next turn of the loop; with nobody at the other end the bytes are gone."""
        if self._session is None:
            raise LinkLost(f"{self._name}: not open")
        far = self._cable.other(self)
        if far._session is not None:  # noqa: SLF001 - two ends of one cable
            loop = asyncio.get_running_loop()
            loop.call_soon(far._deliver, far._session, self, self._session, data)  # noqa: SLF001 - as above

    async def close(self) -> None:
        """Give this end back; the other end is told on_lost. Safe to call twice."""
        if self._session is not None:
            self._drop()
            self._cable.other(self).lose("the other end was closed")

    def lose(self, why: str) -> None:
        """The cable fails under this end: it is closed and its owner is told at the next turn."""
        on_lost = self._on_lost
        if self._session is not None and on_lost is not None:
            self._drop()
            asyncio.get_running_loop().call_soon(on_lost, LinkLost(f"{self._name}: {why}"))

    def _drop(self) -> None:
        self._session = None
        self._on_bytes = self._on_lost = None

    def _deliver(self, session: object, sender: MemoryEnd, sent_in: object, data: bytes) -> None:
        still_both_open = self._session is session and sender._session is sent_in
        if still_both_open and self._on_bytes is not None:
            self._on_bytes(data)


class NullModem:
    """A cable with the ends `a` (ours) and `b` (the device's)."""

    def __init__(self, name: str = "null-modem") -> None:
        self.plugged = True
        self.a = MemoryEnd(f"memory:{name}", self)
        self.b = MemoryEnd(f"memory:{name}#b", self)

    def other(self, end: MemoryEnd) -> MemoryEnd:
        """The far end."""
        return self.b if end is self.a else self.a

    def unplug(self) -> None:
        """Pull the cable: both ends are lost and cannot be opened until `plug_in`."""
        self.plugged = False
        self.a.lose("unplugged")
        self.b.lose("unplugged")

    def plug_in(self) -> None:
        """Put the cable back; whoever lost its end opens it again."""
        self.plugged = True


_cables: dict[str, NullModem] = {}


def plug(name: str) -> NullModem:
    """The cable of that name in this process, new at the first call; `memory:NAME` is its end `a`."""
    return _cables.setdefault(name, NullModem(name))
