"""Whether a DIANET-Star pump answers: IDENT and nothing else, which enters no mode and sets no address."""

from __future__ import annotations

from drivers.asking import ask
from drivers.errors import BadFrame
from drivers.interfaces import Link
from drivers.probe import Found
from drivers.pumps.dianet_star import frames, readback
from drivers.pumps.dianet_star.frames import Segment

WAIT_S = 0.5
"""IDENT is repeated every 500 ms."""
LISTEN_S = 0.3
UNASSIGNED = frames.encode(frames.UNASSIGNED, Segment.IDENT)
ASSIGNED = frames.encode(ord("A"), Segment.IDENT)
"""A pump that a host left keeps the address it was given."""
QUESTIONS = (UNASSIGNED, ASSIGNED) * 3
LONGEST_S = LISTEN_S + len(QUESTIONS) * WAIT_S


def may_send(data: bytes) -> bool:
    """IDENT, to a pump without an address or to A."""
    return data in QUESTIONS


async def probe(link: Link) -> Found | None:
    """The first IDENT answer. Limits are told in remote operation only, which a probe never enters."""
    decoder = frames.Decoder()

    def take(data: bytes) -> Found | None:
        for reply in decoder.feed(data):
            if reply.segment == Segment.IDENT and reply.nak is None:
                return _found(reply.data)
        return None

    return await ask(link, take, listen_s=LISTEN_S, questions=QUESTIONS, wait_s=WAIT_S)


def _found(data: bytes) -> Found | None:
    try:
        ident = frames.parse_ident(data)
    except BadFrame:
        return None
    name = readback.TYPES.get(ident.type_code, f"unknown type {ident.type_code}")
    return Found(name, str(ident.serial), ident.software, f"{ident.protocol:04X}")
