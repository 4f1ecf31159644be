"""The device's end of a UDP port on 127.0.0.1: answers go to whoever spoke last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from drivers.errors import DeviceError, LinkLost
from simulators.proof import beside_port
from simulators.tcp import HOST


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, end: UdpEnd) -> None:
        self._end = end

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._end.received(data, addr)


class UdpEnd:
    """A Link. One datagram is one piece, both ways; `port` 0 takes a free one.

    `turn_away` says what a stranger hears while the device has a client; None = it has none. `announced_to`
    says to which port of this host a datagram goes that is not for the client; None = it is.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._transport: asyncio.DatagramTransport | None = None
        self.turn_away: Callable[[bytes], bytes | None] = _nobody
        self.announced_to: Callable[[bytes], int | None] = _nobody
        self._host: tuple[str | Any, int] | None = None
        self._on_bytes: Callable[[bytes], None] | None = None

    @property
    def name(self) -> str:
        """As the command line writes it."""
        return f"udp:{self.port}"

    @property
    def proof_at(self) -> str:
        """Where its proof socket is, once it is open."""
        return beside_port(self.name)

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:  # noqa: ARG002 - a host that is gone is not a lost line
        """Bind; LinkLost when the port is taken."""
        self._on_bytes = on_bytes
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=(HOST, self.port)
            )
        except OSError as error:
            raise LinkLost(f"{self.name}: {error.strerror}") from error
        self.port = self._transport.get_extra_info("sockname")[1]

    def write(self, data: bytes) -> None:
        """To the host that spoke last, if one has."""
        port = self.announced_to(data)
        host = self._host if port is None else (HOST, port)
        if self._transport is not None and host is not None:
            self._transport.sendto(data, host)

    async def close(self) -> None:
        """Give the port back."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._host = None

    def received(self, data: bytes, host: tuple[str | Any, int]) -> None:
        """One datagram of a host."""
        answer = self.turn_away(data) if self._host not in {None, host} else None
        if answer is not None:
            if answer and self._transport is not None:
                self._transport.sendto(answer, host)
            return
        self._host = host
        if self._on_bytes is not None:
            self._on_bytes(data)


def _nobody(data: bytes) -> None:
    """A device that knows no clients."""
