"""Whether somebody sends HL7 here: it is waited for, and what comes is taken as a receiver takes it."""

from __future__ import annotations

from drivers.asking import ask
from drivers.interfaces import Link
from drivers.monitors.hl7_oru.frames import Decoder
from drivers.monitors.hl7_oru.message import Message
from drivers.probe import Found

LONGEST_S = 75.0
"""A message comes once a minute."""
QUESTIONS: tuple[bytes, ...] = ()


def may_send(data: bytes) -> bool:  # noqa: ARG001 - nothing at all
    """Not even an answer: a message that was not used is not acknowledged, and a sender may send it again."""
    return False


async def probe(link: Link) -> Found | None:
    """The sender of the first message."""
    decoder = Decoder()

    def take(data: bytes) -> Found | None:
        for block in decoder.feed(data):
            if isinstance(block, Message) and block.kind not in {"ack", "other"}:
                header = block.header
                name = " ".join(part for part in (header.application, header.facility) if part)
                return Found(name, protocol=f"HL7 {header.version}".strip())
        return None

    return await ask(link, take, listen_s=LONGEST_S)
