"""Frames between two flag bytes with escapes inside, as DIANET-Star and the S/5 interface have them; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

FLAG = b"\x7e"
ESCAPE = b"\x7d"
TOO_LONG = "too long"
NO_START = "no start"
UNFINISHED = "unfinished"


class Framed(NamedTuple):
    """What stood before a flag: its unescaped body, or in one word why it has none."""

    body: bytes
    broken: str
    whole: bool
    """A flag stood before it too; where not, a stream was met in the middle of a frame."""

    def reason(self, said: str) -> str:
        """The word it is rejected with, if `said` is what speaks against its body."""
        return said if self.whole else NO_START


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
        self._flag_seen = False

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._begin()
        self._flag_seen = False

    @property
    def held(self) -> int:
        """Bytes of a half-received frame, at most one more than the longest body."""
        return len(self._body)

    def finish(self) -> bool:
        """The stream ends here; whether it ends inside a frame."""
        inside = bool(self._body or self._broken or self._escaped)
        self.reset()
        return inside

    def feed(self, data: bytes) -> list[Framed]:
        """Each frame these bytes end."""
        *ended, rest = data.split(FLAG)
        frames = []
        for piece in ended:
            self._take(piece)
            broken = self._broken or (self._misread if self._escaped else "")
            if self._body or broken:
                frames.append(Framed(bytes(self._body), broken, self._flag_seen))
            self._begin()
            self._flag_seen = True
        self._take(rest)
        return frames

    def _begin(self) -> None:
        self._body.clear()
        self._escaped = False
        self._broken = ""

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
