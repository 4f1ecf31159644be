"""A monitor on the network: one datagram = one `on_bytes`, and only its own (the socket is connected).

Datagrams may be lost, doubled and reordered, so no pump is ever reached like this (F28).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.links.claim import claim
from drivers.links.text import LinkText

DATAGRAM_MAX = 65_535
TURN_MAX = 64
"""Datagrams taken in one turn of the loop: a flood keeps nobody else waiting."""


class UdpLink:
    """`udp:ADDRESS:PORT`. That nobody is there shows at the first answer that does not come, or by ICMP."""

    def __init__(self, text: LinkText) -> None:
        self._text = text
        self._claim: socket.socket | None = None
        self._socket: socket.socket | None = None
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_lost: Callable[[DeviceError], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"udp:{self._text.rest}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """A fresh socket that hears this address only; LinkLost if it cannot be had."""
        if self._claim is not None:
            raise LinkLost(f"{self.name}: already open")
        self._claim = claim(f"udp:{self._text.address}:{self._text.port}")
        family = socket.AF_INET6 if ":" in self._text.address else socket.AF_INET
        try:
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect((self._text.address, self._text.port))
        except OSError as error:
            self._shut()
            raise LinkLost(f"{self.name}: cannot be opened: {error}") from error
        self._on_bytes, self._on_lost = on_bytes, on_lost
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def write(self, data: bytes) -> None:
        """Send one datagram now; LinkLost, and a closed link, if the kernel does not take it."""
        if self._socket is None:
            raise LinkLost(f"{self.name}: not open")
        try:
            self._socket.send(data)
        except OSError as error:
            raise self._fail(f"write failed: {error}") from error

    async def close(self) -> None:
        """Give the socket back. Safe to call twice."""
        self._shut()

    def _readable(self) -> None:
        for _ in range(TURN_MAX):
            if self._socket is None:
                return
            try:
                data = self._socket.recv(DATAGRAM_MAX)
            except BlockingIOError:
                return
            except OSError as error:
                self._fail(f"read failed: {error}")
                return
            if data and self._on_bytes is not None:
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
