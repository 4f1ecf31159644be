"""A new file of a journal, made whole under another name; one rename then makes it the newest."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

from daemon.engine.events import FileEnded
from daemon.journal.records import Record, chain
from daemon.journal.series import last_of, newest, part_at
from daemon.journal.store import LOGS, Store


def prepared(base: Path, first: Record) -> Path:
    """The new file with its first record, on disk and closed. Raises sqlite3.Error or OSError."""
    fresh = _fresh(base)
    _remove(fresh)
    with closing(Store(fresh)) as store:
        store.open()
        store.append([first])
    return fresh


def finish(base: Path) -> None:
    """Do what a process that was killed while it began a new file left to do; OSError where it cannot be.

    A file that lies prepared is the newest if the record before it says that the file ends there.
    """
    fresh = _fresh(base)
    if not fresh.exists():
        return
    first = _first_of(fresh)
    if first is None or not _wanted(base, first):
        _remove(fresh)
        return
    for log in LOGS:
        fresh.with_name(fresh.name + log).unlink(missing_ok=True)
    fresh.rename(part_at(base, first.seq).path)


def _first_of(fresh: Path) -> Record | None:
    """A file that was not finished holds nothing that anybody relied on."""
    with contextlib.suppress(sqlite3.Error), closing(Store(fresh)) as store:
        store.open()
        return next(store.read(), None)
    return None


def _wanted(base: Path, first: Record) -> bool:
    try:
        last = last_of(newest(base))
        ended = last is not None and isinstance(last.event(), FileEnded)
    except (sqlite3.Error, ValueError, LookupError):
        return False
    return ended and last is not None and first.hash == chain(last.hash, first.body)


def _fresh(base: Path) -> Path:
    return base.with_name(f"{base.name}.next")


def _remove(fresh: Path) -> None:
    for suffix in ("", *LOGS):
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
