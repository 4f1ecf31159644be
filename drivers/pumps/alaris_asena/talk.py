"""Questions on a line whose answers may take seconds: known by their word, STOP ahead of them all (F18)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import DeviceError, LinkLost, NoReply, Overtaken
from drivers.interfaces import Link
from drivers.pumps.alaris_asena import frames
from drivers.pumps.alaris_asena.frames import Fields

HOLD_S = 0.25
"""A question waits this long for the answer before it; then it goes out and both are awaited."""
LATE_S = 2.0
"""How long after its limit an answer may still come in; after that it is not owed any more."""
WAITING_MAX = 16


@dataclass(eq=False, slots=True)
class _Asked:
    command: Fields
    limit_s: float
    gives_more: bool
    future: asyncio.Future[Fields]
    timer: asyncio.TimerHandle | None = None


class Talk:
    """The pump answers in the order it was asked and at most once, each answer with the word of its question.

    An answer therefore proves that what was asked before it and is not answered yet never will be. A word
    nobody uses is a refusal of the oldest question.
    """

    def __init__(self, link: Link, on_answer: Callable[[Fields], None]) -> None:
        self._link = link
        self._on_answer = on_answer
        self._decoder = frames.Decoder()
        self._down: str | None = f"{link.name}: not open"
        self._waiting: deque[_Asked] = deque()
        self._owed: list[_Asked] = []
        self._last: _Asked | None = None
        """The question the next one waits for."""
        self._hold: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Open the link; LinkLost if it cannot be had."""
        self._decoder.reset()
        await self._link.open(self._on_bytes, self._lose)
        self._down = None
        self._link.write(frames.ESC)

    async def close(self) -> None:
        """Close the link; everything unanswered fails with LinkLost. Safe to call twice."""
        self._lose(LinkLost(f"{self._link.name}: closed"))
        await self._link.close()

    def ask(
        self, *command: str, limit_s: float, gives_more: bool = False, first: bool = False
    ) -> asyncio.Future[Fields]:
        """Send now or once the line is free, `first` before what waits; it fails with a DeviceError."""
        asked = self._new(command, limit_s, gives_more)
        if asked.future.done():
            return asked.future
        if len(self._waiting) >= WAITING_MAX:
            said = f"{self._link.name}: {command[0]}: {WAITING_MAX} already wait"
            asked.future.set_exception(DeviceError(said))
        elif first:
            self._waiting.appendleft(asked)
        else:
            self._waiting.append(asked)
        self._advance()
        return asked.future

    def stop(self, *, limit_s: float, again: asyncio.Future[Fields] | None = None) -> asyncio.Future[Fields]:
        """STOP in this very call, whatever is owed; what waits and would give more is thrown away.

        `again`: the same STOP once more; an answer to either is one.
        """
        asked = self._new((frames.STOP,), limit_s, gives_more=False)
        if again is not None and self._down is None:
            asked.future = again
        if asked.future.done():
            return asked.future
        for late in [one for one in self._waiting if one.gives_more]:
            self._waiting.remove(late)
            said = f"{self._link.name}: {late.command[0]} was not sent: {frames.STOP} goes first"
            _fail(late, Overtaken(said))
        self._send(asked)
        return asked.future

    def _new(self, command: Fields, limit_s: float, gives_more: bool) -> _Asked:
        future: asyncio.Future[Fields] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieve)
        if self._down is not None:
            future.set_exception(LinkLost(self._down))
        return _Asked(command, limit_s, gives_more, future)

    def _advance(self) -> None:
        while self._waiting and self._last is None and self._down is None:
            asked = self._waiting.popleft()
            if not asked.future.done():
                self._send(asked)

    def _send(self, asked: _Asked) -> None:
        """With something owed the pump may hold half of a frame: it is told to forget it."""
        frame = frames.encode(*asked.command)
        try:
            self._link.write(frames.ESC + frame if self._owed else frame)
        except LinkLost as error:
            self._lose(error)
            _fail(asked, error)
            return
        loop = asyncio.get_running_loop()
        self._owed.append(asked)
        asked.timer = loop.call_later(asked.limit_s, self._expire, asked)
        if self._hold is not None:
            self._hold.cancel()
        self._last = asked
        self._hold = loop.call_later(HOLD_S, self._free)

    def _free(self) -> None:
        self._last = None
        if self._hold is not None:
            self._hold.cancel()
            self._hold = None
        self._advance()

    def _on_bytes(self, data: bytes) -> None:
        for fields in self._decoder.feed(data):
            self._on_reply(fields)

    def _on_reply(self, fields: Fields) -> None:
        word = fields[0]
        asked = next((one for one in self._owed if one.command[0] == word), None)
        if asked is None and word not in frames.WORDS and self._owed:
            asked = self._owed[0]
        if asked is None:
            return
        self._on_answer(fields)
        place = self._owed.index(asked)
        skipped, self._owed = self._owed[:place], self._owed[place + 1 :]
        for one in skipped:
            if one.command[0] != frames.STOP:  # it is sent again to the end of its time
                _fail(one, NoReply(f"{self._link.name}: no reply to {one.command[0]}"))
        _answer(asked, fields)
        if word == frames.STOP:
            self._stops_answered(fields)
        if self._last is not None and self._last not in self._owed:
            self._free()

    def _stops_answered(self, fields: Fields) -> None:
        """STOPs sent again are answered with the first, unless a START went out in between."""
        for one in self._owed:
            if one.command[0] == frames.START:
                return
            if one.command[0] == frames.STOP and not one.future.done():
                one.future.set_result(fields)

    def _expire(self, asked: _Asked) -> None:
        said = f"no reply to {asked.command[0]} within {asked.limit_s:g} s"
        if not asked.future.done():
            asked.future.set_exception(NoReply(f"{self._link.name}: {said}"))
        asked.timer = asyncio.get_running_loop().call_later(LATE_S, self._write_off, asked)

    def _write_off(self, asked: _Asked) -> None:
        if asked in self._owed:
            self._owed.remove(asked)

    def _lose(self, error: DeviceError) -> None:
        """The link is gone; what was not sent is void (F28)."""
        self._down = str(error)
        entries = [*self._owed, *self._waiting]
        self._owed.clear()
        self._waiting.clear()
        self._last = None
        if self._hold is not None:
            self._hold.cancel()
            self._hold = None
        for asked in entries:
            _fail(asked, LinkLost(self._down))


def _answer(asked: _Asked, fields: Fields) -> None:
    if asked.timer is not None:
        asked.timer.cancel()
    if not asked.future.done():
        asked.future.set_result(fields)


def _fail(asked: _Asked, error: DeviceError) -> None:
    if asked.timer is not None:
        asked.timer.cancel()
    if not asked.future.done():
        asked.future.set_exception(error)


def _retrieve(future: asyncio.Future[Fields]) -> None:
    """An answer nobody waits for any more is no fault of the event loop."""
    if not future.cancelled():
        future.exception()
