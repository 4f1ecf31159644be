"""A serial port on the event loop, held exclusively by this process."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import serial

from drivers.errors import DeviceError, LinkLost

READ_CHUNK = 4096
PSEUDO_TERMINALS = "/dev/pts/"


class SerialLink:
    """`serial:PATH`, 8 data bits, 1 stop bit; `parity` is N, E or O. A pseudo-terminal is opened as 8N1."""

    def __init__(self, path: str, *, baud: int, parity: str, rtscts: bool) -> None:
        self._path = path
        self._baud = baud
        self._parity = parity
        self._rtscts = rtscts
        self._port: serial.Serial | None = None
        self._fd = -1
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"serial:{self._path}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Take the port exclusively and drop what the kernel kept (F28); LinkLost if it cannot be had."""
        if self._port is not None:
            raise LinkLost(f"{self.name}: already open")
        port = self._take()
        self._port, self._fd = port, port.fileno()
        self._on_bytes, self._on_lost = on_bytes, on_lost
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    def write(self, data: bytes) -> None:
        """Hand the bytes to the kernel now; LinkLost, and a closed port, if it does not take them all."""
        if self._port is None:
            raise LinkLost(f"{self.name}: not open")
        try:
            taken = os.write(self._fd, data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise self._fail(f"write failed: {error}") from error
        if taken != len(data):
            raise self._fail(f"the port took {taken} of {len(data)} bytes")

    async def close(self) -> None:
        """Give the port back; unsent bytes are void. Safe to call twice."""
        self._shut()

    def _take(self) -> serial.Serial:
        real = str(Path(self._path).resolve())
        plain = real.startswith(PSEUDO_TERMINALS)
        try:
            port = serial.Serial(
                self._path,
                baudrate=self._baud,
                parity="N" if plain else self._parity,
                rtscts=self._rtscts and not plain,
                timeout=0,
                write_timeout=0,
                exclusive=True,
            )
            port.reset_input_buffer()
            port.reset_output_buffer()
        except (serial.SerialException, termios.error, OSError, ValueError) as error:
            raise LinkLost(f"{self.name}: cannot be opened: {error}") from error
        return port

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, READ_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(f"read failed: {error}")
            return
        if not data:
            self._fail("the port is gone")
        elif self._on_bytes is not None:
            self._on_bytes(data)

    def _fail(self, what: str) -> LinkLost:
        error = LinkLost(f"{self.name}: {what}")
        if self._on_lost is not None:
            asyncio.get_running_loop().call_soon(self._on_lost, error)
        self._shut()
        return error

    def _shut(self) -> None:
        port, self._port = self._port, None
        self._on_bytes = self._on_lost = None
        if port is None:
            return
        asyncio.get_running_loop().remove_reader(self._fd)
        with suppress(serial.SerialException, termios.error, OSError):
            port.reset_output_buffer()
        with suppress(serial.SerialException, OSError):
            port.close()
