"""Whether an Asena answers: serial number, protocol and fastest rate are asked; no key is sent."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from drivers.asking import ask
from drivers.errors import BadFrame
from drivers.interfaces import Link
from drivers.probe import Found
from drivers.pumps.alaris_asena import frames
from drivers.pumps.alaris_asena.frames import Fields

LISTEN_S = 0.3
WAIT_S = 1.2
"""Four of these are longer than the slowest answer."""
QUESTIONS = tuple(
    frames.encode(word) for word in (frames.SERIAL, frames.PROTOCOL, frames.RATE_MAX, frames.SERIAL)
)
LONGEST_S = LISTEN_S + len(QUESTIONS) * WAIT_S


def may_send(data: bytes) -> bool:
    """Questions that set nothing, take no control and start no watchdog."""
    return data in QUESTIONS


async def probe(link: Link) -> Found | None:
    """Who answers; what is not answered in time stays empty. An echo of a question names nothing."""
    decoder = frames.Decoder()
    said: dict[str, Fields] = {}

    def take(data: bytes) -> Found | None:
        said.update({fields[0]: fields for fields in decoder.feed(data) if frames.field(fields, 1)})
        return _found(said) if {frames.SERIAL, frames.PROTOCOL, frames.RATE_MAX} <= said.keys() else None

    found = await ask(link, take, listen_s=LISTEN_S, questions=QUESTIONS, wait_s=WAIT_S)
    return found or (_found(said) if frames.SERIAL in said else None)


def _found(said: dict[str, Fields]) -> Found:
    limits: dict[str, Decimal] = {}
    with suppress(BadFrame, KeyError):
        limits["rate_max_ml_h"] = frames.number(said[frames.RATE_MAX], 1, "ml/h")
    protocol = frames.field(said.get(frames.PROTOCOL, ()), 1)
    return Found("Alaris Asena", frames.field(said[frames.SERIAL], 1), "", protocol, limits)
