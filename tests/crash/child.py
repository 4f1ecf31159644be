"""`infusiond serve` that dies by its own hand, SIGKILL, at the n-th moment it touches a disk or a line."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from daemon.cli.main import main as infusiond
from daemon.journal.store import Store
from drivers.links import serial


class Fuse:
    """Counts the moments; `tally` is a file with a line for each, for whoever wants to know them.

    The journal's thread and the lines reach theirs at the same time: each is counted whole.
    """

    def __init__(self, at: int, tally: Path) -> None:
        self._at = at
        self._reached = 0
        self._one = threading.Lock()
        self._tally = os.open(tally, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def next_is_last(self) -> bool:
        """The moment that comes now is the one to die at."""
        return self._reached + 1 == self._at

    def reach(self, what: str) -> None:
        """Come to a moment, and perhaps not beyond it."""
        with self._one:
            self._reached += 1
            os.write(self._tally, f"{what}\n".encode())
            if self._reached == self._at:
                os.kill(os.getpid(), signal.SIGKILL)


class Disk:
    """A connection of which every transaction has four moments: begun, written, before its sync, synced."""

    def __init__(self, db: sqlite3.Connection, fuse: Fuse) -> None:
        self._db = db
        self._fuse = fuse

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        """As the connection does."""
        if sql == "COMMIT":
            self._fuse.reach("before fsync")
        result = self._db.execute(sql, *args)
        if sql == "COMMIT":
            self._fuse.reach("after fsync")
        elif sql.startswith("BEGIN"):
            self._fuse.reach("before write")
        return result

    def executemany(self, sql: str, rows: Sequence[Any]) -> sqlite3.Cursor:
        """As the connection does."""
        result = self._db.executemany(sql, rows)
        self._fuse.reach("after write")
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def arm(fuse: Fuse) -> None:
    """From now on journal and serial ports have moments."""
    opened, write = Store.open, os.write

    def open_(store: Store) -> None:
        opened(store)
        if not store._read_only and store._db is not None:
            connection: Any = Disk(store._db, fuse)
            store._db = connection

    def send(file: int, data: bytes) -> int:
        fuse.reach("before send")
        if fuse.next_is_last():
            write(file, data[: len(data) // 2])
            fuse.reach("half sent")
        taken = write(file, data)
        fuse.reach("after send")
        return taken

    patched: Any = (Store, serial)
    patched[0].open = open_
    patched[1].os = SimpleNamespace(write=send, read=os.read)


def main() -> None:
    """The moment, the file of the tally, and the words for `infusiond`."""
    arm(Fuse(int(sys.argv[1]), Path(sys.argv[2])))
    sys.argv = ["infusiond", *sys.argv[3:]]
    infusiond()


if __name__ == "__main__":
    main()
