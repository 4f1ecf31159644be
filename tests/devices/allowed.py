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

ALLOWED: Mapping[str, tuple[bytes, ...]] = {
    "dianet-star": (IDENT, IDENT_TO_A),
    "masimo-ascii1": (),
    "nellcor-n560": (),
    "s5-dri": (SINGLE_BASIC_DISPLAY,),
}
"""By model: patterns that match one whole write each."""


def is_allowed(model: str, data: bytes) -> bool:
    """Whether the documents say that these bytes only ask."""
    return any(re.fullmatch(pattern, data, re.DOTALL) for pattern in ALLOWED[model])
