"""P3: whatever is changed, cut, swapped, doubled or slipped in, the first bad record is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.journal.records import GENESIS, Record, chain
from daemon.journal.store import Store
from daemon.journal.walk import verified
from tests.journal.files import chained, facts, on_disk, written

RECORDS = chained(facts(9))
EVERY = range(len(RECORDS))
BYTES = [
    "0",
    "9",
    "a",
    "Z",
    " ",
    '"',
    "\\",
    "{",
    "}",
    ",",
    ":",
    "\x00",
    "\x1f",
    "\x7f",
    "é",
    "漢",
    "\U0001f489",
]

Spoil = Callable[[list[Record], int], list[Record]]


def first_bad(records: Sequence[Record]) -> int | None:
    """The number `verify` names; what is before it is believed, and nothing else."""
    good, fault = verified(iter(records))
    assert good == RECORDS[: len(good)]
    assert fault is None or fault.seq == len(good) + 1
    return fault.seq if fault is not None else None


def test_an_unbroken_chain_holds() -> None:
    assert first_bad(RECORDS) is None
    assert first_bad([]) is None


def test_the_chain_is_sha256_over_the_hash_before_and_the_body() -> None:
    """As `printf` and `sha256sum` have it: 64 zeros, a line feed and {}."""
    assert chain(GENESIS, "{}") == "5649d09ed68c17156095d175eef152856c5b1a81c117c409c1e00f096aa6838e"


@pytest.mark.parametrize("put", BYTES, ids=ascii)
def test_p3_any_character_of_any_body_changed(put: str) -> None:
    """(A) P3."""
    for at in EVERY:
        record = RECORDS[at]
        for place in range(len(record.body)):
            if record.body[place] == put:
                continue
            body = record.body[:place] + put + record.body[place + 1 :]
            changed = [*RECORDS[:at], replace(record, body=body), *RECORDS[at + 1 :]]
            assert first_bad(changed) == at + 1, (at, place)


@pytest.mark.parametrize("at", EVERY)
def test_p3_a_body_cut_or_grown(at: int) -> None:
    """(A) P3."""
    body = RECORDS[at].body
    for other in (body[:-1], body[1:], "", body + " ", " " + body, body + body):
        assert first_bad([*RECORDS[:at], replace(RECORDS[at], body=other), *RECORDS[at + 1 :]]) == at + 1


@pytest.mark.parametrize("at", EVERY)
def test_p3_a_hash_changed(at: int) -> None:
    """(A) P3."""
    for digest in (GENESIS, "", RECORDS[at].hash[:-1], RECORDS[at].hash.upper(), RECORDS[at - 1].hash):
        assert first_bad([*RECORDS[:at], replace(RECORDS[at], hash=digest), *RECORDS[at + 1 :]]) == at + 1


@pytest.mark.parametrize("at", EVERY)
def test_p3_a_body_rewritten_with_a_hash_that_fits_breaks_at_the_next(at: int) -> None:
    """(A) P3: A forger must rewrite everything after it; the last head noted elsewhere tells then."""
    before = RECORDS[at - 1].hash if at else GENESIS
    body = RECORDS[at].body.replace("n ", "m ").replace("réason", "reason")
    forged = replace(RECORDS[at], body=body, hash=chain(before, body))
    good, fault = verified(iter([*RECORDS[:at], forged, *RECORDS[at + 1 :]]))
    if at + 1 < len(RECORDS):
        assert fault is not None
        assert fault.seq == at + 2
    assert good[-1].hash != RECORDS[-1].hash


@pytest.mark.parametrize("at", EVERY[:-1])
def test_p3_a_record_cut_out(at: int) -> None:
    """(A) P3."""
    assert first_bad([*RECORDS[:at], *RECORDS[at + 1 :]]) == at + 1


@pytest.mark.parametrize("at", EVERY[:-1])
def test_p3_two_records_swapped(at: int) -> None:
    """(A) P3: Also when each keeps its place's number."""
    one, two = RECORDS[at], RECORDS[at + 1]
    assert first_bad([*RECORDS[:at], two, one, *RECORDS[at + 2 :]]) == at + 1
    swapped = [replace(two, seq=one.seq), replace(one, seq=two.seq)]
    assert first_bad([*RECORDS[:at], *swapped, *RECORDS[at + 2 :]]) == at + 1


