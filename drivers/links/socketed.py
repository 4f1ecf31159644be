"""What TCP and UDP links share: one claimed address, one socket on the event loop, and how both are lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.links.claim import claim
from drivers.links.text import LinkText


class SocketLink:
    """`KIND:ADDRESS:PORT`, ours alone on this host while it is open (F36)."""

    KIND = ""

    def __init__(self, text: LinkText) -> None:
        self._text = text
        self._claim: socket.socket | None = None
        self._socket: socket.socket | None = None
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"{self.KIND}:{self._text.rest}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Claim the address, then connect; LinkLost, with nothing left open, if it cannot be had."""
        if self._claim is not None:
            raise LinkLost(f"{self.name}: already open")
        self._claim = claim(f"{self.KIND}:{self._text.address}:{self._text.port}")
        try:
            await self._take()
        except BaseException as error:
            self._shut()
            if isinstance(error, OSError):
                raise LinkLost(f"{self.name}: cannot be opened: {error}") from error
            raise
        self._on_bytes, self._on_lost = on_bytes, on_lost
        asyncio.get_running_loop().add_reader(self._connected, self._readable)

    async def close(self) -> None:
        """Give the socket back; unsent bytes are void. Safe to call twice."""
        self._shut()

    @property
    def _connected(self) -> socket.socket:
        """LinkLost while the link is not open, or not yet wholly."""
        if self._socket is None or self._on_lost is None:
            raise LinkLost(f"{self.name}: not open")
        return self._socket

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self._text.address else socket.AF_INET

    async def _take(self) -> None:
        """Set `_socket`, connected; LinkLost or OSError."""
        raise NotImplementedError

    def _readable(self) -> None:
        raise NotImplementedError

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
