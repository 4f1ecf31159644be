"""BCC on the wire: bytes to blocks, requests to bytes. Pure; source: docs/devices/bcc.md."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from drivers.errors import BadFrame
from drivers.flagged import NO_START, UNFINISHED

SOH = b"\x01"
STX = b"\x02"
ETX = b"\x03"
EOT = b"\x04"
ACK = b"\x06"
NAK = b"\x15"
ETB = b"\x17"
LENGTH_MAX = 99_999
RAW_MAX = 2 * LENGTH_MAX
"""Every byte of a frame of five digits of length stuffed."""
FRAMING = 14
"""Bytes of a frame beside its text."""
OPENING_BED = "1"
"""The bed of a request before the rack has told its own."""
PATH = b"/1/1"

_BED = re.compile(rb"[\x2f-\x39\x41-\x7a]{1,15}")
_STUFFED = {b"D": b"EX", b"E": b"EE", b"d": b"ex", b"e": b"ee"}
_PLAIN = {pair: letter for letter, pair in _STUFFED.items()}
_LETTER = re.compile(rb"[DEde]")
_PAIR = re.compile(rb"E[EX]|e[ex]|[DEde]")
_MARK = re.compile(rb"([\x01\x04])")


@dataclass(frozen=True, slots=True)
class Block:
    """One good block. `last` = no more follow; `stuffed` None = nothing in it tells."""

    bed: str
    info: bytes
    last: bool
    stuffed: bool | None


@dataclass(frozen=True, slots=True)
class Damaged:
    """A frame that ended and is none, with the reason in a word."""

    reason: str


def stuff(data: bytes) -> bytes:
    """D, E, d, e as pairs of letters that hold no D and no d."""
    return _LETTER.sub(lambda found: _STUFFED[found[0]], data)


def unstuff(data: bytes) -> bytes:
    """Pairs to letters from left to right; BadFrame if a letter stands alone that may not."""
    if any(found[0] in _STUFFED for found in _PAIR.finditer(data)):
        raise BadFrame("stuffing")
    return _PAIR.sub(lambda found: _PLAIN[found[0]], data)


def encode(bed: str, info: str, *, stuffed: bool) -> bytes:
    """A whole request; length and sum are those before stuffing."""
    text = bed.encode() + PATH + b">" + info.encode()
    summed = SOH + f"{len(text) + FRAMING:05}".encode() + STX + text + ETX
    frame = summed + f"{sum(summed) % 256:05}".encode() + EOT
    return stuff(frame) if stuffed else frame


def parse(raw: bytes) -> Block:
    """What stands between SOH and EOT; BadFrame says what is wrong in one word."""
    if len(raw) < FRAMING - 2:
        raise BadFrame("short")
    if not raw[:5].isdigit() or raw[5:6] != STX:
        raise BadFrame("head")
    plain, stuffed = _unstuffed(raw, int(raw[:5]) - 2)
    if plain[-6:-5] not in {ETX, ETB}:
        raise BadFrame("end")
    if plain[-5:] != f"{(SOH[0] + sum(plain[:-5])) % 256:05}".encode():
        raise BadFrame("checksum")
    path, mark, info = plain[6:-6].partition(b">")
    bed = path.removesuffix(PATH)
    if not mark or bed == path or not _BED.fullmatch(bed):
        raise BadFrame("address")
    return Block(bed.decode("ascii"), info, plain[-6:-5] == ETX, stuffed)


def _unstuffed(raw: bytes, length: int) -> tuple[bytes, bool | None]:
    """Stuffing makes a frame longer, so its own length tells whether it was stuffed."""
    if len(raw) == length:
        return raw, False if _LETTER.search(raw) else None
    plain = unstuff(raw)
    if len(plain) != length:
        raise BadFrame("length")
    return plain, True


class Decoder:
    """Bytes in, blocks out, bytes outside of frames ignored. Never raises; what is no block is counted."""

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected: Counter[str] = Counter()
        self._raw = bytearray()
        self._open = False
        self._long = False
        self._strange = False

    @property
    def held(self) -> int:
        """Bytes of a half-received frame."""
        return len(self._raw)

    @property
    def inside(self) -> bool:
        """A frame has begun and not ended."""
        return self._open

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._raw.clear()
        self._open = self._long = self._strange = False

    def feed(self, data: bytes) -> list[Block | Damaged]:
        """The frames that end in these bytes; one that another begins in is counted only."""
        found: list[Block | Damaged] = []
        for piece in _MARK.split(data):
            if piece == SOH:
                if self._open:
                    self.rejected["cut"] += 1
                self.reset()
                self._open = True
            elif piece == EOT:
                if self._open:
                    found.append(self._ended())
                else:
                    self.rejected[NO_START] += 1
                self.reset()
            elif not self._open:
                self._strange = self._strange or bool(piece.strip(ACK + NAK))
            elif not self._long:
                self._keep(piece)
        return found

    def finish(self) -> None:
        """No more bytes come: what stands behind the last end is counted."""
        if self._open or self._strange:
            self.rejected[UNFINISHED] += 1
        self.reset()

    def _keep(self, piece: bytes) -> None:
        self._raw += piece
        if len(self._raw) > RAW_MAX:
            self._long = True
            self._raw.clear()

    def _ended(self) -> Block | Damaged:
        reason = "too long"
        if not self._long:
            try:
                block = parse(bytes(self._raw))
            except BadFrame as error:
                reason = str(error)
            else:
                self.accepted += 1
                return block
        self.rejected[reason] += 1
        return Damaged(reason)
