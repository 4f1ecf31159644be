"""Something at a test's bed that can sound: it answers the daemon from a thread of its own."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from daemon.control import client

AGAIN_S = 0.05


class Annunciator:
    """Registers as often as the daemon comes back, until closed. `rings` False = it says it has no sound."""

    def __init__(self, socket: Path, *, rings: bool = True) -> None:
        self.rings = rings
        self.answers = True
        """False = it hears and says nothing, as a view that hangs."""
        self.tests = 0
        self._socket = socket
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(timeout=5)

    def _live(self) -> None:
        while not self._closed.wait(AGAIN_S):
            try:
                asked = {"sound": True, "name": "a test"}
                for _ in client.stream(self._socket, "watch", asked, limit_s=2, reply=self._reply):
                    if self._closed.is_set():
                        return
            except client.NoDaemon:
                pass

    def _reply(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        if not self.answers:
            return None
        if "sound" in answer:
            self.tests += 1
            return {"test": answer["sound"]["test"], "rang": self.rings, "why": "no bell"}
        return {"alive": True}
