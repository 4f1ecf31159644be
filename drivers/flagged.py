"""Frames between two flag bytes with escapes inside, as DIANET-Star and the S/5 interface have them; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

FLAG = b"\x7e"
ESCAPE = b"\x7d"
TOO_LONG = "too long"


class Flagged:
    """Collects frames from bytes cut anywhere, in bounded memory; never raises.

    `pairs` are the escaped bytes with what stands for them on the wire, `fault` finds what may not stand
    there, `longest` bounds a body; `misread` is the word for a wrong escape, `raw` for a `forbidden` byte.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[bytes, bytes]],
        fault: re.Pattern[bytes],
        longest: int,
        *,
        misread: str,
        forbidden: bytes = b"",
        raw: str = "",
    ) -> None:
        self._pairs = tuple(reversed(pairs))
        self._fault = fault
        self._longest = longest
        self._misread = misread
        self._forbidden = forbidden
        self._raw = raw
        self._body = bytearray()
        self._escaped = False
        self._broken = ""

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._body.clear()
        self._escaped = False
        self._broken = ""

    @property
    def held(self) -> int:
        """Bytes of a half-received frame, at most one more than the longest body."""
        return len(self._body)

    def feed(self, data: bytes) -> list[tuple[bytes, str]]:
        """Each frame these bytes end: its unescaped body, or in one word why it has none."""
        *ended, rest = data.split(FLAG)
        frames = []
        for piece in ended:
            self._take(piece)
            broken = self._broken or (self._misread if self._escaped else "")
            if self._body or broken:
                frames.append((bytes(self._body), broken))
            self.reset()
        self._take(rest)
        return frames

    def _take(self, piece: bytes) -> None:
        """Bytes of one frame, without flags."""
        if self._broken or not piece:
            return
        if self._escaped:
            piece = ESCAPE + piece
        fault = self._fault.search(piece)
        good = len(piece) if fault is None else fault.start()
        bad = piece[good : good + 2]
        self._escaped = bad == ESCAPE
        self._body += self._unescape(piece[:good])
        if len(self._body) > self._longest:
            self._broken = TOO_LONG
        elif self._forbidden and self._forbidden in bad:
            self._broken = self._raw
        elif len(bad) == 2:
            self._broken = self._misread if len(self._body) < self._longest else TOO_LONG
        if self._broken:
            self._body.clear()

    def _unescape(self, inner: bytes) -> bytes:
        for byte, pair in self._pairs:
            inner = inner.replace(pair, byte)
        return inner
