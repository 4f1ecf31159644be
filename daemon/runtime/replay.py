"""Records back into state, by the same `evolve` that runs live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daemon.engine.events import RunOpened
from daemon.engine.evolve import begin, evolve
from daemon.engine.state import RunState
from daemon.guard.guard import Guard
from daemon.journal.records import Record
from daemon.runtime.guarding import follow


@dataclass(frozen=True, slots=True)
class Replayed:
    """The newest run of a journal: its state and its guard, and where the run begins."""

    state: RunState
    guard: Guard
    first_seq: int


def replay(records: Iterable[Record]) -> Replayed | None:
    """The newest run; None if the journal holds none."""
    newest: Replayed | None = None
    for record in records:
        at = int(record.content()["at_ms"])
        event = record.event()
        if isinstance(event, RunOpened):
            newest = Replayed(begin(event, at), new_guard(event), record.seq)
        elif newest is not None:
            state = evolve(newest.state, event, at)
            newest = Replayed(state, follow(newest.guard, event, at), newest.first_seq)
    return newest


def new_guard(event: RunOpened) -> Guard:
    """The guard of a run that opens, with its own copy of the plan."""
    return Guard(plan=event.plan, caps=event.pump, wire_factor=event.wire_factor)
