"""An HL7 receiver: the MLLP server of the `hl7` library, with its answers in the hands of the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import hl7
from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server

Answers = Callable[[hl7.Message], "hl7.Message | None"]


def accepts(message: hl7.Message) -> hl7.Message:
    """AA to this message."""
    return message.create_ack("AA")


@dataclass
class Receiver:
    """`got` is every message in order; `answers` None to a message = it is not answered."""

    port: int = 0
    got: list[hl7.Message] = field(default_factory=list)
    answers: Answers = accepts
    _writers: set[HL7StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await start_hl7_server(self._serve, host="127.0.0.1", port=self.port, encoding="utf-8")
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.close()

    async def _serve(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while not writer.is_closing():
                message = await reader.readmessage()
                self.got.append(message)
                answer = self.answers(message)
                if answer is not None:
                    writer.writemessage(answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def kinds(self) -> list[str]:
        """The structure of each message: R40, R42, R01."""
        return [str(message.segment("MSH")[9][0][1]) for message in self.got]

    def phases(self) -> list[str]:
        """Alarm and phase of each alert, in order."""
        found = []
        for message in self.got:
            rows = {str(one[3][0][0]): one for one in message.segments("OBX")}
            if "68481" in rows:
                found.append(f"{rows['196616'][5][0][0]} {rows['68481'][5]}")
        return found


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.open()
    try:
        yield one
    finally:
        await one.close()
