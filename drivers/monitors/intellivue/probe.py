"""Whether an IntelliVue answers: one association, who it says it is, and the association released again."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

from drivers.errors import BadFrame, DeviceError
from drivers.interfaces import Link
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.association import RELEASE_MESSAGE, REQUEST_MESSAGE, Associated
from drivers.monitors.intellivue.driver import DATAGRAMS
from drivers.monitors.intellivue.frames import Event
from drivers.monitors.intellivue.serial_frames import Deframer, encode
from drivers.monitors.intellivue.subject import system_of
from drivers.probe import Found

QUESTIONS = (REQUEST_MESSAGE, REQUEST_MESSAGE)
WAIT_S = 2.0
LONGEST_S = WAIT_S * (len(QUESTIONS) + 1)
BUSY = "refuses the association, perhaps it has a client"
_ANSWER = re.compile(
    rb"\xe1\x00\x00\x02\x00\x02\x00\x14..\x00\x01\x00\x0e\x00\x21\x00\x00\x00\x00....\x0d\x06\x00\x00",
    re.DOTALL,
)


def may_send(data: bytes) -> bool:
    """What opens and ends an association, and the answer to who is there; no poll. Framed or not."""
    plain = Deframer().feed(data)
    message = plain[0] if len(plain) == 1 and encode(plain[0]) == data else data
    return message in {REQUEST_MESSAGE, RELEASE_MESSAGE} or _ANSWER.fullmatch(message) is not None


class _Dialogue:
    """What came of it, and what is to be said next."""

    def __init__(self, link: Link) -> None:
        self.end: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self.accepted = False
        self._link = link
        self._datagrams = link.name.startswith(DATAGRAMS)
        self._deframer = Deframer()

    def take(self, data: bytes) -> None:
        """Bytes of the device; what is no message of a monitor is nobody's."""
        for message in [data] if self._datagrams else self._deframer.feed(data):
            with suppress(BadFrame):
                self._act(frames.parse(message))

    def lost(self, error: DeviceError) -> None:
        """The link is gone."""
        if not self.end.done():
            self.end.set_exception(error)

    def send(self, message: bytes) -> None:
        """One message in its frame."""
        self._link.write(message if self._datagrams else encode(message))

    def _act(self, message: frames.Message) -> None:
        if self.end.done():
            return
        match message:
            case Associated(word="accept"):
                self.accepted = True
            case Associated(word="refuse") if not self.accepted:
                self.end.set_result(Found("IntelliVue", protocol=BUSY))
            case Event(kind=frames.MDS_CREATED) if self.accepted:
                system = system_of(message.body)
                self.send(frames.created_result(message))
                self.end.set_result(Found(system.model, system.serial, protocol="Data Export"))


async def probe(link: Link) -> Found | None:
    """Model and serial number out of the event that follows the association."""
    dialogue = _Dialogue(link)
    await link.open(dialogue.take, dialogue.lost)
    try:
        for question in (*QUESTIONS, b""):
            if question and not dialogue.accepted:
                dialogue.send(question)
            with suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S):
                    return await asyncio.shield(dialogue.end)
        return None
    finally:
        dialogue.end.cancel()
        if dialogue.accepted:
            with suppress(DeviceError):
                dialogue.send(RELEASE_MESSAGE)
        await link.close()
