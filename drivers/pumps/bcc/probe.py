"""Whether a BCC rack answers: who it is and which pumps are in it. BCC has no request that sets anything."""

from __future__ import annotations

from drivers.errors import BadFrame, NoReply, WrongDevice
from drivers.interfaces import Link
from drivers.probe import Found
from drivers.pumps.bcc import frames, readback
from drivers.pumps.bcc.frames import Block
from drivers.pumps.bcc.rack import ALIVE_TRIES, Rack
from drivers.pumps.bcc.search import CONNECT_LIMIT_S, all_records, pumps_in, version_of

VALUES_LIMIT_S = 20.0
LONGEST_S = CONNECT_LIMIT_S + VALUES_LIMIT_S
ALIVE = tuple(frames.encode(frames.OPENING_BED, "ADMIN:ALIVE", stuffed=stuffed) for stuffed in (False, True))
QUESTIONS = ALIVE * (ALIVE_TRIES // 2)
INFOS = frozenset({b"ADMIN:ALIVE", b"ADMIN:VERSION", b"MEM:GET"})


def may_send(data: bytes) -> bool:
    """One whole request of those that ask, or the byte that answers a block."""
    if data in {frames.ACK, frames.NAK}:
        return True
    found = frames.Decoder().feed(data)
    framed = data.startswith(frames.SOH) and data.endswith(frames.EOT) and data.count(frames.SOH) == 1
    return framed and len(found) == 1 and isinstance(found[0], Block) and found[0].info in INFOS


async def probe(link: Link) -> Found | None:
    """The rack and its pumps; without them if they are not told in time."""
    rack = Rack(link)
    await rack.open()
    try:
        version = await version_of(rack)
        try:
            pumps = pumps_in(await all_records(rack, VALUES_LIMIT_S))
        except (NoReply, BadFrame):
            pumps = {}
    except NoReply:
        return None
    finally:
        await rack.close()
    return _found(version, pumps)


def _found(version: str, pumps: dict[str, dict[str, str]]) -> Found:
    known = {}
    for slot, values in pumps.items():
        try:
            known[slot] = readback.identity_of(values, version)
        except (BadFrame, WrongDevice):
            continue
    told = ", ".join(f"{one.model} {one.serial} in slot {slot}" for slot, one in known.items())
    only = next(iter(known.values())) if len(known) == 1 else None
    return Found(
        f"BCC rack: {told or 'no pump that is known'}",
        only.serial if only is not None else "",
        only.firmware if only is not None else "",
        version,
    )
