"""The conversation with a BCC rack: one request, its blocks one after the other, each acknowledged."""

from __future__ import annotations

import asyncio
from collections import deque

from drivers.errors import BadFrame, DeviceError, LinkLost, NoReply, Refused
from drivers.interfaces import Link
from drivers.pumps.bcc import frames
from drivers.pumps.bcc.frames import Block
from drivers.pumps.bcc.records import ACCEPTED, ERROR, RACK, Record, records_of

SILENCE_S = 2.5
"""A rack that says nothing for so long does not answer; 2000 bytes that come in one piece take 2.1 s."""
ALIVE_SILENCE_S = 1.0
"""The same for the short answer to ADMIN:ALIVE."""
ACK_DELAY_S = 0.11
"""Between a block and its acknowledgement; the document wants 0.1 s at least."""
PACE_S = 0.52
"""Between the last byte of a reply and the next request; the document wants 0.5 s at least."""
ALIVE_LIMIT_S = 3.0
ALIVE_TRIES = 4
BLOCK_TRIES = 3
REPLY_MAX = 400_000
"""Bytes of one reply; more is no rack's."""
ARRIVED_MAX = 16
"""Frames kept that nobody has waited for."""


class Rack:
    """Half-duplex, unnumbered blocks: what comes in where nothing was asked spoils the reply it comes into.

    After a break ADMIN:ALIVE goes first. The rack answers in order: once that is acknowledged, nothing
    older is on its way.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._decoder = frames.Decoder()
        self._turn = asyncio.Lock()
        self._down: str | None = f"{link.name}: not open"
        self._bed = frames.OPENING_BED
        self._stuffed = False
        self._in_step = False
        self._arrived: deque[Block | None] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._silence_s = SILENCE_S
        self._silence: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()
        self._pace: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""
        return self._link.name

    @property
    def resting(self) -> bool:
        """It is too early for the next request."""
        return not self._quiet.is_set()

    async def open(self) -> None:
        """Open the link; LinkLost if it cannot be had."""
        self._decoder.reset()
        await self._link.open(self._on_bytes, self._lose)
        self._down = None
        self._in_step = False
        self._rest()

    async def close(self) -> None:
        """Close the link; a request that waits fails with LinkLost. Safe to call twice."""
        self._lose(LinkLost(f"{self._link.name}: closed"))
        if self._pace is not None:
            self._pace.cancel()
        await self._link.close()

    async def ask(self, request: str, limit_s: float) -> list[bytes]:
        """The blocks of one whole reply; a DeviceError if it is not had within `limit_s`."""
        async with self._turn:
            try:
                async with asyncio.timeout(limit_s):
                    if not self._in_step:
                        await self._begin()
                    self._in_step = False
                    blocks = await self._blocks(request)
                    self._in_step = True
            except TimeoutError:
                raise NoReply(f"{self._link.name}: {request}: no whole reply within {limit_s:g} s") from None
            return blocks

    async def _begin(self) -> None:
        """ADMIN:ALIVE, stuffed or not, to bed 1 or the one that is told, whichever is understood."""
        bed = frames.OPENING_BED
        why: DeviceError = NoReply(f"{self._link.name}: no answer to ADMIN:ALIVE")
        for _ in range(ALIVE_TRIES):
            asked = self._stuffed
            try:
                async with asyncio.timeout(ALIVE_LIMIT_S):
                    return await self._alive(bed)
            except TimeoutError:
                self._stuffed = not self._stuffed
            except NoReply as error:
                why, bed = error, frames.OPENING_BED
                self._stuffed = not self._stuffed
            except Refused as error:
                why, bed = error, self._bed if self._stuffed is asked else frames.OPENING_BED
        raise why

    async def _alive(self, bed: str) -> None:
        await self._quiet.wait()
        self._forget()
        alive = frames.encode(bed, "ADMIN:ALIVE", stuffed=self._stuffed)
        block = await self._next(alive, ALIVE_SILENCE_S)
        while block is None or (answer := _admin(block)) is None:
            block = await self._next(b"", ALIVE_SILENCE_S)
        self._bed = block.bed
        await asyncio.sleep(ACK_DELAY_S)
        self._write(frames.ACK)
        asked = self._stuffed
        if answer.parameter != ERROR:
            self._stuffed = asked if block.stuffed is None else block.stuffed
            return
        self._stuffed = not asked if block.stuffed is None else block.stuffed
        said = f"ADMIN:ALIVE refused, code {answer.value}"
        raise Refused(f"{self._link.name}: {said}", code=answer.value, reason="ADMIN:ALIVE")

    async def _blocks(self, request: str) -> list[bytes]:
        await self._quiet.wait()
        self._forget()
        send = frames.encode(self._bed, request, stuffed=self._stuffed)
        blocks: list[bytes] = []
        while sum(map(len, blocks)) <= REPLY_MAX:
            block = await self._good(send)
            blocks.append(block.info)
            await self._before_answer()
            if block.last:
                self._write(frames.ACK)
                return blocks
            send = frames.ACK
        raise BadFrame(f"{self._link.name}: {request}: a reply without end")

    async def _good(self, send: bytes) -> Block:
        """The next block, asked for again while it is damaged."""
        for _ in range(BLOCK_TRIES):
            block = await self._next(send)
            if block is not None and block.bed != self._bed:
                raise BadFrame(f"{self._link.name}: bed {block.bed} answers, {self._bed} was asked")
            if block is not None:
                return block
            await self._before_answer()
            send = frames.NAK
        raise BadFrame(f"{self._link.name}: a block came damaged {BLOCK_TRIES} times")

    async def _next(self, send: bytes, silence_s: float = SILENCE_S) -> Block | None:
        """Send, and the next frame that ends; None for a damaged one. NoReply after a silence."""
        if send:
            self._write(send)
        if not self._arrived:
            self._waiting = asyncio.get_running_loop().create_future()
            self._silence_s = silence_s
            self._listen()
            try:
                await self._waiting
            finally:
                self._waiting = None
                if self._silence is not None:
                    self._silence.cancel()
        return self._arrived.popleft()

    async def _before_answer(self) -> None:
        """The rack's time between a block and our answer; BadFrame if it says more without being asked."""
        await asyncio.sleep(ACK_DELAY_S)
        if self._arrived or self._decoder.inside:
            raise BadFrame(f"{self._link.name}: more blocks than were asked for")

    def _write(self, data: bytes) -> None:
        if self._down is not None:
            raise LinkLost(self._down)
        self._link.write(data)
        self._rest()

    def _forget(self) -> None:
        self._arrived.clear()
        self._decoder.reset()

    def _on_bytes(self, data: bytes) -> None:
        self._rest()
        found = self._decoder.feed(data)
        room = ARRIVED_MAX - len(self._arrived)
        self._arrived.extend([item if isinstance(item, Block) else None for item in found[:room]])
        if self._waiting is None or self._waiting.done():
            return
        if self._arrived:
            self._waiting.set_result(None)
        else:
            self._listen()

    def _listen(self) -> None:
        """The silence begins anew."""
        if self._silence is not None:
            self._silence.cancel()
        loop = asyncio.get_running_loop()
        error = NoReply(f"{self._link.name}: silent for {self._silence_s:g} s")
        self._silence = loop.call_later(self._silence_s, self._fail, error)

    def _rest(self) -> None:
        """The pace begins anew."""
        self._quiet.clear()
        if self._pace is not None:
            self._pace.cancel()
        self._pace = asyncio.get_running_loop().call_later(PACE_S, self._quiet.set)

    def _fail(self, error: DeviceError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)

    def _lose(self, error: DeviceError) -> None:
        self._down = str(error)
        self._in_step = False
        self._fail(error)
        self._quiet.set()


def _admin(block: Block) -> Record | None:
    """The answer to ADMIN:ALIVE; None for any other block, a late one."""
    try:
        records = records_of([block.info])
    except BadFrame:
        return None
    answers = [one for one in records if one.slot == RACK and one.parameter in {ACCEPTED, ERROR}]
    return answers[0] if len(records) == 1 and answers else None
