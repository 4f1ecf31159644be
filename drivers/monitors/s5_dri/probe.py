"""Whether an S/5 monitor answers: one display record asked for once, which subscribes to nothing."""

from __future__ import annotations

from drivers.asking import ask
from drivers.interfaces import Link
from drivers.monitors.s5_dri.frames import DISPLAY, ONCE, Decoder, Kind, encode_display_request
from drivers.probe import Found

LISTEN_S = 1.5
"""A monitor that is subscribed by somebody may be heard at once."""
WAIT_S = 5.5
"""A second single request within 5 s is ignored; a full record takes 0.7 s at 19200 baud."""
NO_CLASSES = 0
"""The basic class only."""
QUESTION = encode_display_request(ONCE, NO_CLASSES)
QUESTIONS = (QUESTION, QUESTION)
LONGEST_S = LISTEN_S + len(QUESTIONS) * WAIT_S


def may_send(data: bytes) -> bool:
    """One display record, once; no subscription, no cancel, no wave."""
    return data == QUESTION


async def probe(link: Link) -> Found | None:
    """The first display record; the interface names neither a serial number nor a version.

    A request that a wire gives back as an echo holds none.
    """
    decoder = Decoder()

    def take(data: bytes) -> Found | None:
        for record in decoder.feed(data):
            if record.kind == Kind.PHDB and any(code == DISPLAY for _, code in record.subrecords):
                return Found("S/5 interface", protocol=f"level {record.level}")
        return None

    return await ask(link, take, listen_s=LISTEN_S, questions=QUESTIONS, wait_s=WAIT_S)
