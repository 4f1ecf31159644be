"""A device behind a terminal server: raw TCP, one connection, nothing kept from one to the next (F28).

RFC 2217 is not spoken: baud rate and parity are set once, at the terminal server.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.links.claim import claim
from drivers.links.text import LinkText

CONNECT_S = 2.0
USER_TIMEOUT_MS = 2_000
"""Bytes the far end has not acknowledged by then end the connection (F28)."""
QUIET_S = 0.1
SETTLE_S = 0.5
"""A new connection is read and forgotten until it is quiet for QUIET_S, but no longer than this."""
READ_CHUNK = 4096
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
)


class TcpLink:
    """`tcp:ADDRESS:PORT`. Closing it resets the connection: what was not sent is void."""

    def __init__(self, text: LinkText) -> None:
        self._text = text
        self._claim: socket.socket | None = None
        self._socket: socket.socket | None = None
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"tcp:{self._text.rest}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Connect within CONNECT_S and drop what the server had kept for us; LinkLost if it cannot be had."""
        if self._claim is not None:
            raise LinkLost(f"{self.name}: already open")
        self._claim = claim(f"tcp:{self._text.address}:{self._text.port}")
        try:
            self._socket = await self._connect()
            await self._settle(self._socket)
        except BaseException:
            self._shut()
            raise
        self._on_bytes, self._on_lost = on_bytes, on_lost
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def write(self, data: bytes) -> None:
        """Hand the bytes to the kernel now; LinkLost, and a closed link, if it does not take them all."""
        if self._socket is None or self._on_lost is None:
            raise LinkLost(f"{self.name}: not open")
        try:
            taken = self._socket.send(data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise self._fail(f"write failed: {error}") from error
        if taken != len(data):
            raise self._fail(f"the connection took {taken} of {len(data)} bytes")

    async def close(self) -> None:
        """Reset the connection; unsent bytes are void. Safe to call twice."""
        self._shut()

    async def _connect(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._text.address else socket.AF_INET
        fresh = socket.socket(family, socket.SOCK_STREAM)
        try:
            fresh.setblocking(False)
            for level, option, value in OPTIONS:
                fresh.setsockopt(level, option, value)
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().sock_connect(fresh, (self._text.address, self._text.port))
        except TimeoutError as error:
            fresh.close()
            raise LinkLost(f"{self.name}: no connection within {CONNECT_S:g} s") from error
        except OSError as error:
            fresh.close()
            raise LinkLost(f"{self.name}: cannot be opened: {error}") from error
        except BaseException:
            fresh.close()
            raise
        return fresh

    async def _settle(self, fresh: socket.socket) -> None:
        """Read and forget what was kept from before; a server that turns us away is seen here."""
        try:
            async with asyncio.timeout(SETTLE_S):
                while await self._drop(fresh):
                    pass
        except TimeoutError:
            return
        except OSError as error:
            raise LinkLost(f"{self.name}: the connection was refused: {error}") from error

    async def _drop(self, fresh: socket.socket) -> bool:
        """Forget one piece; False when it stays quiet."""
        try:
            async with asyncio.timeout(QUIET_S):
                data = await asyncio.get_running_loop().sock_recv(fresh, READ_CHUNK)
        except TimeoutError:
            return False
        if not data:
            raise LinkLost(f"{self.name}: the far end closed at once: is the port in use?")
        return True

    def _readable(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(READ_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(f"read failed: {error}")
            return
        if not data:
            self._fail("the far end closed the connection")
        elif self._on_bytes is not None:
            self._on_bytes(data)

    def _fail(self, what: str) -> LinkLost:
        error = LinkLost(f"{self.name}: {what}")
        if self._on_lost is not None:
            asyncio.get_running_loop().call_soon(self._on_lost, error)
        self._shut()
        return error

    def _shut(self) -> None:
        self._on_bytes = self._on_lost = None
        open_socket, self._socket = self._socket, None
        if open_socket is not None:
            asyncio.get_running_loop().remove_reader(open_socket)
            open_socket.close()
        held, self._claim = self._claim, None
        if held is not None:
            held.close()
