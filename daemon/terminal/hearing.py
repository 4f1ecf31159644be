"""Listens to the daemon in a thread of its own, so that its silence is noticed at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from daemon.clock import Clock
from daemon.control import client

SILENT_MS = 750
"""Four words a second are due; after three missing ones the view says so, within 1 s."""
SOUND_MS = 3_000
"""From here on the silence sounds: no slow moment of a machine, and well within 5 s (F9)."""
OLD_S = 2
"""A word that was said longer ago is not live, however late it was heard: the view had been standing."""
AGAIN_S = 0.25
DEFAULT_BEAT_MS = 1_000


@dataclass(frozen=True, slots=True)
class Heard:
    """The last word: the status and when it was heard."""

    status: dict[str, Any]
    wire_ms: int
    utc: datetime


class Sounder(Protocol):
    """What sounds: it answers a test only after the tone went out, and is alive while it would sound."""

    def test(self, number: int) -> None:
        """A test tone is wanted."""

    def tested(self) -> dict[str, Any] | None:
        """The answer to it, once."""

    def alive(self, now_ms: int) -> bool:
        """It would sound."""


class Hearing:
    """The newest status of one daemon; asks again for as long as the program lives."""

    def __init__(self, socket: Path, clock: Clock, bell: Sounder | None = None, name: str = "") -> None:
        self._socket = socket
        self._clock = clock
        self._bell = bell
        self._asked = {"sound": True, "name": name} if bell is not None else {}
        self._beat_ms = DEFAULT_BEAT_MS
        self._said_ms = clock.wire_ms()
        self._pause = threading.Event()
        self.began = clock.utc()
        self.began_ms = clock.wire_ms()
        self.last: Heard | None = None
        self.why = ""

    def start(self) -> None:
        """Listen from now on; the thread ends with the program."""
        threading.Thread(target=self._listen, daemon=True).start()

    def live(self) -> dict[str, Any] | None:
        """The status, if it was said just now; None = there is no word."""
        last = self.last
        if last is None or self.why or self._clock.wire_ms() - last.wire_ms > SILENT_MS:
            return None
        return last.status

    def audible(self) -> dict[str, Any] | None:
        """What the bell goes by: the last status until the silence is long enough to sound, then None."""
        last_ms = self.last.wire_ms if self.last is not None else self.began_ms
        if self._clock.wire_ms() - last_ms >= SOUND_MS:
            return None
        return self.last.status if self.last is not None else {"alarms": []}

    @property
    def since(self) -> datetime:
        """When the last word was heard, or when listening began."""
        return self.last.utc if self.last is not None else self.began

    @property
    def quiet_s(self) -> int:
        """For how long there has been no word."""
        since_ms = self.last.wire_ms if self.last is not None else self.began_ms
        return (self._clock.wire_ms() - since_ms) // 1000

    def _listen(self) -> None:
        while True:
            self.attend()
            self._pause.wait(AGAIN_S)

    def attend(self) -> None:
        """Hear one connection to its end; `why` then says how it ended."""
        try:
            for answer in client.stream(self._socket, "watch", self._asked, reply=self._reply):
                if "sound" in answer:
                    continue
                if not answer.get("ok") or not isinstance(answer.get("status"), dict):
                    self.why = f"the daemon answers: {answer.get('answer', 'no status')}"
                    return
                self._hear(answer["status"])
        except client.NoDaemon as error:
            self.why = str(error)
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:
            self.why = f"a broken word: {error}"
        else:
            self.why = "the daemon hung up"

    def _reply(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        """Answers tests and gives signs of life, as long as the view that would sound is drawn (F9)."""
        bell, now = self._bell, self._clock.wire_ms()
        if bell is None:
            return None
        match answer.get("sound"):
            case {"heartbeat_s": int() | Decimal() as heartbeat_s, "test": int(number)}:
                self._beat_ms = int(heartbeat_s * 1000)
                bell.test(number)
        said = bell.tested()
        if said is None and bell.alive(now) and now - self._said_ms >= self._beat_ms // 2:
            said = {"alive": True}
        self._said_ms = now if said is not None else self._said_ms
        return said

    def _hear(self, status: dict[str, Any]) -> None:
        utc = self._clock.utc()
        said = datetime.fromisoformat(str(status["utc"]))
        if abs((utc - said).total_seconds()) <= OLD_S:
            self.last = Heard(status, self._clock.wire_ms(), utc)
            self.why = ""
