"""The HL7 feed of one bed: alerts, what was missed, infusion events, numerics; each until it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from daemon.clock import Clock
from daemon.feeds import silence
from daemon.feeds.following import Following, Heard
from daemon.feeds.hl7 import book as books
from daemon.feeds.hl7.alert_message import alert_message
from daemon.feeds.hl7.alerts import Alert, Alerts, seen
from daemon.feeds.hl7.heading import Bed
from daemon.feeds.hl7.history import History
from daemon.feeds.hl7.infusion_message import infusion_message
from daemon.feeds.hl7.infusions import Infusion, Infusions, patient_of
from daemon.feeds.hl7.numerics_message import changed, numerics_message
from daemon.feeds.hl7.sending import ACCEPTED, Sender, Unsent
from daemon.feeds.mirror import Mirror

NAME = "hl7"
NUMERICS_MS = 60_000
LOOK_S = 0.25
"""The journal is looked at this often, and at every word of the daemon."""
SAY_S = 1.0
AGAIN_S = 1.0
RECORDS_MAX = 500
REFUSED_MS = 30_000
"""For so long after a refusal the feed says that it is not well."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Message:
    """Something due; the same bytes go out again, under the same control id, until they are answered."""

    control_id: str
    data: bytes
    about: Alert | Infusion | None
    seq: int = 0


