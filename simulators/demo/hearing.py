"""The demo's ear at the control socket: one JSON line asked, one JSON line heard."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

REPLY_S = 8.0
LINE_MAX = 4 * 1024 * 1024


class Hearing:
    """Asks the daemon; OSError or TimeoutError when it is silent.

    Each question has a connection of its own: one that is cut off leaves no answer to be taken for the next.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def status(self) -> dict[str, Any]:
        """The bed as the daemon sees it now."""
        return dict((await self._ask("status"))["status"])

    async def report(self) -> dict[str, Any]:
        """What was planned and given, from the daemon's journal."""
        return dict((await self._ask("report"))["report"])

    async def _ask(self, verb: str) -> Any:
        async with asyncio.timeout(REPLY_S):
            reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=LINE_MAX)
            try:
                writer.write(json.dumps({"verb": verb}).encode() + b"\n")
                line = await reader.readline()
            finally:
                writer.close()
        if not line:
            raise ConnectionError("the daemon hung up")
        return json.loads(line, parse_float=Decimal)
