"""Example E1 on the wire: `#WORDS;SUM` and CR, the sum in two hex digits of all before `;`. Pure."""

from __future__ import annotations

LINE_MAX = 64


def encode(*words: str) -> bytes:
    """A frame of these words."""
    text = "#" + " ".join(words)
    return f"{text};{sum(text.encode()) & 0xFF:02X}\r".encode()


class Decoder:
    """Bytes in, frames out as words; what is no frame is dropped. Never raises, in bounded memory."""

    def __init__(self) -> None:
        self._held = b""

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._held = b""

    def feed(self, data: bytes) -> list[tuple[str, ...]]:
        """The frames these bytes complete."""
        *ended, rest = (self._held + data).split(b"\r")
        self._held = rest[-LINE_MAX:]
        return [words for line in ended if (words := _words(line)) is not None]


def _words(line: bytes) -> tuple[str, ...] | None:
    text, _, total = line[line.rfind(b"#") :].rpartition(b";")
    if not text.isascii() or total != f"{sum(text) & 0xFF:02X}".encode():
        return None
    return tuple(text[1:].decode().split(" "))
