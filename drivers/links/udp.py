"""A monitor on the network: one datagram = one `on_bytes`, and only its own (the socket is connected).

Datagrams may be lost, doubled and reordered, so no pump is ever reached like this (F28).
"""

from __future__ import annotations

import socket

from drivers.links.socketed import SocketLink

DATAGRAM_MAX = 65_535
TURN_MAX = 64
"""Datagrams taken in one turn of the loop: a flood keeps nobody else waiting."""


class UdpLink(SocketLink):
    """`udp:ADDRESS:PORT`. That nobody is there shows at the first answer that does not come, or by ICMP."""

    KIND = "udp"

    async def _take(self) -> None:
        """A fresh socket that hears this address only."""
        self._socket = socket.socket(self._family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect((self._text.address, self._text.port))

    def write(self, data: bytes) -> None:
        """Send one datagram now; LinkLost, and a closed link, if the kernel does not take it."""
        to_kernel = self._connected
        try:
            to_kernel.send(data)
        except OSError as error:
            raise self._fail(f"write failed: {error}") from error

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
