"""The journal read beside the daemon, over all its files; the daemon may put another one in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from daemon.journal.records import Record
from daemon.journal.series import Part, part_at, parts
from daemon.journal.store import Store

SEQ_MAX = 2**53
"""No journal holds more records."""


def record_number(given: object) -> int:
    """What a place kept beside the journal says; ValueError where it is no number of a record, or 0."""
    if type(given) is not int or not 0 <= given <= SEQ_MAX:
        raise ValueError(f"{given!r:.40} is no number of a record")
    return given


class RecordFile:
    """Always the files that stand there now. Raises sqlite3.Error or OSError where they cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part: Part | None = None
        self._following: int | None = None
        """The first record of the file after the open one; None = it was the newest when it was opened."""
        self._file = (0, 0)
        self._store = Store(path, read_only=True)

    def opened_anew(self) -> bool:
        """Open what stands there, if it is not open already; True also where the open file was let go."""
        if self._part is not None and self._part.path.exists() and self._found(self._part) == self._file:
            return False
        self._part = None
        self._open(0)
        return True

    def read(self, from_seq: int) -> Iterator[Record]:
        """Records in order of their numbers, on into the next file; let go ones are left out."""
        if not self._holds(from_seq):
            self._open(from_seq)
        while True:
            for record in self._store.read(from_seq):
                from_seq = record.seq + 1
                yield record
            if not part_at(self._path, from_seq).path.exists() or self._is_open(from_seq):
                return
            self._open(from_seq)

    def digest(self, seq: int) -> str:
        """The hash of this record, which stands for all before it; empty = there is none."""
        record = next(self.read(seq), None) if seq > 0 else None
        return record.hash if record is not None and record.seq == seq else ""

    def begin_for(self, seq: int) -> int:
        """Where to begin so as to know all about this record: an alarm is over when the next run opens."""
        return self._choose(self._choose(seq)[0].first - 1)[0].first

    def close(self) -> None:
        """Close it; safe to call twice."""
        self._store.close()
        self._part = None

    def _holds(self, seq: int) -> bool:
        part = self._part
        return part is not None and part.first <= seq and (self._following is None or seq < self._following)

    def _is_open(self, first: int) -> bool:
        return self._part is not None and self._part.first == first

    def _choose(self, seq: int) -> tuple[Part, int | None]:
        """The file for this record, and where the next begins."""
        found = parts(self._path)
        if not found:
            raise FileNotFoundError(f"{self._path}: no such file")
        number = max((n for n, part in enumerate(found) if part.first <= seq), default=0)
        return found[number], found[number + 1].first if number + 1 < len(found) else None

    def _open(self, seq: int) -> None:
        self._store.close()
        part, self._following = self._choose(seq)
        self._store = Store(part.path, read_only=True)
        self._store.open()
        self._part, self._file = part, self._found(part)

    def _found(self, part: Part) -> tuple[int, int]:
        found = part.path.stat()
        return (found.st_dev, found.st_ino)