@pytest.mark.parametrize("at", EVERY)
def test_p3_a_record_doubled_or_slipped_in(at: int) -> None:
    """(A) P3."""
    again = [*RECORDS[: at + 1], RECORDS[at], *RECORDS[at + 1 :]]
    assert first_bad(again) == at + 2
    renumbered = [replace(record, seq=n) for n, record in enumerate(again, 1)]
    assert first_bad(renumbered) == at + 2


@pytest.mark.parametrize("at", EVERY)
def test_p3_a_foreign_record_slipped_in(at: int) -> None:
    """(A) P3: One with a hash that fits is told by the record it pushes aside."""
    fits = chained(facts(1, 50), RECORDS[at - 1] if at else None)
    _, fault = verified(iter([*RECORDS[:at], *fits, *RECORDS[at:]]))
    assert fault is not None
    assert fault.seq == at + 2
    stray = replace(fits[0], hash=RECORDS[at].hash)
    assert first_bad([*RECORDS[:at], stray, *RECORDS[at:]]) == at + 1


@pytest.mark.parametrize("at", EVERY)
def test_p3_a_body_that_carries_another_number(at: int) -> None:
    """(A) P3."""
    content = {**json.loads(RECORDS[at].body), "seq": 99}
    body = json.dumps(content)
    before = RECORDS[at - 1].hash if at else GENESIS
    forged = replace(RECORDS[at], body=body, hash=chain(before, body))
    assert first_bad([*RECORDS[:at], forged]) == at + 1


@pytest.mark.parametrize("body", ["", "[]", "null", "7", '"text"', "{", '{"a":1}', "\ud800", "[" * 100_000])
def test_a_body_that_is_no_record_is_a_fault_and_nothing_worse(body: str) -> None:
    digest = chain(RECORDS[2].hash, body) if body != "\ud800" else ""
    assert first_bad([*RECORDS[:3], Record(4, body, digest)]) == 4


@pytest.mark.parametrize(
    ("spoil", "bad"),
    [
        ("UPDATE record SET body = replace(body, 'n 5', 'n 6') WHERE seq = 5", 5),
        ("UPDATE record SET body = CAST(body AS BLOB) WHERE seq = 3", 3),
        ("UPDATE record SET body = X'ff00' WHERE seq = 3", 3),
        ("UPDATE record SET body = CAST(X'ff7b' AS TEXT) WHERE seq = 3", 3),
        ("UPDATE record SET hash = '' WHERE seq = 9", 9),
        ("DELETE FROM record WHERE seq = 4", 4),
        ("UPDATE record SET seq = 10 WHERE seq = 4", 4),
        ("UPDATE record SET seq = -seq WHERE seq = 1", 1),
        ("INSERT INTO record SELECT 10, body, hash FROM record WHERE seq = 9", 10),
        ("INSERT INTO record SELECT 0, body, hash FROM record WHERE seq = 9", None),
        ("DROP TABLE record", 1),
        ("ALTER TABLE record RENAME COLUMN body TO text", 1),
    ],
)
def test_p3_the_file_is_read_with_the_same_eyes(tmp_path: Path, spoil: str, bad: int | None) -> None:
    """(A) P3."""
    path = written(tmp_path / "journal.db", RECORDS)
    db = sqlite3.connect(path)
    db.execute(spoil)
    db.commit()
    db.close()
    good, fault = on_disk(path)
    assert (fault.seq if fault is not None else None) == bad
    assert good == RECORDS[: len(good)]


def test_a_record_read_from_the_file_is_the_record_written(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.db", RECORDS)
    assert on_disk(path) == (RECORDS, None)
    store = Store(path, read_only=True)
    store.open()
    assert list(store.read(from_seq=7)) == RECORDS[6:]
    store.close()
