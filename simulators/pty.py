"""The device's end of a serial line: a pseudo terminal, raw 8N1, found under a path."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.errors import DeviceError, LinkLost
from simulators.proof import beside

CHUNK = 4096


class PtyEnd:
    """A Link. While open, `path` is a symlink to the terminal the host opens; the host may come and go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.terminal = ""
        """The terminal's own name while open."""
        self._master = -1
        self._slave = -1
        self._on_bytes: Callable[[bytes], None] | None = None

    @property
    def name(self) -> str:
        """As the command line writes it."""
        return f"pty:{self.path}"

    @property
    def proof_at(self) -> str:
        """Where its proof socket is."""
        return beside(str(self.path))

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:  # noqa: ARG002 - our own slave end stays open, so the line is never lost
        """Make the terminal and point `path` at it; LinkLost when `path` is something else than a symlink."""
        if self.path.exists() and not self.path.is_symlink():
            raise LinkLost(f"{self.name}: exists and is not a symlink")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.terminal = os.ttyname(self._slave)
        self._on_bytes = on_bytes
        self._point()
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def write(self, data: bytes) -> None:
        """Bytes the terminal does not take are lost, as on a serial line nobody reads."""
        if self._master >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)

    async def close(self) -> None:
        """Remove the terminal, and the symlink if it still is ours."""
        if self._master < 0:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        with contextlib.suppress(OSError):
            if self.path.readlink() == Path(self.terminal):
                self.path.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
        self.terminal = ""

    def _point(self) -> None:
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.terminal)
        fresh.replace(self.path)

    def _read(self) -> None:
        try:
            data = os.read(self._master, CHUNK)
        except (BlockingIOError, OSError):
            return
        if data and self._on_bytes is not None:
            self._on_bytes(data)
