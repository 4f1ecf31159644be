"""Big-endian fields out of bytes, one after the other; pure."""

from __future__ import annotations

from drivers.errors import BadFrame


class Reader:
    """Reads forward only; BadFrame where the bytes end too early, or too late."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self._at + count
        if end > len(self._data):
            raise BadFrame("short")
        piece, self._at = self._data[self._at : end], end
        return piece

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Two bytes."""
        return int.from_bytes(self.take(2))

    def u32(self) -> int:
        """Four bytes."""
        return int.from_bytes(self.take(4))

    def sized(self) -> Reader:
        """What a u16 length announces, as a reader of its own."""
        return Reader(self.take(self.u16()))

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def end(self) -> None:
        """Nothing may be left."""
        if self.left:
            raise BadFrame("length")


def items(reader: Reader) -> tuple[int, Reader]:
    """A list: how many, and the reader of its bytes."""
    return reader.u16(), reader.sized()
