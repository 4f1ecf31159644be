"""What can be heard at the bench's bed: it answers on the bench's own loop, so that no thread disturbs it."""

from __future__ import annotations

import json
import socket

from tests.bench.lines import Loop

ASKED = b'{"ok":true,"sound":'
SAY_EVERY = 4
"""Signs of life: one for as many statuses, of which four come a second."""


class Annunciator:
    """On a connection that has asked to `watch` with a sound."""

    def __init__(self, loop: Loop, line: socket.socket) -> None:
        self._loop = loop
        self._line = line
        self._rest = b""
        self._heard = 0
        loop.on_readable(line.fileno(), self._hear)

    def close(self) -> None:
        self._loop.forget(self._line.fileno())
        self._line.close()

    def _hear(self, _stamp_ns: int) -> None:
        *lines, self._rest = (self._rest + self._line.recv(65536)).split(b"\n")
        for line in lines:
            if line.startswith(ASKED):
                number = json.loads(line)["sound"]["test"]
                self._line.sendall(json.dumps({"test": number, "rang": True}).encode() + b"\n")
            else:
                self._heard += 1
                if self._heard % SAY_EVERY == 0:
                    self._line.sendall(b'{"alive": true}\n')
