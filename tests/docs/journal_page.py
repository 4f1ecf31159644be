"""`docs/reference/journal.md`: the form of a record, and every event by its own words."""

from __future__ import annotations

from dataclasses import fields
from inspect import getdoc
from typing import Any

from daemon.journal.codec import EVENTS
from daemon.journal.records import GENESIS
from daemon.journal.store import SCHEMA_VERSION

HEAD = f"""\
# The journal

Not a medical device. The record of one bed: every fact of every run, numbered, timed and chained.
Written by `python -m tests.docs.write`; a test fails where this page and the code differ. `infusiond
journal show`, `verify` and `export` read it, with or without a daemon ([commands](commands.md)).

## The files

A journal begins in the file the bed file names. When a run is opened and that file has reached `[journal]
file_mb`, the record goes on in a file beside it, with the number of its first record behind the name
(`run.journal.000000004711`); [decision 26](../decisions/0026-a-new-file-between-runs.md). No run is ever in
two files. The last record of the old file is `FileEnded`. The first of the new one is `FileBegun`: it names
the hash before it and takes over what still counts from all files before, so that a start reads the newest
file, and of the one before only its last record. Files whose last record is older than `[journal] keep_days`
are deleted when a new one is begun, if the clock is synchronised; the newest file says from which record on
files are kept, so that one which is missing is told from one that was let go. The newest is never deleted.
`infusiond journal verify` tells a missing, swapped, cut or changed file; that the end of the newest was cut
off, only a copy of its head hash elsewhere can show.

Each file is SQLite, WAL, `synchronous = FULL`, `user_version` {SCHEMA_VERSION}, one table:

    record (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hash TEXT NOT NULL)

- `seq` counts from 1 without a hole, over all runs of the bed.
- `body` is one JSON object, without spaces, see below.
- `hash` is SHA-256, in hex, over the hash of the record before it, a newline, and the body, in UTF-8.
  Before record 1 stand {len(GENESIS)} zeros.

`infusiond journal export` writes each record as `{{"hash": …, "record": BODY}}`; the chain can be
computed from that file alone.

## A body

| key | is |
|---|---|
| `seq` | the number again |
| `at_ms` | engine time; in a simulation at speed N it runs N times faster |
| `wire_ms` | monotonic time of the host, suspend included; comparable within one boot |
| `utc` | wall time, ISO 8601, milliseconds; for people, and after a reboot if the clock is synchronised |
| `sync` | whether the host said its wall time was synchronised; without it a gap over a reboot is unknown |
| `boot` | which boot of the host this was |
| `type` | name of the event |
| `data` | its fields: decimals as text, enumerations by their value, sets in order |

## What makes a run

A run begins with `RunOpened`, which holds the whole plan, and ends where the next one begins. State is
made of these records alone, by `evolve`; what was sent to the pump is `SettingOrdered` and
`StopOrdered`. A readback that says nothing new is recorded every ten seconds only. A newer version may
add events; an older one does not start on a journal that holds an event it does not know.

## Events
"""


def journal_page() -> str:
    """The whole page."""
    rows = [_row(name, kind) for name, kind in EVENTS.items()]
    return HEAD + "\n" + "\n".join(["| event | fields | |", "|---|---|---|", *rows]) + "\n"


def _row(name: str, kind: Any) -> str:
    names = ", ".join(f"`{field.name}`" for field in fields(kind))
    says = " ".join((getdoc(kind) or "").split())
    return f"| `{name}` | {names} | {says} |"
