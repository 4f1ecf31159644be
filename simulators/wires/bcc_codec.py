"""BCC framing as a rack does it: length, sum, stuffing (facts: pumps 5.1)."""

from __future__ import annotations

from typing import Final

OPEN: Final = 0x01
TEXT: Final = 0x02
END: Final = 0x03
CLOSE: Final = 0x04
HEARD: Final = 0x06
AGAIN: Final = 0x15
MORE: Final = 0x17
SEPARATOR: Final = "\x1e"
FRAME_MAX: Final = 1024
"""The longest request a rack listens to."""
ESCAPES: Final = {ord("D"): b"EX", ord("E"): b"EE", ord("d"): b"ex", ord("e"): b"ee"}


def enclose(bed: str, info: bytes, *, last: bool, stuffing: bool) -> bytes:
    """One block."""
    content = bytes([TEXT]) + f"{bed}/1/1>".encode() + info + bytes([END if last else MORE])
    counted = bytes([OPEN]) + b"%05d" % (len(content) + 12) + content
    block = counted + b"%05d" % (sum(counted) & 0xFF) + bytes([CLOSE])
    return b"".join(ESCAPES.get(byte, bytes([byte])) for byte in block) if stuffing else block


def unstuff(raw: bytes) -> bytes | None:
    """From left to right; None where a letter is followed by none that it may be."""
    out, place = bytearray(), 0
    while place < len(raw):
        byte, pair = raw[place], raw[place : place + 2]
        if byte not in ESCAPES:
            out.append(byte)
            place += 1
            continue
        meant = [letter for letter, stands in ESCAPES.items() if stands == pair]
        if not meant:
            return None
        out.append(meant[0])
        place += 2
    return bytes(out)


def open_request(raw: bytes, *, stuffing: bool) -> tuple[str, str] | None:
    """Bed and info of a request as it came in, from 01 to 04; None for a wrong length, sum or form."""
    plain = unstuff(raw) if stuffing else raw
    if plain is None or len(plain) < 14 or plain[6] != TEXT or plain[-7] != END:
        return None
    length, check = plain[1:6], plain[-6:-1]
    if length != b"%05d" % len(plain) or check != b"%05d" % (sum(plain[:-6]) & 0xFF):
        return None
    path, _, info = plain[7:-7].decode("latin-1").partition(">")
    return (path[:-4], info) if path.endswith("/1/1") else None


class Listener:
    """Cuts what the host sends into requests and single bytes of acknowledgement."""

    def __init__(self) -> None:
        self._raw = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Whole requests from 01 to 04, and 06 or 15 where no request is under way."""
        found = []
        for byte in data:
            if byte == OPEN:
                self._raw[:] = [OPEN]
            elif self._raw:
                if len(self._raw) < FRAME_MAX:
                    self._raw.append(byte)
                if byte == CLOSE:
                    found.append(bytes(self._raw))
                    self._raw.clear()
            elif byte in {HEARD, AGAIN}:
                found.append(bytes([byte]))
        return found
