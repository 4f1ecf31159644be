"""The demo's ear at the control socket: one JSON line asked, one JSON line heard."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

REPLY_S = 8.0
LINE_MAX = 4 * 1024 * 1024


class Hearing:
    """An open line to the daemon; ConnectionError or TimeoutError when it is silent."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._ends = await asyncio.open_unix_connection(str(self._socket), limit=LINE_MAX)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None

    async def status(self) -> dict[str, Any]:
        """The bed as the daemon sees it now."""
        return dict((await self._ask("status"))["status"])

    async def report(self) -> dict[str, Any]:
        """What was planned and given, from the daemon's journal."""
        return dict((await self._ask("report"))["report"])

    async def _ask(self, verb: str) -> Any:
        if self._ends is None:
            raise ConnectionError("the line is not open")
        reader, writer = self._ends
        async with asyncio.timeout(REPLY_S):
            writer.write(json.dumps({"verb": verb}).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        if not line:
            raise ConnectionError("the daemon hung up")
        return json.loads(line, parse_float=Decimal)
