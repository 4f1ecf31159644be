"""Between two runs: a new file of the journal where the old one is full, and old files let go."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import structlog

from daemon.clock import Clock
from daemon.engine.events_file import EarlierRun, FileBegun
from daemon.journal.journal import Journal
from daemon.journal.keeping import Keeping
from daemon.journal.series import base_of, last_of, let_go, parts
from daemon.journal.store import Store
from daemon.runtime.linking import hours_between, moment_of, present
from daemon.runtime.opening import Found

log = structlog.get_logger()


def begin_file(store: Store, journal: Journal, found: Found, keeping: Keeping, clock: Clock) -> str:
    """Begin a new file if it is time, before a run is opened; empty, or why it could not be done.

    Not done, the record goes on in the old file. What the newest file let go is deleted, now or later.
    """
    try:
        base, kept_from = base_of(store.path), found.kept_from
        if store.size >= keeping.file_bytes and store.last() == found.last and found.last is not None:
            kept_from = _kept_from(base, keeping, clock)
            earlier = tuple(run for run in found.earlier if not _out(run, keeping, clock))
            journal.begin_file(
                lambda before: FileBegun(before, kept_from, found.used_codes, earlier), clock.now_ms()
            )
            log.info("journal.file_begun", file=store.path.name, kept_from=kept_from)
        let_go(base, kept_from)
    except (sqlite3.Error, OSError) as error:
        log.warning("journal.file_not_begun", why=str(error))
        return f"the journal could not begin a new file: {error}"
    return ""


def _kept_from(base: Path, keeping: Keeping, clock: Clock) -> int:
    """The first record of the oldest file that is kept; a file whose age no clock can tell is kept."""
    *old, newest = parts(base)
    now = present(clock)
    for part in old:
        last = last_of(part)
        hours = hours_between(moment_of(last), now) if last is not None else None
        if hours is None or hours <= keeping.keep_days * 24:
            return part.first
    return newest.first


def _out(run: EarlierRun, keeping: Keeping, clock: Clock) -> bool:
    """It is so long over that no order can count it (F11)."""
    hours: Decimal | None = hours_between(run.last, present(clock))
    return hours is not None and hours > keeping.keep_days * 24
