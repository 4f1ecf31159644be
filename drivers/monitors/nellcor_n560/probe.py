"""Whether an N-560 prints there; it is never asked anything."""

from __future__ import annotations

from drivers.interfaces import Link
from drivers.monitors.heard import listen
from drivers.monitors.nellcor_n560.frames import Decoder
from drivers.probe import Found

LONGEST_S = 7.0
"""Two rows are at most 4 s away; one may be torn."""
QUESTIONS: tuple[bytes, ...] = ()


def may_send(data: bytes) -> bool:  # noqa: ARG001 - nothing at all
    """Nothing is ever sent to it."""
    return False


async def probe(link: Link) -> Found | None:
    """Two rows of values; a heading, where one comes by, names model and version."""
    decoder = Decoder()
    row = await listen(link, decoder.feed, LONGEST_S)
    name, firmware = decoder.device
    return None if row is None else Found(name, firmware=firmware)
