"""A journal of several files is one chain: whatever is missing, swapped, cut or changed is found (P3)."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.journal import journal as verbs
from daemon.journal.series import base_of, part_at, parts
from daemon.journal.store import Store
from daemon.runtime.opening import read_journal
from tests.journal.files import chained, facts, on_disk, written
from tests.journal.several import EACH, begun, journal_of, of_files, whole

FILES = 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return of_files(tmp_path / "journal.db", FILES)


def told(path: Path) -> str:
    """Why `journal verify` does not believe it; empty = it does."""
    done = CliRunner().invoke(verbs, ["verify", str(path)])
    assert done.exit_code == (1 if done.stderr else 0), done.output
    return done.stderr


def test_p3_the_numbers_and_the_chain_go_on_from_file_to_file(path: Path) -> None:
    """(A) P3."""
    records, fault = whole(path)
    assert fault is None
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert [part.first for part in parts(path)] == [1, 6, 12, 18]
    assert parts(path)[1].path.name == "journal.db.000000000006"
    assert told(path) == ""


def test_a_journal_of_one_file_is_read_as_ever(tmp_path: Path) -> None:
    """What an older version wrote: no word of files in it, and none is needed."""
    records = chained(facts(5))
    path = written(tmp_path / "journal.db", records)
    assert whole(path) == (records, None) == on_disk(path)
    found = read_journal(path)
    assert (found.last, found.fault, found.set_aside) == (records[-1], None, None)


def test_show_export_and_verify_read_all_files(path: Path, tmp_path: Path) -> None:
    records, _ = whole(path)
    run = CliRunner()
    shown = run.invoke(verbs, ["show", str(path), "--json", "--from", "5"]).output.splitlines()
    assert shown == [record.body for record in records[4:]]
    out = tmp_path / "out.jsonl"
    assert run.invoke(verbs, ["export", str(path), str(out)]).exit_code == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["hash"] for line in lines] == [record.hash for record in records]
    said = json.loads(run.invoke(verbs, ["verify", str(path), "--json"]).output)
    assert said == {
        "records": len(records),
        "first": 1,
        "files": FILES,
        "head": records[-1].hash,
        "fault": None,
    }


def test_one_file_alone_can_be_read_from_a_copy(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    copy = shutil.copy(part_at(path, 6).path, tmp_path / "copy")
    done = CliRunner().invoke(verbs, ["verify", str(copy)])
    assert done.output.startswith("6 records, chain unbroken"), done.output


def test_a_name_that_is_no_journal_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(verbs, ["verify", str(tmp_path / "none.db")])
    assert (done.exit_code, "there is no such journal" in done.stderr) == (2, True)


@pytest.mark.parametrize("number", range(FILES))
def test_p3_a_file_that_is_missing_is_found(path: Path, number: int) -> None:
    """(A) P3: the first, one in the middle, and even the newest."""
    gone = parts(path)[number]
    gone.path.unlink()
    assert "missing" in told(path)
    last = number == FILES - 1
    fault = read_journal(path).fault
    assert (fault is not None) is (number >= FILES - 2), "a start looks at the newest file and the one before"
    assert not last or (fault is not None and fault.seq == gone.first)


def test_p3_two_files_that_were_swapped_are_found(path: Path) -> None:
    """(A) P3."""
    second, third = parts(path)[1:3]
    aside = path.with_name("aside")
    second.path.rename(aside)
    third.path.rename(second.path)
    aside.rename(third.path)
    assert told(path).startswith("BROKEN at record 6:")


def test_p3_a_file_of_another_journal_is_found(path: Path, tmp_path: Path) -> None:
    """(A) P3: Same numbers, other facts."""
    (tmp_path / "other").mkdir()
    journal, store = journal_of(tmp_path / "other" / "journal.db")
    with closing(store):
        journal.append(facts(EACH, 900), 0)
        journal.begin_file(begun, 0)
        journal.append(facts(EACH, 901), 0)
    shutil.copy(part_at(tmp_path / "other" / "journal.db", 6).path, part_at(path, 6).path)
    assert "the hash does not fit" in told(path)


@pytest.mark.parametrize("number", range(FILES))
def test_p3_a_file_that_was_cut_is_found(path: Path, number: int) -> None:
    """(A) P3: The last records of a file are gone; of the newest nobody but a copy elsewhere can tell."""
    part = parts(path)[number]
    with closing(sqlite3.connect(part.path)) as db:
        db.execute("DELETE FROM record WHERE seq > ?", (part.first + 2,))
        db.commit()
    newest = number == FILES - 1
    assert ("missing" in told(path)) is not newest
    assert (read_journal(path).fault is not None) is (number == FILES - 2)


@pytest.mark.parametrize("number", range(FILES))
def test_p3_a_changed_record_is_found_in_any_file(path: Path, number: int) -> None:
    """(A) P3."""
    part = parts(path)[number]
    with closing(sqlite3.connect(part.path)) as db:
        db.execute("UPDATE record SET body = replace(body, 'n ', 'm ') WHERE seq = ?", (part.first + 1,))
        db.commit()
    assert "the hash does not fit" in told(path)


def test_the_newest_file_is_set_aside_and_the_record_goes_on_in_the_one_before(path: Path) -> None:
    """Not one record of it holds: every byte is kept, and what is before it is believed."""
    records, _ = whole(path)
    newest = parts(path)[-1]
    newest.path.write_bytes(b"not a journal\n" * 999)
    found = read_journal(path)
    assert found.set_aside is not None
    assert found.set_aside[0].read_bytes() == b"not a journal\n" * 999
    assert found.last == records[newest.first - 2]
    assert parts(path)[-1].first == 12
    assert read_journal(path).last == found.last


def test_a_damaged_newest_file_goes_on_with_its_beginning(path: Path) -> None:
    records, _ = whole(path)
    newest = parts(path)[-1]
    with closing(sqlite3.connect(newest.path)) as db:
        db.execute("UPDATE record SET hash = '' WHERE seq = ?", (newest.first + 3,))
        db.commit()
    found = read_journal(path)
    assert found.last == records[newest.first + 1]
    assert found.set_aside is not None
    assert whole(path) == (records[: newest.first + 2], None)


def test_a_start_reads_the_newest_file_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: of the file before it only the last record."""
    read: list[str] = []
    before = Store.read

    def counted(store: Store, from_seq: int = 1) -> object:
        read.append(store.path.name)
        return before(store, from_seq)

    monkeypatch.setattr(Store, "read", counted)
    assert read_journal(path).last is not None
    assert set(read) == {"journal.db.000000000018"}


def test_the_name_of_a_file_tells_its_journal(path: Path) -> None:
    assert {base_of(part.path) for part in parts(path)} == {path}
    assert base_of(Path("/a/run.journal")) == Path("/a/run.journal")
