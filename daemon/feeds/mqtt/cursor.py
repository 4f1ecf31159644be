"""How far the record has been mirrored, kept beside the journal over restarts of the feed."""

from __future__ import annotations

import contextlib
import os
from itertools import islice
from pathlib import Path

from daemon.feeds.record import RecordFile, record_number
from daemon.journal.records import Record


class Cursor:
    """`next` gives what was not answered yet; a place that cannot be read is the first record.

    A place is a record's number and hash: in another journal, put in its stead, the first record is next.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = RecordFile(journal)
        self._file = journal.with_name(f"{journal.name}.mqtt")
        self._place = self._saved = _read(self._file)

    def next(self, most: int) -> list[Record]:
        """The next records on disk; sqlite3.Error or OSError where they cannot be read."""
        seq, digest = self._place
        if self._journal.opened_anew() and self._journal.digest(seq) != digest:
            seq, _ = self._place = (0, "")
        return list(islice(self._journal.read(seq + 1), most))

    def done(self, record: Record) -> None:
        """The broker has this record."""
        self._place = (record.seq, record.hash)

    def save(self) -> None:
        """Keep the place; a disk that does not take it costs only that records are told twice."""
        if self._place == self._saved:
            return
        with contextlib.suppress(OSError):
            new = self._file.with_name(f"{self._file.name}.new")
            new.write_text("{} {}\n".format(*self._place))
            os.replace(new, self._file)  # noqa: PTH105 - one call for both
            self._saved = self._place

    def close(self) -> None:
        """Close the file."""
        self._journal.close()


def _read(path: Path) -> tuple[int, str]:
    try:
        seq, digest = path.read_text().split()
        return record_number(int(seq)), digest
    except (OSError, ValueError):
        return 0, ""
