"""Bad wires: each is a Link around a Link, quiet until switched on, random from one seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.interfaces import Link

Sink = Callable[[bytes], None]


class Fault:
    """A wire that passes everything; a fault overrides `_pass`, called for both directions."""

    word = ""

    def __init__(self, link: Link, rng: random.Random) -> None:
        self.on = False
        self.arg = self.default_arg
        self._link = link
        self._rng = rng
        self._on_bytes: Sink = _nowhere

    default_arg = 0.0

    @property
    def name(self) -> str:
        """Of the link within."""
        return self._link.name

    async def open(self, on_bytes: Sink, on_lost: Callable[[DeviceError], None]) -> None:
        """Open the link within."""
        self._on_bytes = on_bytes
        await self._link.open(self._inbound, on_lost)

    def write(self, data: bytes) -> None:
        """Outbound bytes."""
        if self.on:
            self._pass(data, self._send, outbound=True)
        else:
            self._send(data)

    async def close(self) -> None:
        """Close the link within."""
        await self._link.close()

    async def switch(self, on: bool, arg: float | None = None) -> None:
        """Turn the fault on or off; `arg` means what the fault's docstring says."""
        self.arg = self.default_arg if arg is None else arg
        self.on = on

    def _inbound(self, data: bytes) -> None:
        if self.on:
            self._pass(data, self._on_bytes, outbound=False)
        else:
            self._on_bytes(data)

    def _send(self, data: bytes) -> None:
        try:
            self._link.write(data)
        except LinkLost:
            return

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:  # noqa: ARG002 - for those who override
        sink(data)


class Loss(Fault):
    """Chunks vanish: `arg` below 1 is the share of them, 1 or more the number of next replies."""

    word = "loss"
    default_arg = 0.2

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:
        if self.arg < 1:
            if self._rng.random() >= self.arg:
                sink(data)
        elif outbound:
            self.arg -= 1
            self.on = self.arg >= 1
        else:
            sink(data)


class Corrupt(Fault):
    """In the share `arg` of chunks one bit is flipped."""

    word = "corrupt"
    default_arg = 0.2

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:  # noqa: ARG002 - both ways alike
        if data and self._rng.random() < self.arg:
            place = self._rng.randrange(len(data))
            flipped = data[place] ^ 1 << self._rng.randrange(8)
            data = data[:place] + bytes([flipped]) + data[place + 1 :]
        sink(data)


class Split(Fault):
    """Every byte arrives alone."""

    word = "split"

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:  # noqa: ARG002 - both ways alike
        for place in range(len(data)):
            sink(data[place : place + 1])


class Duplicate(Fault):
    """In the share `arg` chunks arrive twice."""

    word = "duplicate"
    default_arg = 0.2

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:  # noqa: ARG002 - both ways alike
        sink(data)
        if self._rng.random() < self.arg:
            sink(data)


class Delay(Fault):
    """Everything arrives `arg` seconds of link time late, in order."""

    word = "delay"
    default_arg = 0.25

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:  # noqa: ARG002 - both ways alike
        asyncio.get_running_loop().call_later(self.arg, sink, data)


class Freeze(Fault):
    """Nothing passes while on; on release all of it does, old as it is (F28)."""

    word = "freeze"

    def __init__(self, link: Link, rng: random.Random) -> None:
        super().__init__(link, rng)
        self._held: list[tuple[Sink, bytes]] = []

    async def switch(self, on: bool, arg: float | None = None) -> None:
        """Off delivers what was held."""
        await super().switch(on, arg)
        if not on:
            held, self._held = self._held, []
            for sink, data in held:
                sink(data)

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:  # noqa: ARG002 - both ways alike
        self._held.append((sink, data))


class Reorder(Fault):
    """In the share `arg` a chunk of the device is overtaken by the next one, as datagrams may be."""

    word = "reorder"
    default_arg = 0.2

    def __init__(self, link: Link, rng: random.Random) -> None:
        super().__init__(link, rng)
        self._late: list[bytes] = []

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:
        if not outbound:
            sink(data)
        elif not self._late and self._rng.random() < self.arg:
            self._late.append(data)
        else:
            sink(data)
            late, self._late = self._late, []
            for one in late:
                sink(one)


class Lag(Fault):
    """Each reply of the device waits for the next one: what arrives answers the question before (F18)."""

    word = "lag"

    def __init__(self, link: Link, rng: random.Random) -> None:
        super().__init__(link, rng)
        self._kept = b""

    async def switch(self, on: bool, arg: float | None = None) -> None:
        """Off forgets the reply that still waits."""
        await super().switch(on, arg)
        self._kept = b""

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:
        if not outbound:
            sink(data)
            return
        late, self._kept = self._kept, data
        if late:
            sink(late)


class Baud(Fault):
    """Bytes take their time on the wire: `arg` of them a second."""

    word = "baud"
    default_arg = 960.0

    def __init__(self, link: Link, rng: random.Random) -> None:
        super().__init__(link, rng)
        self._free_s = {True: 0.0, False: 0.0}

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:
        loop = asyncio.get_running_loop()
        begins_s = max(loop.time(), self._free_s[outbound])
        self._free_s[outbound] = begins_s + len(data) / self.arg
        loop.call_at(self._free_s[outbound], sink, data)


class Unplug(Fault):
    """The port is gone while on: closed within, opened anew when switched off."""

    word = "unplug"

    def __init__(self, link: Link, rng: random.Random) -> None:
        super().__init__(link, rng)
        self._on_lost: Callable[[DeviceError], None] = _ignore

    async def open(self, on_bytes: Sink, on_lost: Callable[[DeviceError], None]) -> None:
        """Open the link within, unless unplugged: then LinkLost."""
        self._on_lost = on_lost
        if self.on:
            raise LinkLost(f"{self.name}: unplugged")
        await super().open(on_bytes, on_lost)

    async def switch(self, on: bool, arg: float | None = None) -> None:
        """On closes the link within; off opens it."""
        was_on = self.on
        await super().switch(on, arg)
        if on and not was_on:
            await self._link.close()
        elif was_on and not on:
            await self._link.open(self._inbound, self._on_lost)

    def _pass(self, data: bytes, sink: Sink, *, outbound: bool) -> None:
        """Nothing passes."""


KINDS: tuple[type[Fault], ...] = (Unplug, Baud, Corrupt, Split, Duplicate, Reorder, Lag, Delay, Loss, Freeze)
"""From the wire inwards to the device."""


def with_faults(link: Link, rng: random.Random) -> tuple[Link, dict[str, Fault]]:
    """The link in all faults, each off, and the switches by word."""
    switches: dict[str, Fault] = {}
    for kind in KINDS:
        fault = kind(link, rng)
        switches[kind.word] = fault
        link = fault
    return link, switches


def _nowhere(data: bytes) -> None:
    """Before the link is open."""


def _ignore(error: DeviceError) -> None:
    """Before the link is open."""
