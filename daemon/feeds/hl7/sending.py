"""One message at a time over MLLP, each until it is answered or the line is lost."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass

from daemon.feeds.hl7.mllp import Unwrapper, wrap
from daemon.feeds.hl7.text import Answer, read_answer

CONNECT_S = 5.0
ANSWER_S = 10.0
"""A receiver that takes longer has not got it; the same message is sent again on a new connection."""
CHUNK = 65_536
ACCEPTED = frozenset({"AA", "CA"})


class Unsent(Exception):
    """The message was not answered; whether it arrived is not known."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where the messages go; `tls` None = in the clear, for a network of its own."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Sender:
    """Holds the connection; opens it when there is something to send."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._unwrapper = Unwrapper()

    async def send(self, message: bytes, control_id: str) -> Answer:
        """The answer to this message, by MSA-2 alone; answers to others are passed over. Unsent otherwise."""
        try:
            await self._connect()
            async with asyncio.timeout(ANSWER_S):
                return await self._exchange(message, control_id)
        except TimeoutError:
            await self.close()
            raise Unsent(f"{self._name} has not answered for {ANSWER_S:g} s") from None
        except (OSError, EOFError) as error:
            await self.close()
            raise Unsent(f"{self._name}: {str(error) or type(error).__name__}") from error

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        writer, self._writer, self._reader = self._writer, None, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    @property
    def _name(self) -> str:
        return f"{self._receiver.host}:{self._receiver.port}"

    async def _connect(self) -> None:
        if self._writer is not None and not self._writer.is_closing():
            return
        to = self._receiver
        try:
            async with asyncio.timeout(CONNECT_S):
                name = to.host if to.tls is not None else None
                opened = await asyncio.open_connection(to.host, to.port, ssl=to.tls, server_hostname=name)
        except TimeoutError:
            raise OSError(f"no connection within {CONNECT_S:g} s") from None
        self._reader, self._writer = opened
        self._unwrapper = Unwrapper()

    async def _exchange(self, message: bytes, control_id: str) -> Answer:
        reader, writer = self._reader, self._writer
        if reader is None or writer is None:
            raise EOFError("not connected")
        writer.write(wrap(message))
        await writer.drain()
        while data := await reader.read(CHUNK):
            for heard in self._unwrapper.feed(data):
                answer = read_answer(heard)
                if answer is not None and answer.about == control_id:
                    return answer
        raise EOFError("the receiver hung up")
