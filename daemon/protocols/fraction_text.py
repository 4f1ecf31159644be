"""`fraction=0.5` as a file and a command say it, read exactly."""

from __future__ import annotations

import re
from decimal import Decimal

_FRACTION = re.compile(r"fraction\s*=\s*(0?\.[0-9]{1,6})")


def part_of(text: str) -> Decimal | None:
    """The f of `fraction = f`, more than 0 and less than 1, of at most six places; None if it is none."""
    found = _FRACTION.fullmatch(text.strip())
    if found is None:
        return None
    part = Decimal(found[1]).normalize()
    return part if part > 0 else None