class Hl7Feed:
    """One bed, one receiver. Reaches neither the daemon's loop nor a device."""

    def __init__(
        self, bed: Bed, sender: Sender, socket: Path, journal: Path, file: Path, clock: Clock
    ) -> None:
        self._bed = bed
        self._sender = sender
        self._clock = clock
        self._file = file
        self._mirror = Mirror(journal)
        self._book = books.load(file)
        self._alerts = Alerts(self._book.told)
        self._book.told = self._alerts.told
        self._history = History(self._book)
        self._infusions = Infusions()
        self._missed: deque[tuple[Alert, int]] = deque()
        self._queue: deque[tuple[Infusion, int]] = deque()
        self._later: _Message | None = None
        self._needed_seq = 0
        self._patient = ""
        self._pump = ""
        self._following = Following(socket, self._on_heard, self._on_lost)
        self._last: Mapping[str, Any] | None = None
        self._silent: tuple[int, str] | None = None
        self._told_numerics: Mapping[str, Any] | None = None
        self._numerics_ms = 0
        self._pending: _Message | None = None
        self._wake = asyncio.Event()
        self._prefix = uuid.uuid4().hex[:8].upper()
        self._number = 0
        self._unsent = ""
        self._refused = ""
        self._refused_ms = 0
        self._unread = ""

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._following.run())
                group.create_task(self._say())
                group.create_task(self._send_forever())
        finally:
            self._mirror.close()
            await self._sender.close()

    def why(self) -> str:
        """Why this feed is not well; empty = what it sends is answered."""
        refused = self._refused if self._clock.wire_ms() - self._refused_ms < REFUSED_MS else ""
        return self._unsent or refused or self._unread

    def _on_heard(self, heard: Heard) -> None:
        if not self._matched():
            self._needed_seq = int(heard.status["seq"])
        self._last, self._silent = heard.status, None
        self._wake.set()

    def _matched(self) -> bool:
        """The daemon said with its last word that its patient is matched."""
        last = self._last if self._silent is None else None
        return last is not None and last["checks"]["patient"] is not None

    def _who(self) -> str:
        """The patient of the run the daemon speaks of: the record of his match has been read ((A) H5)."""
        said = self._last is not None and self._last["checks"]["patient"] is not None
        return self._patient if said and self._mirror.seq >= self._needed_seq else ""

    def _on_lost(self, why: str) -> None:
        self._silent = (self._clock.wire_ms(), why)
        self._wake.set()

    async def _say(self) -> None:
        while True:
            why = self.why()
            self._following.say({"feed": NAME, "ok": not why, "why": why})
            await asyncio.sleep(SAY_S)

    async def _send_forever(self) -> None:
        while True:
            self._read_journal()
            self._pending = self._pending or self._next()
            if self._pending is None:
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
                continue
            await self._send(self._pending)

    async def _send(self, one: _Message) -> None:
        try:
            answer = await self._sender.send(one.data, one.control_id)
        except Unsent as error:
            if not self._unsent:
                log.warning("hl7.unsent", why=str(error))
            self._unsent = str(error)
            if not isinstance(one.about, Alert):
                self._later, self._pending = one, None
            await asyncio.sleep(AGAIN_S)
            return
        if self._unsent:
            log.info("hl7.answered_again")
        self._unsent, self._pending = "", None
        if answer.code not in ACCEPTED:
            self._refused = f"the receiver answers {answer.code}: {answer.text or 'without a reason'}"
            self._refused_ms = self._clock.wire_ms()
            log.warning("hl7.refused", code=answer.code, message=one.control_id)
        self._done(one)

    def _done(self, one: _Message) -> None:
        match one.about:
            case None:
                return
            case Alert() if not one.seq:
                self._alerts.done(one.about)
                if one.about.phase == "end" and one.about.alarm != silence.ID:
                    self._book.ended.add(one.about.key)
            case _:
                self._settle(one.seq)
        self._save()

    def _settle(self, seq: int) -> None:
        """All records up to this one are told, but for what still waits."""
        waiting = [queued for lane in (self._missed, self._queue) for _, queued in list(lane)[:1]]
        unsettled = self._history.first_waiting()
        first = min((*waiting, *([unsettled] if unsettled is not None else [])), default=seq + 1)
        settled = min(seq, first - 1)
        if settled > self._book.seq:
            self._book.seq, self._book.digest = settled, self._mirror.digest(settled)

    def _save(self) -> None:
        try:
            books.save(self._book, self._file)
        except OSError as error:
            log.warning("hl7.book_not_saved", why=str(error))

    def _read_journal(self) -> None:
        """The journal is the queue: it is read on only when all that was read is told."""
        if self._queue or self._missed or self._later or self._pending is not None:
            return
        seq = self._book.seq
        try:
            if self._mirror.opened_anew():
                self._begin_anew()
                seq = self._book.seq
            for one in self._mirror.new(RECORDS_MAX):
                seq = one.record.seq
                self._patient, self._pump = patient_of(one.after), one.after.pump_name
                self._history.passed(one)
                told = seq <= self._book.seq
                self._queue += [(event, seq) for event in self._infusions.passed(one) if not told]
            self._unread = ""
        except (sqlite3.Error, OSError, ValueError) as error:
            if not self._unread:
                log.warning("hl7.journal_unread", why=str(error))
            self._unread = f"the journal cannot be read: {error}"
            return
        status = self._status()
        self._missed += self._history.missed(seen(status) if status is not None else {})
        self._settle(seq)

    def _begin_anew(self) -> None:
        """It is read on from where it was being told; one that was never told, from its first file."""
        if self._book.digest != self._mirror.digest(self._book.seq):
            log.warning("hl7.another_journal", told=self._book.seq)
            self._book.seq, self._book.digest = 0, ""
        self._mirror.pass_over(self._book.seq)
        self._patient = self._pump = ""
        self._history.anew()
        self._infusions = Infusions()

    def _next(self) -> _Message | None:
        status, known = self._status(), self._last is not None
        if status is not None:
            now, patient = self._clock.utc(), self._who()
            alert = self._alerts.due(status, now, patient, self._pump, known=known)
            if alert is not None:
                return self._message(alert, 0)
        if self._later is not None:
            later, self._later = self._later, None
            return later
        if self._missed:
            return self._message(*self._missed.popleft())
        if self._queue:
            event, seq = self._queue.popleft()
            return self._new(lambda number: infusion_message(self._bed, event, number), event, seq)
        if self._last is not None and self._silent is None and self._numerics_due(self._last):
            return self._numerics(self._last)
        return None

    def _message(self, alert: Alert, seq: int) -> _Message:
        simulated = self._last is None or bool(self._last["simulated"])

        def make(number: str) -> bytes:
            return alert_message(self._bed, alert, number, alert.patient, alert.pump, simulated=simulated)

        return self._new(make, alert, seq)

    def _new(self, make: Callable[[str], bytes], about: Alert | Infusion | None, seq: int = 0) -> _Message:
        self._number += 1
        control_id = f"{self._prefix}-{self._number:06d}"
        return _Message(control_id, make(control_id), about, seq)

    def _status(self) -> Mapping[str, Any] | None:
        if self._silent is None:
            return self._last
        since_ms, why = self._silent
        return silence.silent(self._last, since_ms, self._clock.wire_ms(), why)

    def _numerics_due(self, status: Mapping[str, Any]) -> bool:
        late = self._clock.wire_ms() - self._numerics_ms >= NUMERICS_MS
        return late or changed(self._told_numerics, status)

    def _numerics(self, status: Mapping[str, Any]) -> _Message:
        self._told_numerics, self._numerics_ms = status, self._clock.wire_ms()
        at, patient = self._clock.utc(), self._who()
        return self._new(lambda number: numerics_message(self._bed, status, number, patient, at), None)
