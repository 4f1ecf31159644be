"""Who prints there unasked: a probe that only listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from drivers.asking import ask
from drivers.interfaces import Link

Line = TypeVar("Line")
LINES_MIN = 2
"""So many good lines in a row: one may be chance."""


async def listen(link: Link, feed: Callable[[bytes], Sequence[Line]], seconds: float) -> Line | None:
    """The second good line of a device that speaks unasked; nothing is sent."""
    lines: list[Line] = []

    def take(data: bytes) -> Line | None:
        lines.extend(feed(data))
        return lines[-1] if len(lines) >= LINES_MIN else None

    return await ask(link, take, listen_s=seconds)
