"""A device that connects to us: one connection at a time, nothing kept from one to the next (F28)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from drivers.errors import DeviceError, LinkLost
from drivers.links.tcp import OPTIONS
from drivers.links.text import LinkText

READ_CHUNK = 4096
BACKLOG = 16
"""Connections that may wait to be taken."""


class ListenLink:
    """`listen:ADDRESS:PORT`. A sender that goes is waited for again; a newer connection ends the older one.

    Whoever can reach the port can send, and nothing says who does: keep it on a network of its own.
    """

    def __init__(self, text: LinkText) -> None:
        self._text = text
        self._server: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._on_bytes: Callable[[bytes], None] | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return f"listen:{self._text.rest}"

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:  # noqa: ARG002 - a port once had is not lost
        """Take the port; LinkLost if it cannot be had."""
        if self._server is not None:
            raise LinkLost(f"{self.name}: already open")
        family = socket.AF_INET6 if ":" in self._text.address else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
        try:
            server.setblocking(False)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((self._text.address, self._text.port))
            server.listen(BACKLOG)
        except OSError as error:
            server.close()
            raise LinkLost(f"{self.name}: cannot be opened: {error}") from error
        self._server, self._on_bytes = server, on_bytes
        asyncio.get_running_loop().add_reader(server, self._accept)

    def write(self, data: bytes) -> None:
        """To whoever is connected; LinkLost if nobody is, or it does not take them all."""
        if self._peer is None:
            raise LinkLost(f"{self.name}: nobody is connected")
        try:
            taken = self._peer.send(data)
        except OSError as error:
            self._hang_up()
            raise LinkLost(f"{self.name}: write failed: {error}") from error
        if taken != len(data):
            self._hang_up()
            raise LinkLost(f"{self.name}: the connection took {taken} of {len(data)} bytes")

    async def close(self) -> None:
        """Give the port back and hang up. Safe to call twice."""
        self._hang_up()
        self._on_bytes = None
        server, self._server = self._server, None
        if server is not None:
            asyncio.get_running_loop().remove_reader(server)
            server.close()

    def _accept(self) -> None:
        if self._server is None:
            return
        try:
            fresh, _ = self._server.accept()
        except OSError:
            return
        fresh.setblocking(False)
        for level, option, value in OPTIONS:
            fresh.setsockopt(level, option, value)
        self._hang_up()
        self._peer = fresh
        asyncio.get_running_loop().add_reader(fresh, self._readable, fresh)

    def _readable(self, peer: socket.socket) -> None:
        if peer is not self._peer:
            return
        try:
            data = peer.recv(READ_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        elif self._on_bytes is not None:
            self._on_bytes(data)

    def _hang_up(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            asyncio.get_running_loop().remove_reader(peer)
            peer.close()
