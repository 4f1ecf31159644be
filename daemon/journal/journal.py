"""The living record: events in, durable in order; less drug never waits for it, more drug always does."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC

from daemon.clock import Clock
from daemon.engine.events import Event, FileBegun, FileEnded, RunOpened
from daemon.journal.beginning import prepared
from daemon.journal.records import GENESIS, Record, make
from daemon.journal.series import base_of, part_at
from daemon.journal.store import Store
from daemon.journal.walk import Place

SLOW_MS = 2_000
"""A disk that has not taken a record for so long is as good as broken."""
RETRY_S = 1.0
"""A disk that refused is asked again this often."""
KEPT_MAX = 200_000
"""Records kept in memory for a broken disk: more than a day of one bed."""


class JournalFull(RuntimeError):
    """The disk has refused for so long that memory would run out."""


class Journal:
    """Numbers, chains and queues records; one thread writes them (`threaded=False`: at once, in line)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        last: Record | None,
        *,
        run: int | None = None,
        threaded: bool = True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._seq = last.seq if last is not None else 0
        self._hash = last.hash if last is not None else GENESIS
        self._durable = self._seq
        self._run = run
        self._queue: deque[Record] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._broken = False
        self._threaded = threaded
        self._thread: threading.Thread | None = None
        self._oldest_ms: int | None = None
        """Wire time since which the disk has owed an answer."""
        self._synchronised = clock.synchronised
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self.on_broken: Callable[[str], None] = lambda _reason: None
        self.on_mended: Callable[[], None] = lambda: None

    @property
    def seq(self) -> int:
        """Number of the newest record, durable or not."""
        return self._seq

    @property
    def run(self) -> int | None:
        """The number of the newest run: that of the record which opened it; None before the first."""
        return self._run

    @property
    def durable_seq(self) -> int:
        """Number of the newest record on disk."""
        return self._durable

    def start(self) -> None:
        """Begin writing; call inside the event loop."""
        self._loop = asyncio.get_running_loop()
        if self._threaded:
            self._thread = threading.Thread(target=self._write_forever, name="journal", daemon=True)
            self._thread.start()

    def append(self, events: Sequence[Event], at_ms: int) -> int:
        """Queue events as records and return the number of the last; never waits for the disk.

        JournalFull takes none of them and leaves the chain as it was.
        """
        wire_ms = self._clock.wire_ms()
        records = self._made(events, Place(self._seq, self._hash), at_ms)
        with self._wake:
            if len(self._queue) + len(records) > KEPT_MAX:
                raise JournalFull(f"{KEPT_MAX} records wait for a disk that does not take them")
            self._queue.extend(records)
            if records:
                self._seq, self._hash = records[-1].seq, records[-1].hash
            for record, event in zip(records, events, strict=True):
                if isinstance(event, RunOpened):
                    self._run = record.seq
            if self._oldest_ms is None:
                self._oldest_ms = wire_ms
            self._wake.notify()
        if not self._threaded:
            self._write_inline()
        return self._seq

    def _made(self, events: Sequence[Event], after: Place, at_ms: int) -> list[Record]:
        """These events as the records that follow a place."""
        wire_ms = self._clock.wire_ms()
        utc = self._clock.utc().astimezone(UTC).isoformat(timespec="milliseconds")
        records: list[Record] = []
        seq, before = after.seq, after.hash
        for event in events:
            record = make(
                seq + 1,
                before,
                event,
                at_ms=at_ms,
                wire_ms=wire_ms,
                utc=utc,
                boot=self._clock.boot,
                sync=self._synchronised,
            )
            seq, before = record.seq, record.hash
            records.append(record)
        return records

    def begin_file(self, begun: Callable[[str], FileBegun], at_ms: int) -> None:
        """Go on in a new file, before anything else is recorded; `begun` is given the hash it follows.

        sqlite3.Error or OSError: the record goes on in the old file, which is whole. Killed at any step, the
        next start finds the old file, or the old one and all of the new one (`beginning.finish`).
        """
        base = base_of(self._store.path)
        (ended,) = self._made([FileEnded()], Place(self._seq, self._hash), at_ms)
        (first,) = self._made([begun(ended.hash)], Place(ended.seq, ended.hash), at_ms)
        fresh = prepared(base, first)
        self._store.append([ended])
        self._stand_at(ended)
        self._store.turn(fresh, part_at(base, first.seq).path)
        self._stand_at(first)

    def _stand_at(self, last: Record) -> None:
        self._seq, self._hash, self._durable = last.seq, last.hash, last.seq

    def check(self, now_ms: int) -> None:
        """Called by the supervising loop: a disk that hangs is as good as broken, and the clock is asked."""
        self._synchronised = self._clock.synchronised
        if self._oldest_ms is not None and now_ms - self._oldest_ms > SLOW_MS:
            self._report_broken(f"the disk has not answered for {(now_ms - self._oldest_ms) // 1000} s")

    async def durable(self, seq: int) -> None:
        """Return once every record up to `seq` is on disk."""
        if self._durable >= seq:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiters.append((seq, future))
        await future

    async def close(self) -> None:
        """Write what is left if the disk takes it, then close the file."""
        if self._thread is not None:
            with self._wake:
                self._closing = True
                self._wake.notify()
            await asyncio.to_thread(self._thread.join, 5.0)
            self._thread = None
        self._store.close()

    def _write_inline(self) -> None:
        batch = tuple(self._queue)
        try:
            self._store.append(batch)
        except Exception as error:  # noqa: BLE001 - a writer that dies in silence is worse than any error
            self._report_broken(str(error))
            return
        self._queue.clear()
        self._report_written(batch[-1].seq)

    def _write_forever(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                batch = tuple(self._queue)
                closing = self._closing
            if not batch:
                return
            try:
                self._store.append(batch)
            except Exception as error:  # noqa: BLE001 - a writer that dies in silence is worse than any error
                self._tell(self._report_broken, str(error))
                if closing:
                    return
                with self._wake:
                    self._wake.wait(RETRY_S)
                continue
            with self._wake:
                for _ in batch:
                    self._queue.popleft()
            self._tell(self._report_written, batch[-1].seq)

    def _tell(self, report: Callable[..., None], value: object) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(report, value)

    def _report_broken(self, reason: str) -> None:
        if not self._broken:
            self._broken = True
            self.on_broken(reason)

    def _report_written(self, seq: int) -> None:
        self._durable = max(self._durable, seq)
        self._oldest_ms = None if self._durable == self._seq else self._clock.wire_ms()
        waiting = [(wanted, future) for wanted, future in self._waiters if wanted > self._durable]
        for wanted, future in self._waiters:
            if wanted <= self._durable and not future.done():
                future.set_result(None)
        self._waiters = waiting
        if self._broken:
            self._broken = False
            self.on_mended()
