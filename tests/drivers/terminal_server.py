"""A terminal server on 127.0.0.1 that keeps what was said while nobody was connected, both ways."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from drivers.errors import LinkLost
from drivers.interfaces import Link


class TerminalServer:
    """One client at a time; `held` goes to the next client as soon as it is there, in pieces.

    With a device behind it, bytes go both ways. While `cut` is True what the host writes is kept for the
    device, and given to it when the next client comes: the box that delivers an old START.
    `babbling`: a device that never rests.
    """

    def __init__(self, device: Link | None = None) -> None:
        self.device = device
        self.held: list[bytes] = []
        self.held_for_device: list[bytes] = []
        self.cut = False
        self.gap_s = 0.0
        self.babbling = False
        self.heard = b""
        self.clients = 0
        self.turned_away = 0
        self.writer: asyncio.StreamWriter | None = None
        self.said = asyncio.Event()
        self.gone = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.writer is not None:
            self.turned_away += 1
            writer.close()
            return
        self.writer = writer
        self.gone.clear()
        self.clients += 1
        for piece in self.held:
            if writer.is_closing():
                break
            writer.write(piece)
            await asyncio.sleep(self.gap_s)
        self.held.clear()
        while self.babbling and not writer.is_closing():
            writer.write(b"row\r\n")
            await asyncio.sleep(0)
        if not self.cut:
            self.give()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                self.heard += data
                self.said.set()
                self.held_for_device.append(data)
                if not self.cut:
                    self.give()
        self.writer = None
        self.gone.set()
        writer.close()

    def give(self) -> None:
        """To the device, with all that was kept for it."""
        for data in self.held_for_device:
            if self.device is not None:
                with contextlib.suppress(LinkLost):
                    self.device.write(data)
        self.held_for_device.clear()

    def from_device(self, data: bytes) -> None:
        """To the client, or kept for the next one."""
        if self.writer is None or self.cut:
            self.held.append(data)
        else:
            self.writer.write(data)

    def hang_up(self) -> None:
        """The connection is reset, as by a cable that is pulled for long."""
        if self.writer is not None:
            self.writer.transport.abort()


@contextlib.asynccontextmanager
async def terminal_server(device: Link | None = None) -> AsyncIterator[TerminalServer]:
    """A listening terminal server; its clients are reset at the end."""
    server = TerminalServer(device)
    if device is not None:
        await device.open(server.from_device, lambda _: None)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        try:
            yield server
        finally:
            server.hang_up()
            if server.writer is not None:
                await asyncio.wait_for(server.gone.wait(), 10)


def deaf_port() -> socket.socket:
    """A listening socket whose queue is full: connecting to it goes unanswered."""
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    return deaf
