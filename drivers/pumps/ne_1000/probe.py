"""Whether an NE-1000 answers: in Basic mode its version, in Safe mode that a packet was damaged.

A whole packet would start the watchdog of Safe mode, which would stop a running pump once the probe is gone.
"""

from __future__ import annotations

import re

from drivers.asking import ask
from drivers.interfaces import Link
from drivers.probe import Found
from drivers.pumps.ne_1000 import frames
from drivers.pumps.ne_1000.frames import Reply

WAIT_S = 0.5
LISTEN_S = 0.3
VERSION = frames.basic(0, "VER")
_WHOLE = frames.safe(0, "VER")
DAMAGED = _WHOLE[:-3] + bytes(byte ^ 0xFF for byte in _WHOLE[-3:-1]) + _WHOLE[-1:]
"""A packet whose CRC is wrong is answered with ?COM and counts for nothing else."""
QUESTIONS = (VERSION, VERSION, DAMAGED) * 2
"""The first answer of all may be an alarm, which is thereby acknowledged."""
LONGEST_S = LISTEN_S + len(QUESTIONS) * WAIT_S
IN_SAFE_MODE = "NE-1000, in Safe mode"
_VERSION = re.compile(r"(NE\d+[A-Z]*)V(\d+\.\d+)")


def may_send(data: bytes) -> bool:
    """The two questions, nothing whole in Safe mode."""
    return data in QUESTIONS


async def probe(link: Link) -> Found | None:
    """By its version; a pump in Safe mode says no more than that it is one."""
    decoder = frames.Decoder()

    def take(data: bytes) -> Found | None:
        return next((found for reply in decoder.feed(data) if (found := _found(reply))), None)

    return await ask(link, take, listen_s=LISTEN_S, questions=QUESTIONS, wait_s=WAIT_S)


def _found(reply: Reply) -> Found | None:
    if reply.safe:
        return Found(IN_SAFE_MODE, protocol="safe") if reply.data == "?COM" else None
    version = _VERSION.fullmatch(reply.data)
    return Found(version[1], firmware=version[2], protocol="basic") if version else None
