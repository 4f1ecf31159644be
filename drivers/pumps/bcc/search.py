"""What a rack tells of itself and of the pumps in it, without one of them being named."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.errors import BadFrame, Refused
from drivers.pumps.bcc import readback
from drivers.pumps.bcc.rack import Rack
from drivers.pumps.bcc.records import ERROR, RACK, VERSION, Record, records_of

CONNECT_LIMIT_S = 12.0
"""For one short answer, with all that goes before it after a break."""


async def version_of(rack: Rack) -> str:
    """The version of its BCC; BadFrame where it tells none, Refused where it answers with an error."""
    blocks = await rack.ask("ADMIN:VERSION", CONNECT_LIMIT_S)
    try:
        return records_of(blocks, VERSION)[0].parameter
    except (BadFrame, IndexError):
        told = [record.value for record in records_of(blocks) if record.parameter == ERROR]
    if not told:
        raise BadFrame("no version in the answer to ADMIN:VERSION")
    code = readback.code_of(told[0])
    raise Refused(f"{rack.name}: ADMIN:VERSION: error {code}", code=code, reason=readback.refusal(code))


async def all_records(rack: Rack, limit_s: float) -> list[Record]:
    """What the rack has of all its pumps, and its errors."""
    return records_of(await rack.ask("MEM:GET", limit_s))


def pumps_in(records: Sequence[Record]) -> dict[str, dict[str, str]]:
    """The values of every pump by its slot."""
    slots = sorted({record.slot for record in records if record.parameter != ERROR} - {RACK})
    return {slot: readback.values_of(records, slot) for slot in slots}
