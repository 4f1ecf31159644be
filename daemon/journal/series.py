"""The files of one journal: the first has the name it was given, each later one that of its first record."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from daemon.engine.events import FileBegun, FileEnded
from daemon.journal.codec import CodecError
from daemon.journal.records import Record
from daemon.journal.store import LOGS, Store
from daemon.journal.walk import START, Fault, Place, Walk


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One file and the number of its first record."""

    first: int
    path: Path


def part_at(path: Path, first: int) -> Part:
    """The file that begins with this record, whether it is there or not."""
    return Part(first, path if first == 1 else path.with_name(f"{path.name}.{first:012d}"))


def base_of(path: Path) -> Path:
    """The name of the journal a file belongs to."""
    return path.with_name(re.sub(r"\.\d{12,}$", "", path.name))


def parts(path: Path) -> list[Part]:
    """Every file there is of the journal with this name, oldest first."""
    numbered = re.compile(re.escape(path.name) + r"\.(\d{12,})")
    folder = path.parent.iterdir() if path.parent.is_dir() else ()
    found = [match for match in (numbered.fullmatch(file.name) for file in folder) if match]
    later = sorted(Part(int(match[1]), path.with_name(match[0])) for match in found)
    return [*([Part(1, path)] if path.exists() else []), *later]


def newest(path: Path) -> Part:
    """The file that is written to; the one with the plain name where there is none yet."""
    found = parts(path)
    return found[-1] if found else Part(1, path)


def begun_with(part: Part, store: Store) -> FileBegun | None:
    """What the first record of a later file says; None in the first file. CodecError if it says nothing."""
    if part.first == 1:
        return None
    record = next(store.read(), None)
    event = record.event() if record is not None else None
    if record is None or record.seq != part.first or not isinstance(event, FileBegun):
        raise CodecError(f"{part.path.name} does not begin with record {part.first}, which begins a file")
    return event


def walk_of(part: Part, store: Store) -> Walk:
    """One file by itself: what it follows is taken from its own first record."""
    try:
        begun = begun_with(part, store)
    except (sqlite3.Error, ValueError, LookupError, TypeError, RecursionError) as error:
        walk = Walk(())
        walk.fault = Fault(part.first, f"unreadable: {error}")
        return walk
    return Walk(store.read(), START if begun is None else Place(part.first - 1, begun.before))


def link_fault(path: Path, part: Part, begun: FileBegun | None) -> Fault | None:
    """Whether the file before this one ends where this one says; one that was let go is not missed."""
    if begun is None or begun.kept_from >= part.first:
        return None
    before = [one for one in parts(path) if one.first < part.first]
    if not before:
        return Fault(part.first - 1, f"the file before {part.path.name} is missing")
    try:
        last = last_of(before[-1])
    except (sqlite3.Error, OSError) as error:
        return Fault(part.first - 1, f"{before[-1].path.name} is unreadable: {error}")
    if last is None or (last.seq, last.hash) != (part.first - 1, begun.before):
        return Fault(part.first - 1, f"{before[-1].path.name} does not end where {part.path.name} begins")
    return None


def last_of(part: Part) -> Record | None:
    """The last record of a file. Raises sqlite3.Error or OSError."""
    with closing(Store(part.path, read_only=True)) as store:
        store.open()
        return store.last()


class Whole:
    """Every record of a journal that can be believed, in order; then `fault` tells where belief ended.

    `only`: this one file by itself. Raises sqlite3.Error or OSError where a file cannot be opened.
    """

    def __init__(self, path: Path, *, only: Part | None = None) -> None:
        self._path = path
        self.parts = parts(path) if only is None else [only]
        self._only = only
        self.fault: Fault | None = None

    def __iter__(self) -> Iterator[Record]:
        place: Place | None = None
        last: Record | None = None
        for part in self.parts:
            with closing(Store(part.path, read_only=True)) as store:
                store.open()
                walk = walk_of(part, store)
                if place is not None and walk.fault is None:
                    walk = Walk(store.read(), place)
                self.fault = self._torn(place, part)
                if self.fault is None:
                    for last in walk:
                        yield last
                    self.fault, place = walk.fault, walk.place
            if self.fault is not None:
                return
        if self._only is None:
            self.fault = self._let_go() or cut_off(last)

    def _torn(self, place: Place | None, part: Part) -> Fault | None:
        """A file is missing before this one, or the one before was cut short."""
        if place is None or place.seq + 1 == part.first:
            return None
        missing = f"records {place.seq + 1} to {part.first - 1} are missing"
        return Fault(place.seq + 1, f"{missing} before {part.path.name}")

    def _let_go(self) -> Fault | None:
        """The oldest files may be gone, but only those that were let go."""
        part = self.parts[-1] if self.parts else Part(1, self._path)
        with closing(Store(part.path, read_only=True)) as store:
            store.open()
            begun = begun_with(part, store)
        first = self.parts[0].first if self.parts else 1
        if begun is not None and first > begun.kept_from:
            return Fault(begun.kept_from, f"records {begun.kept_from} to {first - 1} are missing")
        return None


def cut_off(last: Record | None) -> Fault | None:
    """A record that says that another file follows is the last one there is."""
    if last is not None and isinstance(last.event(), FileEnded):
        return Fault(last.seq + 1, "the file that begins with this record is missing")
    return None


def let_go(path: Path, kept_from: int) -> None:
    """Delete the files that end before this record, oldest first. OSError where the disk refuses."""
    for part, following in pairwise(parts(path)):
        if following.first > kept_from:
            return
        for suffix in ("", *LOGS):
            part.path.with_name(part.path.name + suffix).unlink(missing_ok=True)
