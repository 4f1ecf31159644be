"""Whether somebody publishes vital signs there; nothing is ever published by us."""

from __future__ import annotations

from drivers.asking import ask
from drivers.interfaces import Link
from drivers.monitors.mqtt_json.frames import Decoder
from drivers.probe import Found
from drivers.published import USUAL

LONGEST_S = 12.0
"""Publishers speak every few seconds, and a kept message is no sign of life."""
QUESTIONS: tuple[bytes, ...] = ()
TOPICS = frozenset(place.topic for place in USUAL.values())


def may_send(data: bytes) -> bool:  # noqa: ARG001 - nothing at all
    """Nothing is ever sent to it."""
    return False


async def probe(link: Link) -> Found | None:
    """The first message on a usual topic that the broker had not kept; no message names its publisher."""
    decoder = Decoder()

    def take(data: bytes) -> Found | None:
        fresh = [one for one in decoder.feed(data) if one.topic in TOPICS and not one.retained]
        return Found(f"a publisher on {link.name}") if fresh else None

    return await ask(link, take, listen_s=LONGEST_S)
