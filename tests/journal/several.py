"""Journals of several files, and the clock that dates them."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from daemon.engine import events as ev
from daemon.journal.journal import Journal
from daemon.journal.records import Record
from daemon.journal.series import Whole, newest, parts
from daemon.journal.store import Store
from daemon.journal.walk import Fault
from daemon.runtime.opening import read_journal
from tests.journal.files import Clock, facts

EACH = 4
"""Facts in a file."""


def begun(before: str, kept_from: int = 1) -> ev.FileBegun:
    """A file that takes nothing over."""
    return ev.FileBegun(before, kept_from, {}, ())


def journal_of(path: Path, clock: Clock | None = None) -> tuple[Journal, Store]:
    """A writer on the newest file, in line."""
    store = Store(newest(path).path)
    store.open()
    return Journal(store, clock or Clock(), store.last(), threaded=False), store


def of_files(path: Path, count: int, clock: Clock | None = None) -> Path:
    """A closed journal of so many files."""
    clock = clock or Clock()
    for number in range(count):
        journal, store = journal_of(path, clock)
        with closing(store):
            if number:
                journal.begin_file(begun, 0)
            journal.append(facts(EACH, number * 100 + 1), 0)
        clock.at = datetime.fromisoformat(clock.at.isoformat()) + timedelta(days=1)
    assert len(parts(path)) == count
    return path


def whole(path: Path) -> tuple[list[Record], Fault | None]:
    """Every record of every file, and where belief ends."""
    read = Whole(path)
    return list(read), read.fault


def taken_up(path: Path) -> Record | None:
    """The last record a start believes."""
    return read_journal(path).last
