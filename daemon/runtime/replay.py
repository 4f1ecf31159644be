"""Records back into state, by the same `evolve` that runs live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daemon.engine.account import ZERO
from daemon.engine.alarms import CATALOGUE
from daemon.engine.events import AlarmRaised, CounterBroken, Event, LineFlushed, PumpSeen, RunOpened
from daemon.engine.evolve import begin, evolve
from daemon.engine.state import RunState
from daemon.guard.filled import Uncounted
from daemon.guard.guard import Guard
from daemon.guard.watched import Watched
from daemon.journal.codec import CodecError
from daemon.journal.records import DOES_NOT_FOLLOW, Record, event_of, not_following
from daemon.runtime.guarding import follow
from drivers.values import Authority


@dataclass(frozen=True, slots=True)
class Replayed:
    """The newest run of a journal: its state and its guard, and where the run begins."""

    state: RunState
    guard: Guard
    first_seq: int
    first_given: Record | None = None
    last_given: Record | None = None
    """When drug may first and last have flowed."""


def replay(records: Iterable[Record]) -> Replayed | None:
    """The newest run; None if the journal holds none."""
    newest = None
    for newest in replays(records):  # noqa: B007 - the last one is the newest
        pass
    return newest


def replays(records: Iterable[Record]) -> Iterator[Replayed]:
    """Every run of a journal as it was left, oldest first.

    CodecError for a record that cannot be read, or does not follow from those before it.
    """
    run: Replayed | None = None
    for record in records:
        before = run
        try:
            run = _after(before, record)
        except DOES_NOT_FOLLOW as error:
            raise not_following(record, error) from error
        if before is not None and run is not None and run.first_seq != before.first_seq:
            yield before
    if run is not None:
        yield run


def _after(run: Replayed | None, record: Record) -> Replayed | None:
    content = record.content()
    at, event = int(content["at_ms"]), event_of(content)
    if isinstance(event, RunOpened):
        return Replayed(begin(event, at), new_guard(event), record.seq)
    if run is None:
        return None
    if isinstance(event, AlarmRaised) and event.alarm not in CATALOGUE:
        raise CodecError(f"unknown alarm {event.alarm!r:.40}: this journal was written by a newer version")
    given = _gives(event)
    return Replayed(
        evolve(run.state, event, at),
        follow(run.guard, event, at),
        run.first_seq,
        record if given and run.first_given is None else run.first_given,
        record if given else run.last_given,
    )


def _gives(event: Event) -> bool:
    """Drug may have reached the patient up to this fact."""
    match event:
        case PumpSeen():
            return event.moved.counter_ml > ZERO or event.moved.timed.high > ZERO
        case CounterBroken() | LineFlushed():
            return True
        case _:
            return False


def new_guard(event: RunOpened) -> Guard:
    """The guard of a run that opens, with its own copy of the plan."""
    uncounted = Uncounted(given=event.linked.high)
    pumps = {one.name: Watched(one.caps, frozenset(one.solutions)) for one in event.pumps}
    by_hand = event.authority is Authority.MONITOR
    return Guard(event.plan, pumps, event.wire_factor, uncounted=uncounted, by_hand=by_hand)
