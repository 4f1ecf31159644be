"""The journal read beside the daemon: every record once, in order, with the run as it stood around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from daemon.engine.events import Event, RunOpened
from daemon.engine.evolve import begin, evolve
from daemon.engine.state import RunState
from daemon.journal.records import Record
from daemon.journal.store import Store


@dataclass(frozen=True, slots=True)
class Passed:
    """One fact of the record: `before` is None where it opens a run."""

    record: Record
    event: Event
    at: datetime
    before: RunState | None
    after: RunState


class Mirror:
    """Follows one journal file by its numbers; what was passed on once is not read again by this object."""

    def __init__(self, path: Path) -> None:
        self._store = Store(path, read_only=True)
        self._open = False
        self._seq = 0
        self._state: RunState | None = None

    def new(self, most: int) -> Iterator[Passed]:
        """The next records on disk, at most so many; sqlite3.Error or OSError where they cannot be read."""
        if not self._open:
            self._store.open()
            self._open = True
        for count, record in enumerate(self._store.read(self._seq + 1), start=1):
            yield from self._pass_on(record)
            if count >= most:
                return

    def close(self) -> None:
        """Close the file."""
        self._store.close()
        self._open = False

    def _pass_on(self, record: Record) -> Iterator[Passed]:
        content, event = record.content(), record.event()
        at_ms, before = int(content["at_ms"]), self._state
        if isinstance(event, RunOpened):
            before, self._state = None, begin(event, at_ms)
        elif before is not None:
            self._state = evolve(before, event, at_ms)
        self._seq = record.seq
        if self._state is not None:
            yield Passed(record, event, datetime.fromisoformat(content["utc"]), before, self._state)
