"""Messages read by a library we did not write, and a bed that sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hl7
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from daemon.feeds.hl7.heading import Bed

BED = Bed("NORTHSIDE", "DESENS", "B1", "0A1B2C3D4E5F6071", receiving_application="ALARMMGR")
AT = datetime(2027, 3, 14, 9, 15, 7, 120_000, tzinfo=UTC)


def read(data: bytes) -> hl7.Message:
    return hl7.parse(data.decode())


def strictly(data: bytes) -> None:
    """hl7apy finds nothing wrong; it does not know R40, whose structure is that of R01."""
    text = data.decode().replace("ORU^R40^ORU_R40", "ORU^R01^ORU_R01").replace("ORU^R42^", "ORU^R01^")
    parsed = parse_message(text, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
    assert parsed.validate()


def observations(message: hl7.Message) -> dict[str, Any]:
    """OBX by the last component of its place, as the first word of its code."""
    return {str(one[3][0][0]): one for one in message.segments("OBX")}


def field(message: hl7.Message, name: str, number: int) -> str:
    """A field of the first segment of that name, as it stands."""
    return str(message.segment(name)[number])


def value(message: hl7.Message, code: int) -> str:
    return str(observations(message)[str(code)][5])
