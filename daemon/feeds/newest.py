"""The newest word of one daemon, kept for whoever asks; how often it fell silent, told to engineers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from daemon.feeds.following import Following, Heard

log = structlog.get_logger()


class Newest:
    """`heard` is None while the daemon is silent; `place` stays what it last was."""

    def __init__(self, socket: Path, wire_ms: Callable[[], int]) -> None:
        self._wire_ms = wire_ms
        self._heard_ms = 0
        self._place: tuple[int | None, int | None] = (None, None)
        self.heard: Heard | None = None
        self.losses = 0
        self.following = Following(socket, self._on_heard, self._on_lost)

    def place(self) -> tuple[int | None, int | None]:
        """Number of the run and of the last record, for the engineers' log."""
        return self._place

    def age_ms(self) -> int:
        """Since that word."""
        return self._wire_ms() - self._heard_ms

    def _on_heard(self, heard: Heard) -> None:
        self._place = heard.status.get("run"), heard.status.get("seq")
        silent, self.heard, self._heard_ms = self.heard is None, heard, self._wire_ms()
        if silent:
            log.info("daemon.heard")

    def _on_lost(self, why: str) -> None:
        self.heard = None
        self.losses += 1
        log.warning("daemon.lost", why=why)
