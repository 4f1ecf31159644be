"""How a probe asks: open, listen, send a question, wait, close."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from drivers.errors import DeviceError, LinkLost
from drivers.interfaces import Link
from drivers.probe import Found, Muzzled, Probe

T = TypeVar("T")


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
