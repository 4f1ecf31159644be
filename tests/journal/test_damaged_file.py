"""A damaged file: every byte of it is kept beside, its believable beginning goes on, nothing is made up."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from daemon.engine.phases import Phase
from daemon.journal.records import Record, chain
from daemon.journal.store import Store
from daemon.runtime.opening import Found, read_journal
from daemon.runtime.replay import replay
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World
from simulators.options import choose
from tests.engine.plans import published
from tests.journal.files import chained, facts, on_disk, written

PARTS = ("", "-wal", "-shm")
STEPS = 10
"""Changes to the folder while a damaged file is set aside."""


@dataclass(frozen=True)
class Lived:
    """A journal as a killed daemon leaves it (with its log), the same closed, and its records."""

    killed: Path
    closed: Path
    records: list[Record]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Some minutes of a real run: started, infusing."""
    folder = tmp_path_factory.mktemp("lived")
    killed = folder / "killed"
    killed.mkdir()
    world = World(published("castells-12-step"), folder / "journal.db", options=choose({"flow_error": "0"}))

    async def story(world: World) -> None:
        await Nurse(world).start()
        await world.until(lambda s: s.phase is Phase.INFUSING and s.running, minutes=20)
        world.service._store.checkpoint()
        now = world.state.at_ms
        await world.until(lambda s: s.at_ms > now + 240_000, minutes=20)
        for part in PARTS:
            shutil.copy(folder / f"journal.db{part}", killed)

    world.run(story)
    (killed / "journal.db-shm").unlink()
    closed = folder / "closed.db"
    for part in ("", "-wal"):
        shutil.copy(killed / f"journal.db{part}", folder / f"closed.db{part}")
    db = sqlite3.connect(closed)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    records, fault = on_disk(closed)
    assert fault is None
    assert len(records) > 60
    return Lived(killed / "journal.db", closed, records)


def copy_of(path: Path, to: Path) -> Path:
    for part in PARTS:
        if path.with_name(path.name + part).exists():
            shutil.copy(path.with_name(path.name + part), to / f"journal.db{part}")
    return to / "journal.db"


def bytes_of(path: Path) -> dict[str, bytes]:
    """File and log; the shared memory index is rebuilt by any reader and says nothing of its own."""
    parts = {part: path.with_name(path.name + part) for part in ("", "-wal")}
    return {part: file.read_bytes() for part, file in parts.items() if file.exists() and file.read_bytes()}


def check(path: Path, records: list[Record], damaged: dict[str, bytes]) -> Found:
    """What must hold of every journal taken up, whatever was done to it."""
    found = read_journal(path)
    good, fault = on_disk(path) if path.exists() else ([], None)
    assert fault is None
    assert good == records[: len(good)]
    assert found.last == (good[-1] if good else None)
    again = replay(good)
    assert found.state == (again.state if again is not None else None)
    assert found.guard == (again.guard if again is not None else None)
    if found.set_aside is not None:
        kept, why = found.set_aside
        assert bytes_of(kept) == {part: data for part, data in damaged.items() if data}
        assert why.seq == len(good) + 1
    return found


def test_live_is_replay(lived: Lived, tmp_path: Path) -> None:
    found = check(copy_of(lived.killed, tmp_path), lived.records, {})
    assert found.set_aside is None
    assert found.last == lived.records[-1]
    assert found.state is not None
    assert found.state.phase is Phase.INFUSING


def test_a_bed_without_a_journal_begins_one(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none.db") == Found(None, None, None, None)


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_anywhere_in_the_file(lived: Lived, tmp_path: Path, seed: int) -> None:
    """One to four bytes of the closed file become others."""
    path = copy_of(lived.closed, tmp_path)
    dice = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(data)) if seed % 4 else dice.randrange(100)
        data[place] ^= dice.randint(1, 255)
    path.write_bytes(data)
    check(path, lived.records, bytes_of(path))


@pytest.mark.parametrize("seed", range(20))
def test_a_changed_record_is_the_end_of_belief(lived: Lived, tmp_path: Path, seed: int) -> None:
    """A digit inside a body, found in the file itself."""
    path = copy_of(lived.closed, tmp_path)
    dice = random.Random(seed)
    record = dice.choice(lived.records[1:])
    data = path.read_bytes()
    body = record.body.encode()
    place = data.find(body)
    if place < 0:
        pytest.skip("the body is spread over pages")
    spoiled = data[:place] + body.replace(b'"wire_ms":', b'"wire_mz":') + data[place + len(body) :]
    path.write_bytes(spoiled)
    found = check(path, lived.records, bytes_of(path))
    assert found.set_aside is not None
    assert found.set_aside[1].seq == record.seq
    assert found.last == lived.records[record.seq - 2]


