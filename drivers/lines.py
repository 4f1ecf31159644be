"""Lines of text as they come from a wire, cut anywhere; pure."""

from __future__ import annotations

import re
from collections import Counter

LINE_MAX = 512
"""Longer than any line of values of any model read here."""
_END = re.compile(rb"[\r\n]")


class Lines:
    """Collects lines that end with CR, LF or both, in bounded memory; never raises.

    A line that is too long or not printable ASCII is no line: `rejected` counts it by reason.
    """

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._body = bytearray()
        self._too_long = False

    def reset(self) -> None:
        """Forget a half-received line."""
        self._body.clear()
        self._too_long = False

    @property
    def held(self) -> int:
        """Bytes of a half-received line."""
        return len(self._body)

    def finish(self) -> list[str]:
        """The stream ends here: what is left counts as a line, even without its end."""
        return self.feed(b"\n")

    def feed(self, data: bytes) -> list[str]:
        """The lines these bytes end, without their ends; empty ones are left out."""
        *ended, rest = _END.split(data)
        lines = []
        for piece in ended:
            self._take(piece)
            lines.append(self._line())
            self.reset()
        self._take(rest)
        return [line for line in lines if line]

    def _take(self, piece: bytes) -> None:
        if self._too_long or len(self._body) + len(piece) > LINE_MAX:
            self._too_long = True
            self._body.clear()
        else:
            self._body += piece

    def _line(self) -> str:
        """The line that ended; empty if it is none."""
        if self._too_long:
            self.rejected["too long"] += 1
            return ""
        text = self._body.decode("latin-1")
        if text.isascii() and text.isprintable():
            return text
        self.rejected["not text"] += 1
        return ""
