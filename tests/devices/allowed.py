"""What a probe of each model may send, typed from the documents: nothing else may ever be on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping

IDENT = re.escape(bytes.fromhex("7E00011D0E7E"))
IDENT_TO_A = re.escape(bytes.fromhex("7E41015C0E7E"))
SINGLE_BASIC_DISPLAY = re.escape(
    bytes.fromhex(
        "7e310000000000000000000000000000000000000000ff00000000000000"
        "000000000000000000000001ffff0000000000002f7e"
    )
)
BCC_ALIVE = re.escape(b"\x0100031\x021/1/1>ADMIN:ALIVE\x0300061\x04")
BCC_ALIVE_STUFFED = re.escape(b"\x0100031\x021/1/1>AEXMIN:ALIVEE\x0300061\x04")
BCC_VERSION = re.escape(b"\x0100037\x02BED01/1/1>ADMIN:VERSION\x0300243\x04")
BCC_GET = re.escape(b"\x0100031\x02BED01/1/1>MEM:GET\x0300029\x04")
BCC_ANSWER = b"[\x06\x15]"

ALLOWED: Mapping[str, tuple[bytes, ...]] = {
    "bcc": (BCC_ALIVE, BCC_ALIVE_STUFFED, BCC_VERSION, BCC_GET, BCC_ANSWER),
    "dianet-star": (IDENT, IDENT_TO_A),
    "masimo-ascii1": (),
    "nellcor-n560": (),
    "s5-dri": (SINGLE_BASIC_DISPLAY,),
}
"""By model: patterns that match one whole write each."""


def is_allowed(model: str, data: bytes) -> bool:
    """Whether the documents say that these bytes only ask."""
    return any(re.fullmatch(pattern, data, re.DOTALL) for pattern in ALLOWED[model])