@pytest.mark.parametrize("percent", [0, 1, 5, 20, 40, 60, 80, 95, 99])
def test_a_file_cut_short(lived: Lived, tmp_path: Path, percent: int) -> None:
    path = copy_of(lived.closed, tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * percent // 100])
    found = check(path, lived.records, bytes_of(path))
    assert found.last != lived.records[-1]


@pytest.mark.parametrize("seed", range(12))
def test_a_log_cut_short_or_spoiled(lived: Lived, tmp_path: Path, seed: int) -> None:
    """As power loss leaves it: the beginning that was synced is there and believed."""
    path = copy_of(lived.killed, tmp_path)
    log = path.with_name("journal.db-wal")
    dice = random.Random(seed)
    data = bytearray(log.read_bytes())
    place = dice.randrange(len(data))
    if seed % 2:
        del data[place:]
    else:
        data[place] ^= dice.randint(1, 255)
    log.write_bytes(data)
    check(path, lived.records, bytes_of(path))


def test_a_log_that_is_gone(lived: Lived, tmp_path: Path) -> None:
    path = copy_of(lived.killed, tmp_path)
    path.with_name("journal.db-wal").unlink()
    found = check(path, lived.records, bytes_of(path))
    assert found.last != lived.records[-1]


@pytest.mark.parametrize("content", [b"", b"\n", b"not a journal\n" * 999, bytes(8192)], ids=len)
def test_a_file_that_is_no_journal_is_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    found = check(path, [], {"": content})
    assert found.set_aside is not None
    assert found.set_aside[0].name == "journal.db.damaged-1"


def test_every_damaged_file_gets_a_name_of_its_own(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / "journal.db").write_bytes(b"%d" % number * 100)
        found = read_journal(tmp_path / "journal.db")
        assert found.set_aside is not None
        assert found.set_aside[0].name == f"journal.db.damaged-{number}"
    kept = sorted(path.read_bytes()[:1] for path in tmp_path.glob("*.damaged-?"))
    assert kept == [b"1", b"2", b"3"]


class Killed(BaseException):
    """The process ends here."""


def spoiled(lived: Lived, to: Path) -> Path:
    """Record 50 of a journal with a log beside it is bad."""
    path = copy_of(lived.closed, to)
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("UPDATE record SET hash = '' WHERE seq = 50")
    db.commit()
    for part in ("", "-wal"):
        shutil.copy(to / f"journal.db{part}", to / f"copy.db{part}")
    db.close()
    for part in ("", "-wal"):
        (to / f"copy.db{part}").rename(to / f"journal.db{part}")
    return path


@pytest.mark.parametrize("step", range(STEPS))
def test_a_start_killed_while_it_sets_aside_loses_nothing(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Killed before any of its changes to the folder, the next start goes on with the same beginning."""
    path = spoiled(lived, tmp_path)
    damaged = bytes_of(path)
    left = [step]

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any, **more: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return change(*args, **more)

        return do

    with monkeypatch.context() as patched:
        for owner, name in ((Path, "rename"), (Path, "unlink"), (Store, "open"), (Store, "append")):
            patched.setattr(owner, name, counted(getattr(owner, name)))
        with pytest.raises(Killed):
            read_journal(path)
    found = read_journal(path)
    assert found.last == lived.records[48]
    assert on_disk(path) == (lived.records[:49], None)
    assert found.set_aside is not None
    assert bytes_of(found.set_aside[0]) == damaged
    assert list(tmp_path.glob("*.new*")) == []
    assert list(tmp_path.glob("*.damaged-2*")) == []


def test_a_journal_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    """A whole chain with an event this version does not know: a clear word, and the file is left alone."""
    records = chained(facts(3))
    path = written(tmp_path / "journal.db", _with_unknown(records))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="newer version"):
        read_journal(path)
    assert path.read_bytes() == before


def _with_unknown(records: list[Record]) -> list[Record]:
    body = records[-1].body.replace('"type":"GateShut"', '"type":"Unheard"')
    return [*records[:-1], Record(3, body, chain(records[-2].hash, body))]
