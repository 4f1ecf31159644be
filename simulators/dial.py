"""The end of a device that connects to a receiver on 127.0.0.1, again and again; it keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.errors import DeviceError
from simulators.tcp import HOST

AGAIN_S = 1.0


class _Call(asyncio.Protocol):
    def __init__(self, end: DialEnd) -> None:
        self._end = end

    def data_received(self, data: bytes) -> None:
        self._end.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the cause does not matter
        self._end.hung_up()


class DialEnd:
    """A Link. What is said while nobody listens is lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._call: asyncio.Transport | None = None
        self._calling: asyncio.Task[None] | None = None
        self._on_bytes: Callable[[bytes], None] | None = None

    @property
    def name(self) -> str:
        """As the command line writes it."""
        return f"dial:{self.port}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:  # noqa: ARG002 - it calls again by itself
        """Begin to call."""
        self._on_bytes = on_bytes
        await self._try()
        self._calling = asyncio.create_task(self._keep_calling())

    def write(self, data: bytes) -> None:
        """To the receiver, if one listens."""
        if self._call is not None:
            self._call.write(data)

    async def close(self) -> None:
        """Hang up and call no more."""
        if self._calling is not None:
            self._calling.cancel()
            self._calling = None
        if self._call is not None:
            self._call.abort()
            self._call = None

    def received(self, data: bytes) -> None:
        """Bytes of the receiver."""
        if self._on_bytes is not None:
            self._on_bytes(data)

    def hung_up(self) -> None:
        """The receiver is gone."""
        self._call = None

    async def _keep_calling(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            if self._call is None:
                await self._try()

    async def _try(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_connection(lambda: _Call(self), HOST, self.port)
        except OSError:
            return
        self._call = transport
