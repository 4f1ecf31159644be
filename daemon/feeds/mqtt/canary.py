"""The feed's self-test: what it publishes comes back, or nobody can count on it ((A) A9). Pure."""

from __future__ import annotations

import itertools

EVERY_MS = 60_000
BACK_MS = 5_000


class Canary:
    """Times are wire milliseconds."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._sent: bytes | None = None
        self._sent_ms = 0
        self._due_ms = 0

    def anew(self, now_ms: int) -> None:
        """A fresh connection: it is tried at once."""
        self._sent, self._due_ms = None, now_ms

    def due(self, now_ms: int) -> bytes | None:
        """What is to be published now; None = nothing."""
        if now_ms < self._due_ms:
            return None
        self._sent, self._sent_ms = str(next(self._numbers)).encode(), now_ms
        self._due_ms = now_ms + EVERY_MS
        return self._sent

    def heard(self, payload: bytes, now_ms: int) -> None:
        """Something came on its topic."""
        if payload == self._sent:
            self._sent = None
            self._due_ms = now_ms + EVERY_MS

    def why(self, now_ms: int) -> str:
        """Why the feed cannot be counted on; empty = the last canary came back, or is still on its way."""
        if self._sent is None or now_ms - self._sent_ms < BACK_MS:
            return ""
        return "what is published does not come back: the broker's access rules, or its queue"
