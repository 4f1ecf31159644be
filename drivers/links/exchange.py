"""One request in flight on a half-duplex link, with a lane for STOP in front of everything that waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from drivers.errors import DeviceError, LinkLost, NoReply, Overtaken
from drivers.interfaces import Link

WAITING_MAX = 8
LATE_S = 2.0
"""How long after its limit a reply may still come in; after that it is not owed any more."""

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)


class Decoder(Protocol[F_co]):
    """Bytes in, whole frames out; never raises, in bounded memory."""

    def feed(self, data: bytes) -> Sequence[F_co]:
        """The frames these bytes complete."""

    def reset(self) -> None:
        """Forget a half-received frame."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it goes to the wire; `key` is what its reply is known by, `label` what we call it.

    `repeatable`: the reply to an earlier question of the same label serves as well (asking twice to stop).
    """

    frame: bytes
    key: int
    label: str
    repeatable: bool = False


@dataclass(eq=False, slots=True)
class _Entry(Generic[F]):
    question: Question
    reply_limit_s: float
    urgent: bool
    future: asyncio.Future[F]
    cleared_for: _Entry[F] | None = None
    """The waiting request this one is a probe for."""


@dataclass(eq=False, slots=True)
class _Debt:
    question: Question
    expiry: asyncio.TimerHandle | None = None


class Exchange(Generic[F]):
    """Asks one question at a time and gives each reply to the question it answers.

    `answers(key, frame)` says whether a frame can be the reply to a question. The device replies in the
    order it was asked and at most once, so a reply still owed to a question that timed out comes before the
    reply to any later one. A question that could be given such a late reply is asked only after a probe of
    another key has been answered. An urgent question is never held up: it goes out, but the late reply is
    not taken for its own.
    """

    def __init__(
        self,
        link: Link,
        decoder: Decoder[F],
        answers: Callable[[int, F], bool],
        probes: Sequence[Question] = (),
    ) -> None:
        self._link = link
        self._decoder = decoder
        self._answers = answers
        self._probes = tuple(probes)
        self._down: str | None = f"{link.name}: not open"
        self._flight: _Entry[F] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._urgent: deque[_Entry[F]] = deque()
        self._waiting: deque[_Entry[F]] = deque()
        self._debts: list[_Debt] = []

    async def open(self) -> None:
        """Open the link; LinkLost if it cannot be had."""
        self._decoder.reset()
        await self._link.open(self._on_bytes, self._lose)
        self._down = None

    async def close(self) -> None:
        """Close the link; everything unanswered fails with LinkLost. Safe to call twice."""
        self._lose(LinkLost(f"{self._link.name}: closed"))
        await self._link.close()

    def submit(self, question: Question, *, reply_limit_s: float, urgent: bool = False) -> asyncio.Future[F]:
        """Send in this very call if the link is idle, else after the outstanding reply or its limit.

        An urgent question throws away all that wait (Overtaken). The future fails with a DeviceError.
        """
        future: asyncio.Future[F] = asyncio.get_running_loop().create_future()
        if self._down is not None:
            _fail(future, LinkLost(self._down))
            return future
        if urgent:
            self._overtake(question.label)
        lane = self._urgent if urgent else self._waiting
        if len(lane) >= WAITING_MAX:
            full = f"{self._link.name}: {question.label}: {WAITING_MAX} already wait"
            _fail(future, DeviceError(full))
            return future
        lane.append(_Entry(question, reply_limit_s, urgent, future))
        self._advance()
        return future

    async def request(self, question: Question, *, reply_limit_s: float, urgent: bool = False) -> F:
        """`submit` and wait. A cancelled caller takes back what was not sent, but no urgent question."""
        return await self.submit(question, reply_limit_s=reply_limit_s, urgent=urgent)

    def _advance(self) -> None:
        while self._flight is None and self._down is None:
            if self._urgent:
                self._send(self._urgent.popleft())
            elif not self._waiting:
                return
            elif self._waiting[0].future.done():
                self._waiting.popleft()
            else:
                self._send(self._probe_for(self._waiting[0]) or self._waiting.popleft())

    def _send(self, entry: _Entry[F]) -> None:
        if not self._debts:
            self._decoder.reset()
        try:
            self._link.write(entry.question.frame)
        except LinkLost as error:
            _fail(entry.future, error)
            self._lose(error)
            return
        self._flight = entry
        self._timer = asyncio.get_running_loop().call_later(entry.reply_limit_s, self._expire, entry)

    def _probe_for(self, entry: _Entry[F]) -> _Entry[F] | None:
        owed = {debt.question.key for debt in self._debts}
        if entry.question.key not in owed or entry.question.repeatable:
            return None
        for probe in self._probes:
            if probe.key not in owed:
                future: asyncio.Future[F] = asyncio.get_running_loop().create_future()
                return _Entry(probe, entry.reply_limit_s, urgent=False, future=future, cleared_for=entry)
        return None

    def _on_bytes(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            self._on_frame(frame)

    def _on_frame(self, frame: F) -> None:
        flight = self._flight
        own = flight is not None and self._answers(flight.question.key, frame)
        owed = [debt for debt in self._debts if self._answers(debt.question.key, frame)]
        if owed:
            self._forgive(owed[0])
        if flight is None or not own:
            return
        if not owed:
            self._forgive(None)
        elif _alike(flight.question, owed):
            self._owe(flight.question)
        else:
            return
        self._land()
        if not flight.future.done():
            flight.future.set_result(frame)
        self._advance()

    def _expire(self, entry: _Entry[F]) -> None:
        self._owe(entry.question)
        self._land()
        asked = entry.cleared_for
        if asked is not None and self._waiting and self._waiting[0] is asked:
            self._waiting.popleft()
        what = f"no reply to {entry.question.label} within {entry.reply_limit_s:g} s"
        if asked is not None:
            what = f"{asked.question.label} was not sent: {what}"
        _fail((asked or entry).future, NoReply(f"{self._link.name}: {what}"))
        self._advance()

    def _land(self) -> None:
        self._flight = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _owe(self, question: Question) -> None:
        debt = _Debt(question)
        debt.expiry = asyncio.get_running_loop().call_later(LATE_S, self._write_off, debt)
        self._debts.append(debt)

    def _write_off(self, debt: _Debt) -> None:
        if debt in self._debts:
            self._debts.remove(debt)

    def _forgive(self, last: _Debt | None) -> None:
        """Replies come in order: nothing is owed from before the one that came in."""
        cut = len(self._debts) if last is None else self._debts.index(last) + 1
        for debt in self._debts[:cut]:
            if debt.expiry is not None:
                debt.expiry.cancel()
        del self._debts[:cut]

    def _overtake(self, label: str) -> None:
        while self._waiting:
            entry = self._waiting.popleft()
            what = f"{entry.question.label} was not sent: {label} goes first"
            _fail(entry.future, Overtaken(f"{self._link.name}: {what}"))

    def _lose(self, error: DeviceError) -> None:
        """The link is gone; what was not sent is void (F28)."""
        self._down = str(error)
        entries = [*self._urgent, *self._waiting]
        if self._flight is not None:
            entries.append(self._flight)
        self._urgent.clear()
        self._waiting.clear()
        self._land()
        self._forgive(None)
        for entry in entries:
            _fail(entry.future, LinkLost(self._down))


def _alike(question: Question, owed: list[_Debt]) -> bool:
    return question.repeatable and all(debt.question.label == question.label for debt in owed)


def _fail(future: asyncio.Future[F], error: DeviceError) -> None:
    """An error nobody waits for any more is no fault of the event loop: it is looked at here."""
    if not future.done():
        future.set_exception(error)
        future.exception()
