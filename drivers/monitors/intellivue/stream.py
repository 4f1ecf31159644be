"""Messages out of a recording, of the network (one datagram after the other) or of the serial port. Pure.

Which of the two it is shows in its beginning: a serial frame that holds, or none in so many bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from drivers.errors import BadFrame
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.serial_frames import BEGIN, BODY_MAX, MESSAGE_MAX, Deframer

LOOK_MAX = 2 * BODY_MAX
TORN = "torn"


class Messages:
    """Bytes cut anywhere in, each whole message to `take` once; never raises, in bounded memory.

    What `take` raises BadFrame for is no message. In a stream of datagrams there is no checksum: where none
    begins, what is there is torn, up to the next data message that holds. Those of the association are too
    plain to be looked for.
    """

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self.rejected: Counter[str] = Counter()
        self._take = take
        self._deframer = Deframer()
        self._serial: bool | None = None
        self._data = bytearray()
        self._at = 0
        self._torn = False

    def feed(self, data: bytes) -> None:
        """Take what these bytes complete."""
        if self._serial:
            self._frames(data)
            return
        self._data += data
        if self._serial is None and not self._looked(ended=False):
            return
        self._datagrams(ended=False)

    def finish(self) -> None:
        """The recording ends here."""
        if self._serial is None:
            self._looked(ended=True)
        if self._serial:
            self._deframer.finish()
            self.rejected.update(self._deframer.rejected)
            self._deframer.rejected.clear()
        else:
            self._datagrams(ended=True)

    def _looked(self, *, ended: bool) -> bool:
        """Decide what it is; True if it is a stream of datagrams."""
        look = bytes(self._data[:LOOK_MAX])
        if look[:1] == bytes((BEGIN,)) or Deframer().feed(look):
            self._serial = True
            data, self._data = bytes(self._data), bytearray()
            self._frames(data)
            return False
        if not ended and len(self._data) < LOOK_MAX:
            return False
        self._serial = False
        return True

    def _frames(self, data: bytes) -> None:
        for message in self._deframer.feed(data):
            try:
                self._take(message)
            except BadFrame as error:
                self.rejected[str(error)] += 1

    def _datagrams(self, *, ended: bool) -> None:
        while self._at < len(self._data):
            length = self._length(ended=ended)
            if length is None:
                break
            if length and self._whole(bytes(self._data[self._at : self._at + length])):
                self._at += length
                self._torn = False
            else:
                self._skip()
        del self._data[: self._at]
        self._at = 0

    def _length(self, *, ended: bool) -> int | None:
        """Of the message that may stand here; 0 = none does, None = that cannot be told yet."""
        left = len(self._data) - self._at
        try:
            length = frames.length_of(bytes(self._data[self._at : self._at + 8]))
        except BadFrame:
            return 0
        if length is not None and length > MESSAGE_MAX:
            return 0
        if length is None or length > left:
            return 0 if ended else None
        return length

    def _whole(self, message: bytes) -> bool:
        try:
            self._take(message)
        except BadFrame as error:
            if not self._torn:
                self.rejected[str(error)] += 1
                self._torn = True
            return False
        return True

    def _skip(self) -> None:
        """To where the next data message may stand; what is skipped counts once."""
        if not self._torn:
            self.rejected[TORN] += 1
            self._torn = True
        place = self._data.find(frames.DATA, self._at + 1)
        self._at = len(self._data) if place < 0 else place
