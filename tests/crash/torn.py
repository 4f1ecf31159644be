"""What a power cut does to a log that was not synced: its last transaction is lost or garbled."""

from __future__ import annotations

import random
import struct
from pathlib import Path

HEADER = 32
FRAME = 24


def commits(wal: bytes) -> list[int]:
    """Where each transaction of the log ends, in bytes; frames of an older round of the log do not count."""
    if len(wal) < HEADER:
        return []
    (page,) = struct.unpack(">I", wal[8:12])
    salts, ends = wal[16:24], []
    for at in range(HEADER, len(wal) - FRAME - page + 1, FRAME + page):
        if wal[at + 8 : at + 16] != salts:
            break
        if struct.unpack(">I", wal[at + 4 : at + 8])[0]:
            ends.append(at + FRAME + page)
    return ends


def tear(wal: Path, chance: random.Random) -> bool:
    """Lose or garble the last transaction; False if there is none to lose."""
    data = bytearray(wal.read_bytes()) if wal.exists() else bytearray()
    ends = commits(bytes(data))
    if not ends:
        return False
    begin = ends[-2] if len(ends) > 1 else HEADER
    at = chance.randrange(begin, ends[-1])
    if chance.random() < 0.5:
        del data[at:]
    else:
        data[at] ^= chance.randrange(1, 256)
    wal.write_bytes(data)
    return True
