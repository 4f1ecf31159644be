"""Block digits of five rows, to be read from two metres."""

from __future__ import annotations

from collections.abc import Mapping

ROWS = 5

_FONT: Mapping[str, tuple[str, str, str, str, str]] = {
    "0": ("████", "█  █", "█  █", "█  █", "████"),
    "1": ("  █ ", " ██ ", "  █ ", "  █ ", " ███"),
    "2": ("████", "   █", "████", "█   ", "████"),
    "3": ("████", "   █", " ███", "   █", "████"),
    "4": ("█  █", "█  █", "████", "   █", "   █"),
    "5": ("████", "█   ", "████", "   █", "████"),
    "6": ("████", "█   ", "████", "█  █", "████"),
    "7": ("████", "   █", "  █ ", " █  ", " █  "),
    "8": ("████", "█  █", "████", "█  █", "████"),
    "9": ("████", "█  █", "████", "   █", "████"),
    ".": (" ", " ", " ", " ", "█"),
    ":": (" ", "█", " ", "█", " "),
    "/": ("  █", "  █", " █ ", "█  ", "█  "),
    "<": ("  █", " █ ", "█  ", " █ ", "  █"),
    "-": ("   ", "   ", "███", "   ", "   "),
    "?": ("████", "   █", " ██ ", "    ", " █  "),
}


def drawn(text: str) -> tuple[str, ...]:
    """Five rows of equal width; KeyError for a character that has no glyph."""
    return tuple(" ".join(_FONT[sign][row] for sign in text) for row in range(ROWS))
