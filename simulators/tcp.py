"""The device's end of a terminal server: one client at a time on 127.0.0.1."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from simulators.proof import beside_port

HOST = "127.0.0.1"


class _Line(asyncio.Protocol):
    def __init__(self, end: TcpEnd) -> None:
        self._end = end
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._end.connected(transport)

    def data_received(self, data: bytes) -> None:
        self._end.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the cause does not matter
        if self._transport is not None:
            self._end.disconnected(self._transport)


class TcpEnd:
    """A Link. A second client is turned away while the first is there; `port` 0 takes a free one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._server: asyncio.Server | None = None
        self._client: asyncio.Transport | None = None
        self._on_bytes: Callable[[bytes], None] | None = None

    @property
    def name(self) -> str:
        """As the command line writes it."""
        return f"tcp:{self.port}"

    @property
    def proof_at(self) -> str:
        """Where its proof socket is, once it is open."""
        return beside_port(self.name)

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:  # noqa: ARG002 - a client that leaves is not a lost line
        """Listen; LinkLost when the port is taken."""
        self._on_bytes = on_bytes
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Line(self), HOST, self.port)
        except OSError as error:
            raise LinkLost(f"{self.name}: {error.strerror}") from error
        self.port = self._server.sockets[0].getsockname()[1]

    def write(self, data: bytes) -> None:
        """To the client, if there is one."""
        if self._client is not None:
            self._client.write(data)

    async def close(self) -> None:
        """Stop listening and drop the client."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._client is not None:
            self._client.abort()
            self._client = None

    def connected(self, transport: asyncio.Transport) -> None:
        """A client came."""
        if self._client is not None:
            transport.abort()
        else:
            self._client = transport

    def disconnected(self, transport: asyncio.Transport) -> None:
        """A client left."""
        if transport is self._client:
            self._client = None

    def received(self, data: bytes) -> None:
        """Bytes of the client."""
        if self._on_bytes is not None:
            self._on_bytes(data)
