"""A listener for scrapes: HTTP/1.1, GET and HEAD of /metrics, one answer a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from daemon.feeds.metrics.exposition import CONTENT_TYPE

PATH = "/metrics"
HEAD_MAX = 8_192
PATIENCE_S = 5.0
"""So long may a request, and the taking of its answer, last."""
AT_ONCE = 16
"""Connections beyond these are closed unanswered."""

_PLAIN = "text/plain; charset=utf-8"
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class Listener:
    """Answers with `text()`. Whoever is slow, silent or talks nonsense is let go."""

    def __init__(self, host: str, port: int, text: Callable[[], str]) -> None:
        self._host = host
        self._port = port
        self._text = text
        self._open = 0
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens, once open."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server is not None else self._port

    async def open(self) -> None:
        """Listen; OSError where the address is not ours or is taken."""
        self._server = await asyncio.start_server(self._client, self._host, self._port, limit=HEAD_MAX)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= AT_ONCE:
                async with asyncio.timeout(PATIENCE_S):
                    writer.write(await self._answer(reader))
                    await writer.drain()
                    writer.close()
                    await writer.wait_closed()
        except (OSError, TimeoutError):
            writer.transport.abort()
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return _response(400, "this is no HTTP request\n")
        method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        target, _, version = rest.rpartition(" ")
        if not version.startswith("HTTP/1."):
            return _response(400, "this is no HTTP/1 request\n")
        if method not in ("GET", "HEAD"):
            return _response(405, "only GET and HEAD\n")
        if target.partition("?")[0] != PATH:
            return _response(404, f"there is only {PATH}\n")
        return _response(200, self._text(), CONTENT_TYPE, with_body=method == "GET")


def _response(code: int, text: str, kind: str = _PLAIN, *, with_body: bool = True) -> bytes:
    body = text.encode()
    allow = "Allow: GET, HEAD\r\n" if code == 405 else ""
    head = (
        f"HTTP/1.1 {code} {_REASONS[code]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"{allow}Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
