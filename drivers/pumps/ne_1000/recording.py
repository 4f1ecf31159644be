"""Recorded NE-1000 bytes, of both directions and both modes, as readings. Pure; no frame carries a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from drivers.errors import BadFrame
from drivers.flagged import UNFINISHED
from drivers.pumps.ne_1000 import frames, readback
from drivers.pumps.ne_1000.frames import Reply
from drivers.recordings import Reading, Tally

NO_START = "no start"
LINE_LONGEST = 64
_REQUEST = re.compile(r"\d{0,2}([A-Z]{2,3}[A-Z0-9.]*)?")
_LINE = re.compile(rb"[0-9A-Za-z][0-9A-Za-z. ]*\r")
_VERSION = re.compile(r"(?P<model>[A-Z]+[0-9A-Z-]*?)V(?P<version>\d+\.\d+)")
_WORD = re.compile(r"\d{1,3}|\d*\.\d*|RAT|STP|INF|WDR|REV")
"""What answers SAF, PHN, DIA, FUN, DIR: without the question it does not say what it is."""


class Recording:
    """What the pump said, by reply; requests are counted and give no reading."""

    def __init__(self) -> None:
        self._accepted: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._body = bytearray()
        self._broken = ""
        """Why the bytes since the last frame are none; empty while nothing stands between."""

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the replies these bytes complete."""
        found = []
        for byte in data:
            self._body.append(byte)
            found += self._whole()
        return found

    def finish(self) -> list[Reading]:
        """A frame without its end is rejected; what stands inside it is not lost."""
        found = []
        while self._body:
            self._give_up(UNFINISHED)
            found += self._whole()
        self._count_broken()
        return found

    def tally(self) -> Tally:
        """`request`, `reply`, `alarm` and `refusal`; what was none by reason."""
        return Tally(dict(self._accepted), dict(self._rejected))

    def _whole(self) -> list[Reading]:
        found: list[Reading] = []
        while self._body:
            try:
                end = self._end()
                if end is None:
                    return found
                kind, readings = _read(bytes(self._body[:end]))
            except BadFrame as error:
                self._give_up(str(error))
                continue
            self._count_broken()
            self._accepted[kind] += 1
            found += readings
            del self._body[:end]
        return found

    def _end(self) -> int | None:
        """Where the frame ends that begins here; a line begins only behind a whole frame."""
        if self._body[:1] == frames.STX:
            return frames.end_of(self._body)
        end = self._body.find(frames.CR)
        plain = _LINE.fullmatch(bytes(self._body) + (b"" if end >= 0 else frames.CR))
        if self._broken or not plain or len(self._body) > LINE_LONGEST:
            raise BadFrame(NO_START)
        return end + 1 if end >= 0 else None

    def _give_up(self, why: str) -> None:
        """The first byte is no beginning."""
        self._broken = self._broken or why
        begin = self._body.find(frames.STX, 1)
        del self._body[: begin if begin > 0 else len(self._body)]

    def _count_broken(self) -> None:
        if self._broken:
            self._rejected[self._broken] += 1
            self._broken = ""


def _read(frame: bytes) -> tuple[str, list[Reading]]:
    """The kind of a frame and what it says; BadFrame if it is none."""
    if frame[:1] != frames.STX:
        _request(frame[:-1].decode("ascii"))
        return "request", []
    try:
        reply = frames.parse(frame)
        readings = _said(reply)
    except BadFrame as error:
        if str(error) != "payload" or frame[1] > frames.SAFE_LONGEST:
            raise
        _request(frame[2:-3].decode("latin-1"))
        return "request", []
    if reply.alarm:
        return "alarm", readings
    return "refusal" if reply.data.startswith("?") else "reply", readings


def _request(text: str) -> None:
    if not _REQUEST.fullmatch(text.replace(" ", "").upper()):
        raise BadFrame("payload")


def _reading(signal: str, value: Decimal | str | None, unit: str = "", reason: str = "") -> Reading:
    return Reading(None, signal, value, unit, not reason, reason)


def _said(reply: Reply) -> list[Reading]:
    if reply.alarm:
        return [_reading("alarm", str(readback.alarm_of(reply.alarm)))]
    return [_reading("motion", str(readback.MOTIONS[reply.status])), *_data(reply)]


def _data(reply: Reply) -> list[Reading]:
    data = reply.data
    if not data or data in readback.REFUSALS or _WORD.fullmatch(data):
        return []
    if version := _VERSION.fullmatch(data):
        return [_reading("model", version["model"]), _reading("firmware", version["version"])]
    if data.startswith("I") and data.endswith(("UL", "ML")):
        return [_reading("counter", _value(data, lambda said: frames.parse_dispensed(said).infused_ml), "mL")]
    if data.endswith(tuple(frames.RATE_UNITS)):
        running = readback.MOTIONS[reply.status] is not readback.MOTIONS[readback.RESET]
        return [_reading("rate" if running else "set_rate", _value(data, frames.parse_rate), "mL/h")]
    if data.endswith(("UL", "ML")):
        limit = _value(data, frames.parse_volume)
        return [_reading("set_limit", limit or None, "mL", "" if limit else "inactive: no limit")]
    raise BadFrame("payload")


def _value(data: str, parse: Callable[[str], Decimal]) -> Decimal:
    try:
        return parse(data)
    except BadFrame as error:
        raise BadFrame("payload") from error
