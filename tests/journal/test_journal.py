"""The living record: in order, in groups, durable when it says so, and never in the way of the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from daemon.engine import events as ev
from daemon.journal import journal as module
from daemon.journal.journal import Journal, JournalFull
from daemon.journal.records import GENESIS, Record
from daemon.journal.store import Store
from tests.journal.files import Clock, chained, facts, numbers, on_disk, until, written

AT_ONCE_S = 0.2
"""Far below any disk's stall, far above what a busy machine needs for a few records."""


class Slow(Store):
    """A disk that takes each batch only when it is let."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.let = threading.Event()
        self.asked = threading.Event()
        self.batches: list[int] = []

    def append(self, records: Sequence[Record]) -> None:
        self.asked.set()
        assert self.let.wait(20)
        self.batches.append(len(records))
        super().append(records)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Slow]:
    made = Slow(tmp_path / "journal.db")
    made.open()
    yield made
    made.let.set()


def begun(store: Store, last: Record | None = None) -> Journal:
    journal = Journal(store, Clock(), last)
    journal.start()
    return journal


async def test_records_reach_the_disk_in_order_and_the_chain_holds(store: Slow) -> None:
    store.let.set()
    journal = begun(store)
    for start in range(1, 200, 4):
        journal.append(facts(4, start), at_ms=start)
        if start % 5 == 0:
            await asyncio.sleep(0)
    await journal.durable(journal.seq)
    await journal.close()
    records, fault = on_disk(store.path)
    assert fault is None
    assert [record.seq for record in records] == list(range(1, 201))
    assert [record.event() for record in records] == [
        event for start in range(1, 200, 4) for event in facts(4, start)
    ]


async def test_a_record_carries_the_times_of_its_append(store: Slow) -> None:
    store.let.set()
    journal = begun(store)
    assert journal.append(facts(2), at_ms=77) == 2
    await journal.durable(2)
    await journal.close()
    first, second = (record.content() for record in on_disk(store.path)[0])
    assert (first["at_ms"], first["wire_ms"], first["boot"]) == (77, 1_000, "boot-1")
    assert first["utc"] == "2026-01-01T00:00:00.000+00:00"
    assert (first["seq"], second["seq"]) == (1, 2)


async def test_a_journal_goes_on_where_the_last_one_ended(store: Slow) -> None:
    before = chained(facts(3))
    store.let.set()
    store.append(before)
    journal = begun(store, before[-1])
    assert (journal.seq, journal.durable_seq) == (3, 3)
    journal.append(facts(2, 4), at_ms=9)
    await journal.durable(5)
    await journal.close()
    assert on_disk(store.path)[1] is None
    assert numbers(store.path) == [1, 2, 3, 4, 5]


async def test_durable_returns_only_when_a_second_reader_finds_the_record(store: Slow) -> None:
    journal = begun(store)
    journal.append(facts(3), at_ms=1)
    waiting = asyncio.create_task(journal.durable(2))
    await until(store.asked.is_set)
    await asyncio.sleep(0.02)
    assert not waiting.done()
    assert numbers(store.path) == []
    assert journal.durable_seq == 0
    store.let.set()
    await waiting
    assert numbers(store.path)[:2] == [1, 2]
    await journal.close()


async def test_each_durable_waits_for_its_own_number(store: Slow) -> None:
    journal = begun(store)
    journal.append(facts(1), at_ms=1)
    await until(store.asked.is_set)
    journal.append(facts(1, 2), at_ms=1)
    done: list[int] = []

    async def wait(seq: int) -> None:
        await journal.durable(seq)
        done.append(seq)
        assert len(numbers(store.path)) >= seq

    tasks = [asyncio.create_task(wait(seq)) for seq in (2, 1, 2, 0)]
    await asyncio.sleep(0)
    assert done == [0]
    store.let.set()
    await asyncio.gather(*tasks)
    assert done.index(1) < min(place for place, seq in enumerate(done) if seq == 2)
    await journal.close()


async def test_a_waiter_that_gave_up_harms_nobody(store: Slow) -> None:
    journal = begun(store)
    journal.append(facts(1), at_ms=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await journal.durable(1)
    other = asyncio.create_task(journal.durable(1))
    store.let.set()
    await other
    await journal.close()


async def test_what_waits_goes_to_the_disk_as_one_group(store: Slow) -> None:
    """Group commit: one sync for all that came while the disk was busy."""
    journal = begun(store)
    journal.append(facts(1), at_ms=1)
    await until(store.asked.is_set)
    for start in range(2, 101):
        journal.append(facts(1, start), at_ms=1)
    store.let.set()
    await journal.durable(100)
    await journal.close()
    assert store.batches == [1, 99]


async def test_append_never_blocks_the_loop_while_the_disk_stalls(store: Slow) -> None:
    """DESIGN 3.1: less drug never waits for the disk, and neither does anything else in the loop."""
    journal = begun(store)
    loop = asyncio.get_running_loop()
    worst = 0.0
    await until(lambda: journal.append(facts(1), at_ms=1) > 0 and store.asked.is_set())
    for start in range(1, 500):
        begin = loop.time()
        journal.append(facts(3, start), at_ms=start)
        worst = max(worst, loop.time() - begin)
        if start % 50 == 0:
            await asyncio.sleep(0)
    assert worst < AT_ONCE_S
    assert numbers(store.path) == []
    store.let.set()
    await journal.durable(journal.seq)
    await journal.close()
    assert on_disk(store.path)[1] is None


async def test_close_writes_what_is_left(store: Slow) -> None:
    journal = begun(store)
    for start in range(1, 30):
        journal.append(facts(1, start), at_ms=1)
    store.let.set()
    await journal.close()
    assert numbers(store.path) == list(range(1, 30))


async def test_a_letter_utf8_cannot_carry_costs_no_record(store: Slow) -> None:
    """A byte of an old terminal reaches Python as half a surrogate pair; fact and chain are kept."""
    store.let.set()
    journal = begun(store)
    taken = ev.ActTaken("a", "hold", "J\udcf6rg", True, "STOP sent", "")
    journal.append([ev.StopOrdered("caf\udce9"), taken], 1)
    journal.append(facts(1), at_ms=2)
    await journal.durable(3)
    await journal.close()
    records, fault = on_disk(store.path)
    assert fault is None
    assert records[0].event() == ev.StopOrdered("caf?")
    assert len(records) == 3


async def test_an_event_that_has_no_picture_leaves_no_hole_in_the_chain(store: Slow) -> None:
    store.let.set()
    journal = begun(store)
    with pytest.raises(ValueError, match="float"):
        journal.append([*facts(2), ev.StepPlaced(0.5)], at_ms=1)  # type: ignore[arg-type]
    assert journal.seq == 0
    journal.append(facts(2), at_ms=1)
    await journal.durable(2)
    await journal.close()
    assert on_disk(store.path)[1] is None


async def test_what_memory_cannot_keep_is_refused_whole(store: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """KEPT_MAX: told by JournalFull; what was kept reaches the disk, and the chain goes on without a hole."""
    monkeypatch.setattr(module, "KEPT_MAX", 10)
    journal = begun(store)
    journal.append(facts(8), at_ms=1)
    await until(store.asked.is_set)
    with pytest.raises(JournalFull, match="10 records"):
        journal.append(facts(3, 50), at_ms=1)
    assert journal.seq == 8
    assert journal.append(facts(2, 9), at_ms=1) == 10
    with pytest.raises(JournalFull):
        journal.append(facts(1, 50), at_ms=1)
    store.let.set()
    await journal.durable(10)
    assert journal.append(facts(1, 11), at_ms=1) == 11
    await journal.durable(11)
    await journal.close()
    records, fault = on_disk(store.path)
    assert fault is None
    assert [record.event() for record in records] == facts(11)


async def test_in_line_the_record_is_there_when_append_returns(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db")
    store.open()
    journal = Journal(store, Clock(), None, threaded=False)
    journal.start()
    assert journal.append(facts(2), at_ms=1) == 2
    assert numbers(store.path) == [1, 2]
    await journal.durable(2)
    await journal.close()


def test_the_first_record_follows_the_genesis_hash(tmp_path: Path) -> None:
    records, _ = on_disk(written(tmp_path / "journal.db", chained(facts(1))))
    assert records == chained(facts(1))
    assert GENESIS == "0" * 64


async def test_a_disk_that_hangs_is_as_good_as_broken(tmp_path: Path) -> None:
    """DESIGN 3.7: no error, no answer: the supervising loop is told after 2 s of wire time."""
    clock = Clock(wire_ms=0)
    store = Store(tmp_path / "journal.db")
    store.open()
    journal = Journal(store, clock, None)
    told: list[str] = []
    journal.on_broken = told.append
    journal.append(facts(1), 0)
    journal.check(2_000)
    assert told == []
    journal.check(2_001)
    assert told == ["the disk has not answered for 2 s"]
    store.close()
