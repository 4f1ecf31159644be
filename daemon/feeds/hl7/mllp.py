"""MLLP: a message between 0x0B and 0x1C 0x0D. Pure; any bytes are survived in bounded memory.

A second 0x0B begins anew: what stood before it never came to its end.
"""

from __future__ import annotations

START, END = b"\x0b", b"\x1c\r"
MESSAGE_MAX = 64 * 1024
"""Bytes of an answer; a longer one is thrown away to its end."""


def wrap(message: bytes) -> bytes:
    """The message as it goes to the wire."""
    return START + message + END


class Unwrapper:
    """Bytes in, whole messages out; what stands outside a frame is dropped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inside = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages these bytes complete."""
        self._buffer += data
        found: list[bytes] = []
        while True:
            if not self._inside:
                at = self._buffer.find(START)
                if at < 0:
                    self._buffer.clear()
                    return found
                del self._buffer[: at + 1]
                self._inside = True
            at = self._buffer.find(END)
            if at < 0:
                if len(self._buffer) > MESSAGE_MAX:
                    del self._buffer[:-1]
                return found
            if at <= MESSAGE_MAX:
                found.append(bytes(self._buffer[:at]).rpartition(START)[2])
            del self._buffer[: at + len(END)]
            self._inside = False
