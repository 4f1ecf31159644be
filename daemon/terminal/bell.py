"""The bell of a terminal at the bed: it sounds for alarms, and by itself when the daemon is silent (F9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daemon.control.audible import loudest
from daemon.engine.alarms import Priority

EVERY_MS: Mapping[str, int] = {Priority.HIGH: 1_000, Priority.MEDIUM: 5_000, Priority.LOW: 20_000}
"""Time between two tones; silence of the daemon sounds as HIGH."""
ALIVE_MS = 2_000
"""A view that has drawn nothing for this long would not sound either."""


class Bell:
    """Rung by the thread that draws; `rang` answers a test only after the tone went out.

    `why_not` = why this terminal cannot sound; empty = it can.
    """

    def __init__(self, ring: Callable[[], None], why_not: str = "") -> None:
        self.why_not = why_not
        self._ring = ring
        self._rung_ms: int | None = None
        self._drawn_ms: int | None = None
        self._wanted: int | None = None
        self._tested: int | None = None

    def beat(self, seen: Mapping[str, Any] | None, now_ms: int) -> None:
        """Once a picture: ring where it is time. `seen` None = no word from the daemon."""
        self._drawn_ms = now_ms
        if self._wanted is not None:
            self._tested, self._wanted = self._wanted, None
            self._sound(now_ms)
        every_ms = pause_ms(seen)
        if every_ms is not None and (self._rung_ms is None or now_ms - self._rung_ms >= every_ms):
            self._sound(now_ms)

    def _sound(self, now_ms: int) -> None:
        self._rung_ms = now_ms
        if not self.why_not:
            self._ring()

    def test(self, number: int) -> None:
        """A test tone is wanted with the next picture."""
        self._wanted = number

    def tested(self) -> dict[str, Any] | None:
        """The answer to a test whose tone has gone out since the last time this was asked."""
        number, self._tested = self._tested, None
        if number is None:
            return None
        return {"test": number, "rang": not self.why_not, "why": self.why_not}

    def alive(self, now_ms: int) -> bool:
        """The view draws, so it would sound."""
        return self._drawn_ms is not None and now_ms - self._drawn_ms <= ALIVE_MS


def pause_ms(seen: Mapping[str, Any] | None) -> int | None:
    """Time between two tones; None = nothing is to be heard. What cannot be read sounds as silence does."""
    priority = loudest(seen)
    return None if priority is None else EVERY_MS[priority]
