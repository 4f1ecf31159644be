"""The least a program can do: read the monitor's frame, compare its SpO2, write STOP."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import termios
import tty
from pathlib import Path
from typing import Self

from tests.bench.lines import Loop, Terminal
from tests.bench.peers import STOP, MonitorPeer

LIMIT_HUNDREDTHS = 9200
SPO2_AT = 1 + 40 + 4 + 124
"""In an unescaped frame: flag, header, time of the sub-record, SpO2 in the basic class."""
FRAME_MIN = 1000
READY = b"."


def main(monitor: str, pump: str) -> None:
    """Loop until killed; the arguments are paths of terminals."""
    source, sink = (os.open(path, os.O_RDWR | os.O_NOCTTY) for path in (monitor, pump))
    os.set_blocking(source, False)
    for fd in (source, sink):
        tty.setraw(fd, termios.TCSANOW)
    poller = selectors.DefaultSelector()
    poller.register(source, selectors.EVENT_READ)
    heard = b""
    os.write(sink, READY)
    while True:
        poller.select()
        heard += os.read(source, 4096)
        if len(heard) < FRAME_MIN or heard[-1] != 0x7E:
            continue
        frame = heard.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
        if int.from_bytes(frame[SPO2_AT : SPO2_AT + 2], "little") <= LIMIT_HUNDREDTHS:
            os.write(sink, STOP)
        heard = b""


class Floor:
    """The bare loop in a process of its own, fed as the daemon is."""

    def __init__(self, loop: Loop, folder: Path) -> None:
        self._loop = loop
        self._monitor, self._pump = Terminal(folder / "floor-monitor"), Terminal(folder / "floor-pump")
        self.monitor = MonitorPeer(loop, self._monitor)
        self._ready = False
        self.stop_ns = 0
        loop.on_readable(self._pump.master, self._readable)
        command = [sys.executable, "-m", "tests.bench.floor", str(self._monitor.path), str(self._pump.path)]
        self._process = subprocess.Popen(command)

    def __enter__(self) -> Self:
        self._loop.until(lambda: self._ready, "the bare loop is ready")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for terminal in (self._monitor, self._pump):
            self._loop.forget(terminal.master)
            terminal.close()

    def listen(self) -> None:
        """From now on the first STOP counts."""
        self.stop_ns = 0

    def _readable(self, stamp_ns: int) -> None:
        said = self._pump.read()
        self._ready = self._ready or READY in said
        if STOP in said:
            self.stop_ns = self.stop_ns or stamp_ns


if __name__ == "__main__":
    main(*sys.argv[1:])
