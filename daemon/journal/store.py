"""The record on disk: SQLite in WAL mode with full sync, one table, appended in order by one writer."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from daemon.journal.records import Record
from daemon.new_files import sync_folder

SCHEMA_VERSION = 1
LOGS = ("-wal", "-shm")
"""What SQLite keeps beside a file that is in use."""


class Store:
    """One journal file. Raises sqlite3.Error or OSError when the disk does not do its part.

    `synchronous` other than FULL is for runs on virtual time, which no power cut can reach.
    """

    def __init__(self, path: Path, *, read_only: bool = False, synchronous: str = "FULL") -> None:
        self.path = path
        self._synchronous = synchronous
        self._read_only = read_only
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open or create the file."""
        if self._read_only:
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, isolation_level=None, timeout=0.2, check_same_thread=False)
        self._db = db
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {self._synchronous}")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.execute(
                "CREATE TABLE IF NOT EXISTS record"
                " (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hash TEXT NOT NULL)"
            )
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            raise sqlite3.OperationalError(f"{self.path} is not open")
        return self._db

    def append(self, records: Sequence[Record]) -> None:
        """All of these records, or none; on return they are on disk."""
        db = self._open
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany(
                "INSERT INTO record (seq, body, hash) VALUES (?, ?, ?)",
                [(record.seq, record.body, record.hash) for record in records],
            )
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def read(self, from_seq: int = 1) -> Iterator[Record]:
        """Records in order of their numbers."""
        rows = self._open.execute(
            "SELECT seq, body, hash FROM record WHERE seq >= ? ORDER BY seq", (from_seq,)
        )
        for seq, body, digest in rows:
            yield Record(int(seq), str(body), str(digest))

    def last(self) -> Record | None:
        """The newest record of the file."""
        row = self._open.execute("SELECT seq, body, hash FROM record ORDER BY seq DESC LIMIT 1").fetchone()
        return Record(int(row[0]), str(row[1]), str(row[2])) if row is not None else None

    @property
    def size(self) -> int:
        """Bytes of what is in it, wherever it lies: a log keeps its length after it was folded in."""
        pages, each = (
            self._open.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
        )
        return int(pages[0]) * int(each[0])

    def turn(self, prepared: Path, to: Path) -> None:
        """Go on in a file that lies prepared, under its own name from now on.

        OSError before the name is there leaves everything as it was; a failure after it leaves the store
        closed, so that nothing more is written where nobody would look for it. The log of the old file is
        folded in even while others read it: nobody would do it later.
        """
        old = self._open
        prepared.rename(to)
        self._db, self.path = None, to
        with contextlib.suppress(sqlite3.Error):
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.close()
        with contextlib.suppress(OSError):
            sync_folder(to.parent)
        self.open()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file; for when nothing else is to be done."""
        self._open.execute("PRAGMA wal_checkpoint(PASSIVE)")
