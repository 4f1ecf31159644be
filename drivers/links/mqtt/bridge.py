"""The far end of an `mqtt:` link: between a broker and the device's own link. It invents no command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from drivers.errors import DeviceError, LinkLost
from drivers.interfaces import Link
from drivers.links.mqtt.far import FarEnd
from drivers.links.mqtt.pipe import TICK_S, Connect, Pipe, down, up
from drivers.links.mqtt.stream import Books, Seal, Turn

RECONNECT_S = 0.5


class Bridge:
    """Runs until cancelled. `say` is told one line when somebody has the device, one when nobody has it."""

    def __init__(
        self,
        shared: Seal,
        device: Link,
        connect: Connect,
        now_ms: Callable[[], int],
        new_session: Callable[[], bytes],
        say: Callable[[str], None],
    ) -> None:
        self._shared = shared
        self._device = device
        self._connect = connect
        self._now_ms = now_ms
        self._say = say
        self.books = Books()
        """What was thrown away since the start."""
        self._end = FarEnd(shared, new_session, self.books)
        self._pipe: Pipe | None = None
        self._broken: asyncio.Event = asyncio.Event()
        self._told = ""
        self._turns = asyncio.Lock()
        """The device is opened and closed in the order in which sessions came and went."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Connect to the broker, for ever; without it nobody has the device."""
        try:
            while True:
                self._broken = asyncio.Event()
                self._pipe = self._connect(
                    (down(self._shared.topic),),
                    on_ready=self._ready,
                    on_message=self._message,
                    on_lost=self._lost,
                )
                await self._beat_until_broken()
                await asyncio.sleep(RECONNECT_S)
        finally:
            last = self._end.device_lost("the bridge was stopped", self._now_ms()).send
            await self._device.close()
            if self._pipe is not None:
                self._pipe.stop((up(self._shared.topic), last[0]) if last else None)
                await self._pipe.stopped()

    async def _beat_until_broken(self) -> None:
        while not self._broken.is_set():
            self._follow(self._end.tick(self._now_ms()))
            try:
                async with asyncio.timeout(TICK_S):
                    await self._broken.wait()
            except TimeoutError:
                continue

    def _ready(self) -> None:
        self._tell("waiting for the daemon")

    def _lost(self, error: LinkLost) -> None:
        """Without the broker the session is over at once: nothing more reaches the device."""
        self._pipe = None
        self._broken.set()
        self._tell(str(error))
        self._follow(self._end.device_lost("the broker is lost", self._now_ms()))

    def _message(self, _topic: str, payload: bytes, retained: bool) -> None:
        self._follow(self._end.take(payload, self._now_ms(), retained=retained))

    def _follow(self, turn: Turn) -> None:
        if turn.deliver:
            self._to_device(turn.deliver)
        try:
            for envelope in turn.send:
                if self._pipe is not None:
                    self._pipe.send(up(self._shared.topic), envelope)
        except LinkLost as error:
            self._lost(error)
        if turn.opened:
            self._in_turn(self._open(self._end.session))
        if turn.over:
            self._give_back(turn.over)

    def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, session: bytes | None) -> None:
        async with self._turns:
            if self._end.session != session:
                return
            try:
                await self._device.open(self._said, self._device_lost)
            except DeviceError as error:
                self._device_lost(error)
                return
            if self._end.session != session:
                return
            self._tell("the daemon has the device")
            self._follow(self._end.device_opened(self._now_ms()))

    async def _close(self) -> None:
        async with self._turns:
            await self._device.close()

    def _to_device(self, data: bytes) -> None:
        try:
            self._device.write(data)
        except LinkLost as error:
            self._device_lost(error)

    def _said(self, data: bytes) -> None:
        self._follow(self._end.device_said(data, self._now_ms()))

    def _device_lost(self, error: DeviceError) -> None:
        self._follow(self._end.device_lost(str(error), self._now_ms()))

    def _give_back(self, why: str) -> None:
        thrown = f"; thrown away so far: {self.books}" if f"{self.books}" else ""
        self._tell(f"nobody has the device: {why}{thrown}")
        self._in_turn(self._close())

    def _tell(self, line: str) -> None:
        """One line for each change, never the same again: a broker that stays away is no flood."""
        if line != self._told:
            self._told = line
            self._say(line)
