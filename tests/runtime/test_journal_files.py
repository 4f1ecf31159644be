"""A bed whose journal has several files: what earlier runs gave counts, and an open run stays in its file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.feeds.mirror import Mirror
from daemon.feeds.mqtt.cursor import Cursor
from daemon.journal.keeping import Keeping
from daemon.journal.series import Whole, parts
from daemon.runtime.opening import read_journal
from simulators.campaign.mortal import Touch
from simulators.campaign.nurse import Nurse
from simulators.campaign.scene import nursed
from simulators.campaign.world import World
from tests.patient.scene import bed_of, in_step

AT_ONCE = Keeping(file_mb=0)


def small_files(folder: Path) -> World:
    """Every run begins a new file."""
    return replace(bed_of(folder), keeping=AT_ONCE)


async def some_drug(world: World) -> None:
    async with nursed(world):
        await world.until(lambda s: in_step(s, 1))
        await asyncio.sleep(20)
        world.act(inp.Abort, by="Ann", reason="test")
        await world.until(lambda s: s.pump.stop_ms is None and s.phase is Phase.ABORTED, minutes=1)


async def again(world: World) -> None:
    await world.kill_daemon()
    await world.start_daemon()


def test_f11_f13_what_the_old_files_say_still_counts(tmp_path: Path) -> None:
    """F11, F13: dose and bag codes of runs in three files; the oldest two are not even there any more."""
    world = small_files(tmp_path)

    async def story(world: World) -> None:
        given = []
        for _ in range(3):
            await some_drug(world)
            await again(world)
            given.append(world.state.linked)
        assert 0 < given[0].low < given[1].low < given[2].low
        for part in parts(world.journal)[:-1]:
            part.path.unlink()
        found = read_journal(world.journal)
        assert len(found.earlier) == 3
        assert list(found.used_codes) == [world._codes.salt]
        assert world.state.linked.low <= world.bed.left.total_dose <= world.state.linked.high

    world.run(story)
    assert len(parts(world.journal)) == 1


def test_an_open_run_begins_no_file(tmp_path: Path) -> None:
    """Killed while drug flows, however large the file: the run is taken up in its own, and is whole there."""
    world = small_files(tmp_path)

    async def story(world: World) -> None:
        await Nurse(world).start()
        await world.until(lambda s: in_step(s, 1))
        for _ in range(3):
            await again(world)
            assert len(parts(world.journal)) == 1
        assert world.state.phase in (Phase.OBSERVING, Phase.HELD)

    world.run(story)


def test_killed_between_the_new_file_and_the_run_opens_the_run_at_the_next_start(tmp_path: Path) -> None:
    """(A) D5: the file stands there with its first record alone."""
    world = small_files(tmp_path)

    async def story(world: World) -> None:
        await some_drug(world)
        world.dies = lambda point: point.touch is Touch.FILE and point.after
        await again(world)
        assert world.life is not None
        await world.life.died.wait()
        world.dies = None
        found = read_journal(world.journal)
        assert found.state is None
        assert isinstance(found.last and found.last.event(), ev.FileBegun)
        await again(world)
        assert world.state.phase is Phase.PLANNED
        assert world.state.linked.low > 0

    world.run(story)
    whole = Whole(world.journal)
    assert whole.parts[0].first == 1
    assert list(whole)
    assert whole.fault is None


def test_the_feeds_read_on_from_file_to_file(tmp_path: Path) -> None:
    """Record for record, while files are begun and after a restart of the feed; H5: each in its own run."""
    world = small_files(tmp_path)
    numbers: list[int] = []
    cursor, mirror = Cursor(world.journal), Mirror(world.journal)

    def tell() -> None:
        for record in cursor.next(10_000):
            numbers.append(record.seq)
            cursor.done(record)
        cursor.save()

    async def story(world: World) -> None:
        nonlocal cursor
        for number in range(3):
            await some_drug(world)
            tell()
            if number == 1:
                cursor.close()
                cursor = Cursor(world.journal)
            await again(world)
        tell()
        assert numbers == list(range(1, world.service.journal.seq + 1))
        assert mirror.opened_anew()
        mirror.pass_over(world.service.journal.seq)
        passed = list(mirror.new(10_000))
        assert isinstance(passed[0].event, ev.RunOpened)
        assert passed[0].record.seq == parts(world.journal)[-2].first + 1
        assert passed[-1].after == world.state
        assert mirror.digest(1)
        assert [one.record.seq for one in mirror.new(10)] == []

    world.run(story)
    cursor.close()
    mirror.close()
