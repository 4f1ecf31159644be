"""Which sets of bag codes the earlier runs of a journal have used up: one set a run (F13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from daemon.engine.events import RunOpened, RunStarted
from daemon.journal.records import Record


def used_codes(records: Iterable[Record]) -> Mapping[str, str]:
    """Salt -> why it may not be used again. A run that was never started has not used its set up."""
    found: dict[str, str] = {}
    salt = ""
    for record in records:
        kind = record.content()["type"]
        if kind == RunOpened.__name__:
            event = record.event()
            salt = event.codes.salt if isinstance(event, RunOpened) else ""
        elif kind == RunStarted.__name__ and salt:
            found[salt] = f"was used by the run started at {record.content()['utc']}"
    return found
