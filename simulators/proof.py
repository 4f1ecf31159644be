"""The unix socket beside a link: one JSON request a line, one JSON reply a line (F36).

Beside a terminal it is a file. Beside a port it is an abstract name: it lives in the network namespace of the
port, and ends with the process that has the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

SUFFIX = ".sim"
LINE_MAX = 64 * 1024
REPLY_LIMIT_S = 5.0


def beside_port(link: str) -> str:
    """The address of the proof socket beside `tcp:PORT` or `udp:PORT`."""
    return f"\0infusiond-sim/{link}"


def beside(link: str) -> str:
    """The address of the proof socket beside a link, as the command line writes it."""
    if link.startswith(("tcp:", "udp:", "mqtt:")):
        return beside_port(link)
    return link.removeprefix("pty:") + SUFFIX


Answer = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


class ProofSocket:
    """Listens where `address` says until closed; a stale socket there is replaced."""

    def __init__(self, address: Callable[[], str], answer: Answer) -> None:
        self._address = address
        self._path: Path | None = None
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen; OSError when the address cannot be had."""
        address = self._address()
        self._path = None if address.startswith("\0") else Path(address)
        if self._path is not None and self._path.is_socket():
            self._path.unlink()
        self._server = await asyncio.start_unix_server(self._serve, address, limit=LINE_MAX)
        if self._path is not None:
            self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening, hang up, remove the socket."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._reply(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _reply(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line, parse_float=Decimal)
        except (ValueError, ArithmeticError, RecursionError):
            return {"error": "not JSON"}
        if not isinstance(request, dict):
            return {"error": "a request is a JSON object"}
        return await self._answer(request)


def ask(address: str | Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """Send one request to the socket at `address` and wait for its reply; OSError when nobody answers."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(REPLY_LIMIT_S)
        line.connect(str(address))
        line.sendall(json.dumps(request).encode() + b"\n")
        with line.makefile("rb") as replies:
            reply = json.loads(replies.readline() or b"{}")
    if not isinstance(reply, dict):
        raise OSError(f"{address}: no simulator answers there")
    return reply
