"""Belief in a chain of records: how far it reaches, and where and why it ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daemon.journal.records import GENESIS, Record, chain


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain breaks: the first record that cannot be believed, and why."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Place:
    """What the next record follows: the number and the hash before it."""

    seq: int
    hash: str


START = Place(0, GENESIS)


class Walk:
    """Passes on the records that can be believed, in order; afterwards `fault` is None if all of them can."""

    def __init__(self, records: Iterable[Record], after: Place = START) -> None:
        self._records = records
        self.place = after
        """Up to where belief has come."""
        self.fault: Fault | None = None

    def __iter__(self) -> Iterator[Record]:
        try:
            for record in self._records:
                self.fault = self._doubt(record)
                if self.fault is not None:
                    return
                self.place = Place(record.seq, record.hash)
                yield record
        except (sqlite3.Error, ValueError, KeyError, TypeError, RecursionError) as error:
            self.fault = Fault(self.place.seq + 1, f"unreadable: {error}")

    def _doubt(self, record: Record) -> Fault | None:
        expected = self.place.seq + 1
        if record.seq != expected:
            return Fault(expected, f"record {expected} is missing, {record.seq} follows")
        if record.hash != chain(self.place.hash, record.body):
            return Fault(record.seq, "the hash does not fit the body and the record before")
        if record.content()["seq"] != record.seq:
            return Fault(record.seq, "the body carries another number")
        return None


def verified(records: Iterable[Record], after: Place = START) -> tuple[list[Record], Fault | None]:
    """The longest believable beginning, and where belief ends (None = the whole chain holds)."""
    walk = Walk(records, after)
    return list(walk), walk.fault
