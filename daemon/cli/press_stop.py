"""A STOP pressed at the bed says `sent` within 1 s, and `stopped` or what the hands do within 3 s (F10)."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon import exact_json
from daemon.clock import Clock, SystemClock
from daemon.control import client
from daemon.control.client import NoDaemon
from daemon.terminal.figures import clock_of, time_of_day
from drivers.values import Motion

SENT_MS = 1_000
STOPPED_MS = 3_000
LOOK_S = 0.1

HANDED_ON = "STOP handed to infusiond, which has not answered yet"
STOPPED = "stopped: the pump was read back standing"
BY_HAND = "NOT CONFIRMED STOPPED since {since}: press STOP on the pump, clamp the line at the patient"

Tell = Callable[[str], None]


class Pressed:
    """One press of STOP; `tell` hears each sentence as soon as it is known."""

    def __init__(self, path: Path, tell: Tell, clock: Clock | None = None) -> None:
        self._path = path
        self._tell = tell
        self._clock = clock or SystemClock()
        self._begun_ms = self._clock.wire_ms()
        self._begun = self._clock.utc()
        self._pause = threading.Event()

    def send(self, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        """The daemon's answer to the act; NoDaemon, with the words for the hands, when 3 s bring none."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._left_s(SENT_MS))
                connection.connect(str(self._path))
                connection.sendall(json.dumps({"verb": verb, "args": args}).encode() + b"\n")
                answer = exact_json.loads(self._line(connection))
        except (OSError, ValueError) as error:
            raise NoDaemon(self._unanswered(str(error))) from error
        if not isinstance(answer, dict):
            raise NoDaemon(self._unanswered("a broken word"))
        self._tell(str(answer.get("answer", "")))
        return answer

    def confirmed(self) -> bool | None:
        """True once the pump is read back standing, False if 3 s did not show it; None = no STOP stands."""
        while True:
            seen = self._status()
            if seen is not None and _unconfirmed_s(seen) is None:
                if any(pump["motion"] != Motion.STOPPED for pump in seen["pumps"]):
                    return None
                self._tell(STOPPED)
                return True
            if self._left_s(STOPPED_MS) <= LOOK_S:
                since = time_of_day(self._begun)
                if seen is not None:
                    since = clock_of(seen["utc"], _unconfirmed_s(seen) or 0)
                self._tell(BY_HAND.format(since=since))
                return False
            self._pause.wait(LOOK_S)

    def _line(self, connection: socket.socket) -> bytes:
        """One line; after 1 s without a word it is said that the STOP is on its way."""
        word = b""
        connection.settimeout(self._left_s(SENT_MS))
        while not word.endswith(b"\n"):
            try:
                part = connection.recv(65_536)
            except TimeoutError:
                if self._left_s(STOPPED_MS) <= LOOK_S:
                    raise
                self._tell(HANDED_ON)
                connection.settimeout(self._left_s(STOPPED_MS))
                continue
            if not part:
                raise ConnectionError("it hung up")
            word += part
        return word

    def _status(self) -> dict[str, Any] | None:
        try:
            answer = client.ask(self._path, "status", limit_s=self._left_s(STOPPED_MS))
        except NoDaemon:
            return None
        return dict(answer["status"])

    def _unanswered(self, why: str) -> str:
        by_hand = BY_HAND.format(since=time_of_day(self._begun))
        return f"no infusiond answers on {self._path} ({why}). If drug is running: {by_hand}"

    def _left_s(self, until_ms: int) -> float:
        """Seconds left until so long after the press; never 0, which would mean no waiting at all."""
        gone_ms = self._clock.wire_ms() - self._begun_ms
        return max(until_ms - gone_ms, 10) / 1000


def _unconfirmed_s(seen: dict[str, Any]) -> int | None:
    """How long a STOP has stood unconfirmed, at whichever pump; None = at none."""
    waiting = [int(pump["stop_since_s"]) for pump in seen["pumps"] if pump["stop_since_s"] is not None]
    return max(waiting, default=None)
