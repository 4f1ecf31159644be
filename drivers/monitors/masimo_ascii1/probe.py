"""Whether a Masimo oximeter in ASCII1 mode prints there; it is never asked anything."""

from __future__ import annotations

from drivers.interfaces import Link
from drivers.monitors.heard import listen
from drivers.monitors.masimo_ascii1.frames import Decoder
from drivers.probe import Found

LONGEST_S = 4.0
"""Two lines are at most 2 s away; one may be torn, one of another width."""
QUESTIONS: tuple[bytes, ...] = ()


def may_send(data: bytes) -> bool:  # noqa: ARG001 - nothing at all
    """Nothing is ever sent to it."""
    return False


async def probe(link: Link) -> Found | None:
    """Two lines of values, with the serial number that most models print."""
    report = await listen(link, Decoder().feed, LONGEST_S)
    return None if report is None else Found("", serial=report.serial)
