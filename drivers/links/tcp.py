"""A device behind a terminal server: raw TCP, one connection, nothing kept from one to the next (F28).

RFC 2217 is not spoken: baud rate and parity are set once, at the terminal server.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from drivers.errors import LinkLost
from drivers.links.socketed import SocketLink

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


class TcpLink(SocketLink):
    """`tcp:ADDRESS:PORT`. Closing it resets the connection: what was not sent is void."""

    KIND = "tcp"

    async def _take(self) -> None:
        """Connect within CONNECT_S, then drop what the server had kept for us."""
        self._socket = await self._connect()
        await self._settle(self._socket)

    def write(self, data: bytes) -> None:
        """Hand the bytes to the kernel now; LinkLost, and a closed link, if it does not take them all."""
        to_kernel = self._connected
        try:
            taken = to_kernel.send(data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise self._fail(f"write failed: {error}") from error
        if taken != len(data):
            raise self._fail(f"the connection took {taken} of {len(data)} bytes")

    async def _connect(self) -> socket.socket:
        fresh = socket.socket(self._family, socket.SOCK_STREAM)
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
