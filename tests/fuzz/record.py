"""The journal: its file byte by byte, and records of another version whose chain is whole."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from click.testing import CliRunner

from daemon.cli.journal import journal as verb
from daemon.control.report import report
from daemon.engine.inputs import HoldNow
from daemon.engine.phases import Phase
from daemon.feeds.mirror import Mirror
from daemon.journal.codec import CodecError
from daemon.journal.records import GENESIS, Record, chain, make
from daemon.journal.store import Store
from daemon.journal.walk import verified
from daemon.protocols.rules import Choice, ChoiceKind
from daemon.runtime.opening import read_journal
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.fuzz.files import folder
from tests.fuzz.mutate import as_json, in_place
from tests.fuzz.target import Target
from tests.journal.files import UTC_TEXT

FILE = "journal.db"
RECORDS_MAX = 120


def targets() -> Iterator[Target]:
    """The file as the disk gives it back, and records as another version may have written them."""
    reads = "daemon/journal/store.py", "daemon/runtime/opening.py", "daemon/feeds/record.py"
    yield Target("journal-file", reads, journal_file, in_place, files, share=200)
    reads = "daemon/journal/records.py", "daemon/journal/codec.py", "daemon/feeds/mirror.py"
    yield Target("journal-record", reads, record, record_damaged, bodies, share=200)
    yield Target("journal-verb", ("daemon/cli/journal.py",), verbs, in_place, files, share=500)


@cache
def records() -> tuple[Record, ...]:
    """A run with a hold, a reaction and two bags, from its opening to its end."""
    world = World(small(), timing=Timing(poll_ms=5_000, tick_ms=5_000)).start()
    world.run(20_000)
    world.do(HoldNow, reason="x")
    world.run(10_000)
    world.resume(Choice(ChoiceKind.REST_OF_STEP))
    world.run_until(Phase.COMPLETED)
    made: list[Record] = []
    for seq, (at_ms, event) in enumerate(world.events[:RECORDS_MAX], start=1):
        before = made[-1].hash if made else GENESIS
        made.append(make(seq, before, event, at_ms=at_ms, wire_ms=at_ms, utc=UTC_TEXT, boot="b", sync=True))
    return tuple(made)


def record_damaged(known: Sequence[bytes], rng: random.Random) -> bytes:
    """What a record says damaged, and the rest of it whole; now and then the whole record."""
    body = rng.choice(known)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return as_json([body], rng)
    if rng.randrange(5) == 0 or not isinstance(content, dict) or "data" not in content:
        return as_json([body], rng)
    damaged = as_json([json.dumps(content["data"]).encode()], rng).decode("utf-8", "replace")
    head = json.dumps({key: value for key, value in content.items() if key != "data"})
    return f'{head[:-1]}, "data": {damaged}}}'.encode("utf-8", "replace")


def _written(kept: Sequence[Record]) -> Path:
    place = _anew()
    store = Store(place / FILE, synchronous="OFF")
    store.open()
    store.append(kept)
    store.close()
    return place / FILE


def _anew() -> Path:
    place = folder() / "journal"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


@cache
def _file() -> bytes:
    return _written(records()).read_bytes()


def files() -> Sequence[bytes]:
    """The closed file of a short run."""
    return (_file(),)


def journal_file(data: bytes) -> str:
    """What is believed is a beginning of what was written; a damaged file is kept, and a sound one begun."""
    path = _anew() / FILE
    path.write_bytes(data)
    try:
        found = read_journal(path)
    except (sqlite3.Error, OSError, CodecError) as error:
        return type(error).__name__
    good, fault = _on_disk(path) if path.exists() else ([], None)
    assert fault is None, f"taken up with {fault}"
    assert tuple(good) == records()[: len(good)], "a record is believed that was never written"
    assert (found.last.seq if found.last else 0) == len(good)
    if found.set_aside is None:
        return "whole" if good else "empty"
    kept, _ = found.set_aside
    assert kept.read_bytes() == data, "the damaged file was not kept as it was"
    return "set aside"


def _on_disk(path: Path) -> tuple[list[Record], object]:
    store = Store(path, read_only=True)
    store.open()
    try:
        return verified(store.read())
    finally:
        store.close()


def bodies() -> Sequence[bytes]:
    """Bodies of records, one of each kind there is in a short run."""
    return tuple(one.body.encode() for one in records())


def record(data: bytes) -> str:
    """A body in its place, the chain made whole: replayed or refused, by daemon, report, mirror alike."""
    try:
        seq = json.loads(data)["seq"]
    except (ValueError, LookupError, TypeError, RecursionError):
        seq = 2
    at = seq if seq in range(1, len(records()) + 1) else 2
    bent = [*records()[: at - 1]]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "no text"
    texts = [text, *(one.body for one in records()[at:])]
    for number, body in enumerate(texts, start=at):
        bent.append(Record(number, body, chain(bent[-1].hash if bent else GENESIS, body)))
    path = _written(bent)
    good, fault = _on_disk(path)
    try:
        report(list(good), None)
        word = "replayed" if fault is None else "set aside"
    except CodecError:
        word = "refused"
    _mirrored(path)
    try:
        read_journal(path)
    except CodecError:
        return "refused"
    return word


def _mirrored(path: Path) -> None:
    mirror = Mirror(path)
    try:
        mirror.opened_anew()
        list(mirror.new(100))
    except (sqlite3.Error, OSError, ValueError):
        return
    finally:
        mirror.close()


def verbs(data: bytes) -> str:
    """`journal show`, `verify`, `export`: an exit code, never a traceback."""
    path = _anew() / FILE
    path.write_bytes(data)
    codes = []
    for arguments in (
        ["show", str(path)],
        ["verify", str(path), "--json"],
        ["export", str(path), f"{path}.out"],
    ):
        ended = CliRunner().invoke(verb, arguments)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        codes.append(ended.exit_code)
    assert set(codes) <= {0, 1, 2}, f"{codes}"
    return f"exit {codes[1]}"
