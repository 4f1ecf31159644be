"""P4: a disk that takes no records: told once, kept in order, told once when it is back, nothing lost."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from daemon.journal import journal as module
from daemon.journal.journal import Journal
from daemon.journal.records import Record
from daemon.journal.store import Store
from tests.journal.files import Clock, facts, numbers, on_disk, until

AGAIN_S = 0.01


class Failing(Store):
    """Raises what it is told to as long as it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.error: Exception | None = None
        self.tries = 0

    def append(self, records: Sequence[Record]) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error
        super().append(records)


class Witness:
    """A started journal and what it told."""

    def __init__(self, store: Store, *, threaded: bool = True) -> None:
        self.store = store
        self.journal = Journal(store, Clock(), None, threaded=threaded)
        self.told: list[str] = []
        self.reasons: list[str] = []
        self.journal.on_broken = self._broken
        self.journal.on_mended = self._mended
        self.journal.start()
        self.count = 0

    def _broken(self, reason: str) -> None:
        self.told.append("broken")
        self.reasons.append(reason)
        self.append(1)

    def _mended(self) -> None:
        self.told.append("mended")
        self.append(1)

    def append(self, count: int) -> int:
        """As the supervisor does, also from inside what the journal tells."""
        start, self.count = self.count + 1, self.count + count
        return self.journal.append(facts(count, start), at_ms=start)

    async def close_whole(self) -> list[Record]:
        """Everything appended is on disk, in order."""
        await self.journal.durable(self.journal.seq)
        await self.journal.close()
        records, fault = on_disk(self.store.path)
        assert fault is None
        assert [record.event() for record in records] == facts(self.count)
        return records


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", AGAIN_S)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Failing]:
    made = Failing(tmp_path / "journal.db")
    made.open()
    yield made
    made.error = None


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("disk I/O error"),
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.DatabaseError("database disk image is malformed"),
        OSError(5, "Input/output error"),
        PermissionError(13, "Permission denied"),
    ],
    ids=str,
)
@pytest.mark.parametrize("threaded", [True, False], ids=["thread", "in line"])
async def test_p4_told_once_kept_in_order_mended_once(
    store: Failing, error: Exception, *, threaded: bool
) -> None:
    """(A) P4."""
    witness = Witness(store, threaded=threaded)
    witness.append(3)
    await witness.journal.durable(3)
    store.error = error
    for _ in range(20):
        witness.append(2)
        await asyncio.sleep(AGAIN_S / 4)
    await until(lambda: store.tries > 6)
    assert witness.told == ["broken"]
    assert witness.reasons == [str(error)]
    assert numbers(store.path) == [1, 2, 3]
    assert witness.journal.durable_seq == 3
    store.error = None
    witness.append(1)
    await until(lambda: witness.told == ["broken", "mended"])
    assert len(await witness.close_whole()) == 46
    assert witness.told == ["broken", "mended"]


async def test_p4_nothing_is_durable_while_the_disk_is_broken(store: Failing) -> None:
    """(A) P4."""
    witness = Witness(store)
    store.error = OSError("gone")
    waiting = asyncio.create_task(witness.journal.durable(witness.append(1)))
    await until(lambda: store.tries > 5)
    assert not waiting.done()
    store.error = None
    await waiting
    assert numbers(store.path)[0] == 1
    await witness.close_whole()


async def test_p4_a_disk_that_breaks_twice_is_told_twice(store: Failing) -> None:
    """(A) P4."""
    witness = Witness(store)
    for round_number in (1, 2):
        store.error = OSError("gone")
        witness.append(1)
        await until(lambda: witness.told[-1:] == ["broken"])
        store.error = None
        await until(lambda: witness.told[-1:] == ["mended"])
        assert witness.told == ["broken", "mended"] * round_number
    await witness.close_whole()


async def test_p4_the_disk_is_asked_again_without_new_records(store: Failing) -> None:
    """(A) P4."""
    witness = Witness(store)
    store.error = OSError("gone")
    witness.append(1)
    await until(lambda: store.tries >= 4)
    store.error = None
    await until(lambda: witness.told == ["broken", "mended"])
    await witness.close_whole()


async def test_p4_closing_on_a_broken_disk_ends_and_keeps_what_was_acknowledged(store: Failing) -> None:
    """(A) P4."""
    witness = Witness(store)
    await witness.journal.durable(witness.append(2))
    store.error = OSError("gone")
    witness.append(2)
    async with asyncio.timeout(4):
        await witness.journal.close()
    records, fault = on_disk(store.path)
    assert fault is None
    assert [record.seq for record in records] == [1, 2]


async def test_p4_a_locked_database_is_a_broken_disk_until_it_is_let_go(store: Failing) -> None:
    """(A) P4: A backup or a curious person holds the write lock."""
    witness = Witness(store)
    await witness.journal.durable(witness.append(1))
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    witness.append(2)
    await until(lambda: witness.told == ["broken"])
    assert "locked" in witness.reasons[0]
    assert numbers(store.path) == [1]
    other.execute("ROLLBACK")
    other.close()
    await until(lambda: witness.told == ["broken", "mended"])
    await witness.close_whole()


async def test_p4_a_reader_in_the_middle_of_the_file_breaks_nothing(store: Failing) -> None:
    """(A) P4."""
    witness = Witness(store)
    await witness.journal.durable(witness.append(5))
    reader = Store(store.path, read_only=True)
    reader.open()
    rows = reader.read()
    next(rows)
    await witness.journal.durable(witness.append(200))
    rows.close()  # type: ignore[attr-defined]
    reader.close()
    assert witness.told == []
    await witness.close_whole()


async def test_p4_a_file_that_turned_read_only(store: Failing) -> None:
    """(A) P4."""
    witness = Witness(store)
    await witness.journal.durable(witness.append(1))
    store._open.execute("PRAGMA query_only = ON")
    witness.append(1)
    await until(lambda: witness.told == ["broken"])
    assert "readonly" in witness.reasons[0]
    store._open.execute("PRAGMA query_only = OFF")
    await until(lambda: witness.told == ["broken", "mended"])
    await witness.close_whole()


async def test_p4_a_file_that_may_not_grow(store: Failing) -> None:
    """(A) P4: sqlite's own 'full', without a file system for it."""
    witness = Witness(store)
    await witness.journal.durable(witness.append(1))
    store._open.execute("PRAGMA max_page_count = 1")
    witness.append(200)
    await until(lambda: witness.told == ["broken"])
    assert "full" in witness.reasons[0]
    assert numbers(store.path) == [1]
    store._open.execute("PRAGMA max_page_count = 1000000")
    await until(lambda: witness.told == ["broken", "mended"])
    await witness.close_whole()


@contextlib.contextmanager
def a_small_disk(place: Path) -> Iterator[Path]:
    """A file system of 160 KiB; the test is skipped where none may be mounted."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


async def test_p4_a_full_disk(tmp_path: Path) -> None:
    """(A) P4: A real one: full, told, emptied, written; sqlite's own words."""
    with a_small_disk(tmp_path / "disk") as disk:
        store = Store(disk / "journal.db")
        store.open()
        witness = Witness(store)
        await witness.journal.durable(witness.append(3))
        ballast = disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as filling:
            while True:
                filling.write(b"\0" * 4096)
        witness.append(40)
        await until(lambda: witness.told == ["broken"])
        assert "full" in witness.reasons[0] or "I/O" in witness.reasons[0]
        assert on_disk(store.path)[1] is None
        assert numbers(store.path) == [1, 2, 3]
        ballast.unlink()
        await until(lambda: witness.told == ["broken", "mended"])
        await witness.close_whole()
