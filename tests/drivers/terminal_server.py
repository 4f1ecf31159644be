"""A terminal server on 127.0.0.1 that can hold what the device said while nobody was connected."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator


class TerminalServer:
    """One client at a time; `held` goes to the next client as soon as it is there, in pieces."""

    def __init__(self) -> None:
        self.held: list[bytes] = []
        self.gap_s = 0.0
        self.heard = b""
        self.clients = 0
        self.writer: asyncio.StreamWriter | None = None
        self.said = asyncio.Event()
        self.gone = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.writer is not None:
            writer.close()
            return
        self.writer = writer
        self.clients += 1
        for piece in self.held:
            writer.write(piece)
            await asyncio.sleep(self.gap_s)
        self.held.clear()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                self.heard += data
                self.said.set()
        self.writer = None
        self.gone.set()
        writer.close()


@contextlib.asynccontextmanager
async def terminal_server() -> AsyncIterator[TerminalServer]:
    """A listening terminal server; its clients are reset at the end."""
    server = TerminalServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
        if server.writer is not None:
            server.writer.transport.abort()


def deaf_port() -> socket.socket:
    """A listening socket whose queue is full: connecting to it goes unanswered."""
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    return deaf
