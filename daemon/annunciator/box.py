"""The annunciator: it sounds what the daemon says, and by itself when the daemon says nothing (F9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daemon.annunciator.burst import BURSTS
from daemon.annunciator.speaker import Speaker
from daemon.control.audible import loudest
from daemon.engine.alarms import Priority

ALIVE_MS = 6_000
"""The longest burst and its slack, and a moment more: a turn that takes longer hangs."""
LOOK_MS = 10_000
"""After so long without a sound it looks whether it still has one."""
AGAIN_MS = 1_000
"""What did not sound is tried again after so long, not after the pause of a burst that did."""


class Box:
    """One turn after the other in one thread; `tested` and `alive` are asked by the thread that listens."""

    def __init__(self, speaker: Speaker, tell: Callable[[str], None]) -> None:
        self._speaker = speaker
        self._tell = tell
        self._wanted: int | None = None
        self._answer: dict[str, Any] | None = None
        self._turned_ms: int | None = None
        self._sounded_ms: int | None = None
        self._sounded: Priority | None = None
        self._tried_ms: int | None = None
        self._said = ""

    def turn(self, seen: Mapping[str, Any] | None, now_ms: int) -> None:
        """Sound what is due; `seen` None = no word from the daemon. A higher alarm waits for no pause."""
        self._turned_ms = now_ms
        test, self._wanted = self._wanted, None
        priority = loudest(seen)
        if test is None and not self._due(priority, now_ms):
            self._look(now_ms)
            return
        sounds = priority or Priority.HIGH
        why = self._speaker.sound(sounds)
        self._sounded, self._sounded_ms, self._tried_ms = priority, now_ms, now_ms
        if why:
            self._sounded_ms -= BURSTS[sounds].every_ms - AGAIN_MS
        if test is not None:
            self._answer = {"test": test, "rang": not why, "why": why}
        self._complain(why)

    def _due(self, priority: Priority | None, now_ms: int) -> bool:
        if priority is None:
            self._sounded = None
            return False
        if self._sounded is None or self._sounded_ms is None:
            return True
        rank = list(Priority).index
        pause_over = now_ms - self._sounded_ms >= BURSTS[priority].every_ms
        return pause_over or rank(priority) < rank(self._sounded)

    def _look(self, now_ms: int) -> None:
        """A device that was taken away in a quiet hour is told before it is needed."""
        self._tried_ms = now_ms if self._tried_ms is None else self._tried_ms
        if now_ms - self._tried_ms >= LOOK_MS:
            self._tried_ms = now_ms
            self._complain(self._speaker.look())

    def _complain(self, why: str) -> None:
        """On standard error once for each reason; the bed hears of it by the next test."""
        if why and why != self._said:
            self._tell(f"NO SOUND: {why}")
        self._said = why

    def test(self, number: int) -> None:
        """A test tone is wanted with the next turn."""
        self._wanted = number

    def tested(self) -> dict[str, Any] | None:
        """The answer to a test whose tone has gone out since this was last asked."""
        answer, self._answer = self._answer, None
        return answer

    def alive(self, now_ms: int) -> bool:
        """It turns and has a sound, so it would sound."""
        return self._turned_ms is not None and now_ms - self._turned_ms <= ALIVE_MS and not self._said
