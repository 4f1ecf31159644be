"""Records to write, files to spoil, and waiting for what a thread does."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from daemon.engine import events as ev
from daemon.journal.records import GENESIS, Record, make
from daemon.journal.store import Store
from daemon.journal.walk import Fault, verified

UTC_TEXT = "2026-01-01T00:00:00.000+00:00"
WAIT_S = 10.0


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, *, wire_ms: int = 1_000, boot: str = "boot-1", synchronised: bool = True) -> None:
        self.ms = wire_ms
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.boot = boot
        self.synchronised = synchronised

    def now_ms(self) -> int:
        return self.ms

    def wire_ms(self) -> int:
        return self.ms

    def utc(self) -> datetime:
        return self.at


def facts(count: int, start: int = 1) -> list[ev.Event]:
    """Events that differ; the same number gives the same event."""
    return [_fact(number) for number in range(start, start + count)]


def _fact(number: int) -> ev.Event:
    match number % 3:
        case 0:
            return ev.GateShut((f"réason {number}",))
        case 1:
            return ev.AlarmCleared(f"n {number}")
        case _:
            return ev.StopOrdered(f"n {number}")


def chained(events: Sequence[ev.Event], last: Record | None = None) -> list[Record]:
    """These events as the records that follow `last`."""
    records = []
    seq, before = (last.seq, last.hash) if last is not None else (0, GENESIS)
    for event in events:
        seq += 1
        record = make(
            seq, before, event, at_ms=seq * 10, wire_ms=seq * 10, utc=UTC_TEXT, boot="boot-1", sync=True
        )
        records.append(record)
        before = record.hash
    return records


def written(path: Path, records: Sequence[Record]) -> Path:
    """A closed journal with these records."""
    store = Store(path)
    store.open()
    store.append(records)
    store.close()
    return path


def on_disk(path: Path) -> tuple[list[Record], Fault | None]:
    """What another process finds."""
    store = Store(path, read_only=True)
    store.open()
    try:
        return verified(store.read())
    finally:
        store.close()


def numbers(path: Path) -> list[int]:
    """The numbers of the records on disk."""
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT seq FROM record ORDER BY seq").fetchall()
    db.close()
    return [seq for (seq,) in rows]


async def until(done: Callable[[], bool], why: str = "") -> None:
    """Give threads and callbacks their turn until it is so; AssertionError after 10 s."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_S
    while not done():
        assert loop.time() < deadline, why or "it never came to be so"
        await asyncio.sleep(0.002)
