"""The QR code of a bag's code: it holds the code and nothing else, as a scanner would type it."""

from __future__ import annotations

from functools import cache

import segno

QUIET = 4
"""White modules around it, as the standard asks."""


@cache
def dark(code: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of modules without the quiet zone; the highest error correction, so that a smear is survived."""
    made = segno.make_qr(code, error="h", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in made.matrix)
