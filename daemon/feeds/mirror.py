"""The journal read beside the daemon: every record once, in order, with the run as it stood around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from daemon.engine.events import Event, RunOpened
from daemon.engine.evolve import begin, evolve
from daemon.engine.state import RunState
from daemon.feeds.record import RecordFile
from daemon.journal.records import DOES_NOT_FOLLOW, Record, not_following


@dataclass(frozen=True, slots=True)
class Passed:
    """One fact of the record: `before` is None where it opens a run."""

    record: Record
    event: Event
    at: datetime
    before: RunState | None
    after: RunState


class Mirror:
    """Follows one journal by its numbers; `seq`: passed on up to here. Another file begins at 0 again."""

    def __init__(self, path: Path) -> None:
        self._file = RecordFile(path)
        self._state: RunState | None = None
        self.seq = 0

    def opened_anew(self) -> bool:
        """Another file stands there than was read. sqlite3.Error or OSError: it cannot be read."""
        if not self._file.opened_anew():
            return False
        self.seq, self._state = 0, None
        return True

    def pass_over(self, seq: int) -> None:
        """Begin with the files that tell of this record's run and of the one before, not with the oldest."""
        self.seq = self._file.begin_for(seq) - 1

    def digest(self, seq: int) -> str:
        """The hash of this record; empty = there is none."""
        return self._file.digest(seq)

    def new(self, most: int) -> Iterator[Passed]:
        """The next records on disk, at most so many; sqlite3.Error or OSError where they cannot be read."""
        for count, record in enumerate(self._file.read(self.seq + 1), start=1):
            yield from self._pass_on(record)
            if count >= most:
                return

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _pass_on(self, record: Record) -> Iterator[Passed]:
        content, event = record.content(), record.event()
        at_ms, before = int(content["at_ms"]), self._state
        try:
            if isinstance(event, RunOpened):
                before, self._state = None, begin(event, at_ms)
            elif before is not None:
                self._state = evolve(before, event, at_ms)
        except DOES_NOT_FOLLOW as error:
            raise not_following(record, error) from error
        self.seq = record.seq
        if self._state is not None:
            yield Passed(record, event, datetime.fromisoformat(content["utc"]), before, self._state)
