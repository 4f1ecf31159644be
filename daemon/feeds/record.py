"""The journal read beside the daemon, which may put another file in its place (a damaged one is kept)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from daemon.journal.records import Record
from daemon.journal.store import Store


class RecordFile:
    """Always the file that stands there now. Raises sqlite3.Error or OSError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store = Store(path, read_only=True)
        self._file: tuple[int, int] | None = None

    def opened_anew(self) -> bool:
        """Open what stands there, if it is not open already."""
        found = self._path.stat()
        file = (found.st_dev, found.st_ino)
        if file == self._file:
            return False
        self.close()
        self._store.open()
        self._file = file
        return True

    def read(self, from_seq: int) -> Iterator[Record]:
        """Records in order of their numbers."""
        return self._store.read(from_seq)

    def digest(self, seq: int) -> str:
        """The hash of this record, which stands for all before it; empty = there is none."""
        record = next(self._store.read(seq), None) if seq > 0 else None
        return record.hash if record is not None and record.seq == seq else ""

    def close(self) -> None:
        """Close it; safe to call twice."""
        self._store.close()
        self._file = None
