"""The file: all of a batch or nothing, on disk when it says so, read by others while it is written."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.journal.records import Record
from daemon.journal.store import Store
from tests.journal.files import chained, facts, numbers, on_disk, written

RECORDS = chained(facts(6))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "deep" / "journal.db")
    made.open()
    yield made
    made.close()


def test_the_folder_is_made_and_closing_twice_is_safe(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "b" / "journal.db")
    store.open()
    store.close()
    store.close()
    assert store.path.exists()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db")
    with pytest.raises(sqlite3.Error, match="not open"):
        store.append(RECORDS)
    with pytest.raises(sqlite3.Error, match="not open"):
        list(store.read())


def test_p3_every_commit_is_synced_to_the_disk(store: Store) -> None:
    """(A) P3: WAL alone would lose the last records with the power; FULL syncs each commit."""
    db = store._open
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("bad", range(6))
def test_all_or_nothing_when_one_record_cannot_be_written(store: Store, bad: int) -> None:
    """A number that is already taken, anywhere in the batch: none of it is there afterwards."""
    store.append(RECORDS[:1])
    batch = chained(facts(5), RECORDS[0])
    batch.insert(bad, Record(1, "{}", ""))
    with pytest.raises(sqlite3.IntegrityError):
        store.append(batch)
    assert numbers(store.path) == [1]
    store.append([record for record in batch if record.seq != 1])
    assert on_disk(store.path)[1] is None
    assert numbers(store.path) == [1, 2, 3, 4, 5, 6]


def test_all_or_nothing_when_the_writer_dies_in_the_middle(tmp_path: Path) -> None:
    """A process killed between two records of a batch leaves the batch before it, whole."""
    path = written(tmp_path / "journal.db", RECORDS[:2])
    code = (
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1')\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "for n in range(3, 300):\n"
        "    db.execute('INSERT INTO record VALUES (?, ?, ?)', (n, 'x' * 5000, 'h'))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    died = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30)
    assert died.returncode == -9
    assert on_disk(path) == (RECORDS[:2], None)
    store = Store(path)
    store.open()
    store.append(RECORDS[2:])
    store.close()
    assert on_disk(path) == (RECORDS, None)


def test_a_reader_sees_whole_batches_while_the_writer_writes(store: Store) -> None:
    store.append(RECORDS[:2])
    reader = Store(store.path, read_only=True)
    reader.open()
    rows = reader.read()
    assert next(rows) == RECORDS[0]
    store.append(RECORDS[2:])
    assert list(rows) == [RECORDS[1]]
    assert list(reader.read()) == RECORDS
    reader.close()


def test_a_reader_cannot_write(store: Store) -> None:
    reader = Store(store.path, read_only=True)
    reader.open()
    with pytest.raises(sqlite3.OperationalError):
        reader.append(RECORDS)
    reader.close()
    assert numbers(store.path) == []


def test_a_reader_does_not_make_a_file(tmp_path: Path) -> None:
    reader = Store(tmp_path / "none.db", read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        reader.open()
    assert not (tmp_path / "none.db").exists()


def test_checkpoint_folds_the_log_into_the_file(store: Store) -> None:
    store.append(RECORDS)
    store.checkpoint()
    alone = store.path.with_name("copy.db")
    alone.write_bytes(store.path.read_bytes())
    assert on_disk(alone) == (RECORDS, None)


def test_a_lock_is_not_waited_for_long(store: Store) -> None:
    """The writer thread must be able to say 'broken' soon: 0.2 s, not sqlite's 5 s."""
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        store.append(RECORDS)
    assert store._open.execute("PRAGMA busy_timeout").fetchone() == (200,)
    other.execute("ROLLBACK")
    other.close()
    store.append(RECORDS)
    assert numbers(store.path) == [1, 2, 3, 4, 5, 6]


def test_the_file_belongs_to_its_owner_and_group_alone(store: Store) -> None:
    """Who may write the record is for the host to say; nobody may by default of ours but its owner."""
    assert not stat.S_IMODE(store.path.stat().st_mode) & 0o002
