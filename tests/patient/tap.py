"""What the daemon really writes to the pump, frame by frame."""

from __future__ import annotations

from collections.abc import Callable

from drivers.errors import DeviceError
from drivers.interfaces import Link

IDENT, LIMITS = 0x01, 0x06
CC_MODE, ACTION, WRITE = 0x10, 0x11, 0x12
COMMANDS = (CC_MODE, ACTION, WRITE)
STOP_FRAME = bytes((ACTION, 0x00, 0x00))
START_FRAME = bytes((ACTION, 0x00, 0x01))
DISARM_FRAME = bytes((WRITE, 0, 0, 0, 10, 0, 0, 0, 1))
"""0.1 mL/h and 0.1 mL."""


class Tap:
    """Listens to what goes to the pump; a frame is known by its segment and first data."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.name = link.name
        self.sent: list[bytes] = []

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        await self._link.open(on_bytes, on_lost)
        self.sent.append(b"open")

    def write(self, data: bytes) -> None:
        self._link.write(data)
        self.sent.append(data[2:-1])

    async def close(self) -> None:
        await self._link.close()

    def commands(self, since: int = 0) -> list[bytes]:
        """Everything but questions, from the `since`-th frame on."""
        return [frame for frame in self.sent[since:] if frame[0] in COMMANDS]

    def since_open(self) -> list[bytes]:
        """What went out on the newest connection."""
        last = max(n for n, frame in enumerate(self.sent) if frame == b"open")
        return self.sent[last + 1 :]


class Taps(list[Tap]):
    """The taps of every connection, the newest last; called with a link, it listens to that one too."""

    def __call__(self, link: Link) -> Link:
        self.append(Tap(link))
        return self[-1]
