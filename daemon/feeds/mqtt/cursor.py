"""How far the record has been mirrored, kept beside the journal over restarts of the feed."""

from __future__ import annotations

import contextlib
import os
from itertools import islice
from pathlib import Path

from daemon.journal.records import Record
from daemon.journal.store import Store


class Cursor:
    """`next` gives what was not answered yet; a place that cannot be read is the first record."""

    def __init__(self, journal: Path) -> None:
        self._store = Store(journal, read_only=True)
        self._open = False
        self._file = journal.with_name(f"{journal.name}.mqtt")
        self._seq = self._saved = _read(self._file)

    def next(self, most: int) -> list[Record]:
        """The next records on disk; sqlite3.Error or OSError where they cannot be read."""
        if not self._open:
            self._store.open()
            self._open = True
        return list(islice(self._store.read(self._seq + 1), most))

    def done(self, seq: int) -> None:
        """The broker has this record."""
        self._seq = seq

    def save(self) -> None:
        """Keep the place; a disk that does not take it costs only that records are told twice."""
        if self._seq == self._saved:
            return
        with contextlib.suppress(OSError):
            new = self._file.with_name(f"{self._file.name}.new")
            new.write_text(f"{self._seq}\n")
            os.replace(new, self._file)  # noqa: PTH105 - one call for both
            self._saved = self._seq

    def close(self) -> None:
        """Close the file."""
        self._store.close()
        self._open = False


def _read(path: Path) -> int:
    try:
        return max(int(path.read_text()), 0)
    except (OSError, ValueError):
        return 0
