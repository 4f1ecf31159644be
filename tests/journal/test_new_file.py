"""A new file is begun between runs: killed or refused at any step, nothing is lost and nothing is made up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.engine.events_file import FileBegun, FileEnded
from daemon.journal import series
from daemon.journal.keeping import Keeping
from daemon.journal.records import Record
from daemon.journal.series import parts
from daemon.journal.store import Store
from daemon.runtime.new_file import begin_file
from daemon.runtime.opening import read_journal
from tests.journal.files import Clock, chained, facts, written
from tests.journal.several import journal_of, of_files, whole

STEPS = 30
"""More than there are changes to the folder while a file is begun."""
CHANGES = ((Path, "rename"), (Path, "unlink"), (Store, "open"), (Store, "append"), (Store, "close"))
AT_ONCE = Keeping(file_mb=0)
"""Every run begins a new file."""


class Killed(BaseException):
    """The process ends here."""


def spoiled(monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException, *, after: bool) -> list[str]:
    """From the `step`-th change to the folder on everything fails; `after` = that one is still done."""
    done: list[str] = []

    def counted(name: str, change: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any, **more: Any) -> Any:
            done.append(name)
            if len(done) > step + 1 or (len(done) == step + 1 and not after):
                raise error
            result = change(*args, **more)
            if len(done) == step + 1:
                raise error
            return result

        return do

    for owner, name in CHANGES:
        monkeypatch.setattr(owner, name, counted(name, getattr(owner, name)))
    return done


def a_start(path: Path, clock: Clock, keeping: Keeping = AT_ONCE) -> str:
    """Take the journal up, begin a file if it is time, and record the first facts of a run."""
    found = read_journal(path)
    journal, store = journal_of(path, clock)
    with closing(store):
        why = begin_file(store, journal, found, keeping, clock)
        journal.append(facts(2, 500), 0)
    return why


def seen(records: list[Record]) -> list[str]:
    """The facts, without those about files."""
    about_files = (FileBegun, FileEnded)
    return [str(r.event()) for r in records if not isinstance(r.event(), about_files)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(STEPS))
def test_killed_at_any_step_the_next_start_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    """(A) D5, P3: before and after every rename, unlink, open, append and close."""
    path, clock = of_files(tmp_path / "journal.db", 2), Clock()
    before = seen(whole(path)[0])
    with monkeypatch.context() as patched:
        done = spoiled(patched, step, Killed(), after=after)
        with suppress(Killed):
            a_start(path, clock)
    begun = [str(one) for one in facts(2, 500)]
    assert a_start(path, clock) == ""
    records, fault = whole(path)
    assert fault is None
    told = seen(records)
    assert told in ([*before, *begun], [*before, *begun, *begun])
    assert not list(tmp_path.glob("*.next*"))
    assert read_journal(path).fault is None
    assert len(done) < STEPS, "every change was reached"


@pytest.mark.parametrize("step", range(STEPS))
def test_p4_a_disk_that_refuses_at_any_step_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """(A) P4: the record goes on in the old file and the reason is told; or nothing more can be written."""
    path, clock = of_files(tmp_path / "journal.db", 2), Clock()
    before = seen(whole(path)[0])
    found = read_journal(path)
    journal, store = journal_of(path, clock)
    with closing(store):
        with monkeypatch.context() as patched:
            done = spoiled(patched, step, sqlite3.OperationalError("database or disk is full"), after=False)
            why = begin_file(store, journal, found, AT_ONCE, clock)
        broken: list[str] = []
        journal.on_broken = broken.append
        journal.append(facts(2, 500), 0)
        assert ("disk is full" in why) is (step < len(done))
    told = [str(one) for one in facts(2, 500)]
    records, fault = whole(path)
    if broken:
        assert "is not open" in broken[0]
        assert a_start(path, clock) == ""
        records, fault = whole(path)
    assert fault is None
    assert seen(records) == [*before, *told]


def test_a_file_that_is_small_goes_on(tmp_path: Path) -> None:
    path = of_files(tmp_path / "journal.db", 1)
    assert a_start(path, Clock(), Keeping(file_mb=1)) == ""
    assert len(parts(path)) == 1


def test_a_large_file_is_ended(tmp_path: Path) -> None:
    """The size counts what still lies in the log beside it."""
    records = chained(facts(6000))
    path = written(tmp_path / "journal.db", records)
    assert a_start(path, Clock(), Keeping(file_mb=1)) == ""
    assert [part.first for part in parts(path)] == [1, 6002]


def test_a_journal_that_somebody_else_went_on_with_is_left_alone(tmp_path: Path) -> None:
    """Two starts at once: whoever read an older state begins no file."""
    path, clock = of_files(tmp_path / "journal.db", 1), Clock()
    found = read_journal(path)
    a_start(path, clock, Keeping())
    journal, store = journal_of(path, clock)
    with closing(store):
        assert begin_file(store, journal, found, AT_ONCE, clock) == ""
    assert len(parts(path)) == 1


def dated(tmp_path: Path, files: int) -> tuple[Path, Clock]:
    """A file a day, each in a boot of its own."""
    clock = Clock()
    path = of_files(tmp_path / "journal.db", files, clock)
    clock.boot = "boot-2"
    return path, clock


def test_p3_old_files_are_let_go_and_nothing_younger(tmp_path: Path) -> None:
    """(A) P3: kept for at least so many days; the chain from there on is whole, and says from where."""
    path, clock = dated(tmp_path, 5)
    clock.at += timedelta(days=27)
    assert a_start(path, clock, Keeping(0, 30)) == ""
    assert [part.first for part in parts(path)] == [6, 12, 18, 24, 30]
    records, fault = whole(path)
    assert fault is None
    assert records[0].seq == 6


def test_the_newest_file_stays_however_old_it_is(tmp_path: Path) -> None:
    path, clock = dated(tmp_path, 3)
    clock.at += timedelta(days=9_000)
    assert a_start(path, clock, Keeping(0, 30)) == ""
    assert [part.first for part in parts(path)] == [12, 18]
    assert whole(path)[1] is None
    assert a_start(path, clock, Keeping(file_mb=4, keep_days=30)) == ""
    assert len(parts(path)) == 2


def test_a_clock_nobody_believes_lets_nothing_go(tmp_path: Path) -> None:
    """F20: after a reboot with a clock that is not synchronised a date is no date."""
    path, clock = dated(tmp_path, 3)
    clock.at += timedelta(days=9_000)
    clock.synchronised = False
    assert a_start(path, clock, Keeping(0, 30)) == ""
    assert len(parts(path)) == 4


def test_files_that_could_not_be_deleted_go_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the deletions; what is left is one chain all the time."""
    path, clock = dated(tmp_path, 6)
    clock.at += timedelta(days=9_000)

    def once(base: Path, kept_from: int) -> None:
        parts(base)[0].path.unlink()
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("daemon.runtime.new_file.let_go", once)
        with suppress(Killed):
            a_start(path, clock, Keeping(0, 30))
    assert len(parts(path)) == 6
    assert whole(path)[1] is None
    assert a_start(path, clock, Keeping(4, 30)) == ""
    assert [part.first for part in parts(path)] == [30, 36]
    assert whole(path)[1] is None


def test_a_file_deleted_by_hand_is_not_one_that_was_let_go(tmp_path: Path) -> None:
    path, clock = dated(tmp_path, 5)
    clock.at += timedelta(days=27)
    a_start(path, clock, Keeping(0, 30))
    parts(path)[0].path.unlink()
    _, fault = whole(path)
    assert fault is not None
    assert fault.why == "records 6 to 11 are missing"
    assert series.newest(path).first == 30
