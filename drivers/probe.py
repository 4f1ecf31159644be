"""Asking who is there without touching anything: what every model's `probe.py` has, and what it may use.

A `probe.py` holds `LONGEST_S`, `QUESTIONS`, `may_send(data)`, the allow-list of everything its probe may ever
write, and `async def probe(link)`, which opens the link, learns who answers and closes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, TypeVar

from drivers.errors import DeviceError, LinkLost
from drivers.interfaces import Link

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """Who answered, in its own words; empty where it does not say. `limits` are stated by this device."""

    name: str
    serial: str = ""
    firmware: str = ""
    protocol: str = ""
    limits: Mapping[str, Decimal] = field(default_factory=dict)


class Probe(Protocol):
    """What a model's `probe.py` is; it never sends what could move a motor or change a setting."""

    LONGEST_S: float
    """It is over after this."""
    QUESTIONS: Sequence[bytes]
    """What it sends where nobody answers; empty where it only listens."""

    def may_send(self, data: bytes) -> bool:
        """Whether the probe may write exactly these bytes."""

    async def probe(self, link: Link) -> Found | None:
        """Who answers as this model, None if nobody does; DeviceError if the link cannot be used."""


class Forbidden(AssertionError):
    """A probe tried to write what is not on its model's allow-list; nothing was sent."""


class Muzzled:
    """A link that writes only what the allow-list of a probe lets pass."""

    def __init__(self, link: Link, may_send: Callable[[bytes], bool]) -> None:
        self._link = link
        self._may_send = may_send
        self.sent: list[bytes] = []

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return self._link.name

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """As the link's own."""
        await self._link.open(on_bytes, on_lost)

    def write(self, data: bytes) -> None:
        """As the link's own; Forbidden, and nothing sent, if the list does not hold these bytes."""
        if not self._may_send(data):
            raise Forbidden(f"{self.name}: a probe may not send {data.hex()}")
        self.sent.append(data)
        self._link.write(data)

    async def close(self) -> None:
        """As the link's own."""
        await self._link.close()


async def ask(
    link: Link,
    take: Callable[[bytes], T | None],
    *,
    listen_s: float,
    questions: Sequence[bytes] = (),
    wait_s: float = 0.0,
) -> T | None:
    """Open the link, listen, then send each question and wait; the first thing `take` makes of the bytes.

    None if nothing came of `listen_s` and `wait_s` after each question. The link is closed in any case.
    """
    end: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def on_bytes(data: bytes) -> None:
        if not end.done() and (found := take(data)) is not None:
            end.set_result(found)

    def on_lost(error: DeviceError) -> None:
        if not end.done():
            end.set_exception(error)

    await link.open(on_bytes, on_lost)
    try:
        for data, seconds in [(b"", listen_s), *((question, wait_s) for question in questions)]:
            if data:
                link.write(data)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    return await asyncio.shield(end)
        return None
    finally:
        end.cancel()
        await link.close()


async def probe_with(prober: Probe, link: Link) -> tuple[Found | None, Sequence[bytes]]:
    """Who answers, and everything that was sent; LinkLost if the link cannot be had.

    A device that answers in a way its driver refuses is somebody else: nobody of this model.
    """
    muzzled = Muzzled(link, prober.may_send)
    try:
        return await prober.probe(muzzled), muzzled.sent
    except LinkLost:
        raise
    except DeviceError:
        return None, muzzled.sent
