"""A Philips IntelliVue in the two methods every monitor has, over the network or its serial port."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal

from drivers.errors import DeviceError, LinkLost
from drivers.interfaces import Link
from drivers.monitors.intellivue.association import RELEASE_MESSAGE
from drivers.monitors.intellivue.capabilities import CAPABILITIES
from drivers.monitors.intellivue.serial_frames import Deframer, encode
from drivers.monitors.intellivue.session import Said, Session
from drivers.monitors.intellivue.times import BEAT_S
from drivers.values import MonitorIdentity, Signal, VitalsSample

DRAIN_S = 0.1
"""A release of 26 bytes takes 3 ms at 115200 baud."""
DATAGRAMS = ("udp:", "memory:")
NUMBERS = 0xFFFF


class IntelliVue:
    """Monitors with the Data Export interface; values about every second, only the `signals` asked for.

    Over `udp:` and `memory:` a chunk of the link is a message, elsewhere messages come in serial frames.
    """

    def __init__(
        self, link: Link, *, signals: frozenset[Signal] | None = None, datagrams: bool | None = None
    ) -> None:
        self.capabilities = CAPABILITIES
        self.deframer = Deframer()
        self.session: Session | None = None
        """The association there is, or the last one."""
        self._signals = CAPABILITIES.signals if signals is None else signals & CAPABILITIES.signals
        self._link = link
        self._datagrams = link.name.startswith(DATAGRAMS) if datagrams is None else datagrams
        self._numbers = itertools.cycle(range(1, NUMBERS))
        self._open = False
        self._now_s = Decimal(0)
        self._timer: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] | None = None
        self._on_identity: Callable[[MonitorIdentity], None] | None = None
        self._on_sample: Callable[[VitalsSample], None] | None = None

    async def run(
        self, on_identity: Callable[[MonitorIdentity], None], on_sample: Callable[[VitalsSample], None]
    ) -> None:
        """Deliver each sample in the loop callback its last byte came in; a DeviceError ends it."""
        self.deframer.reset()
        last_ticks = None if self.session is None else self.session.last_ticks
        self.session = Session(self._signals, next(self._numbers), self._now_s, last_ticks)
        self._on_identity, self._on_sample = on_identity, on_sample
        loop = asyncio.get_running_loop()
        self._end = loop.create_future()
        await self._link.open(self._on_bytes, self._finish)
        self._open = True
        try:
            self._timer = loop.call_later(float(BEAT_S), self._beat)
            self._guarded(self._send_due)
            await self._end
        finally:
            await self.close()

    async def close(self) -> None:
        """Release the association if the wire still takes it, close the link. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        was_open, self._open = self._open, False
        if was_open:
            with suppress(LinkLost):
                self._send(RELEASE_MESSAGE)
                await asyncio.sleep(DRAIN_S)
        await self._link.close()

    def _beat(self) -> None:
        """Beats follow each other by the timer's own time, so that late ones are made up for."""
        if self._timer is None:
            return
        self._now_s += BEAT_S
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._timer.when() + float(BEAT_S), self._beat)
        self._guarded(self._send_due)

    def _send_due(self) -> None:
        if self.session is not None:
            self._told(self.session.beat(self._now_s))

    def _on_bytes(self, data: bytes) -> None:
        if self._open:
            self._guarded(lambda: self._take(data))

    def _take(self, data: bytes) -> None:
        for message in [data] if self._datagrams else self.deframer.feed(data):
            if self.session is not None and self._open:
                self._told(self.session.take(message, self._now_s))

    def _told(self, said: Iterable[Said]) -> None:
        for one in said:
            if isinstance(one, bytes):
                self._send(one)
            elif isinstance(one, VitalsSample):
                if self._on_sample is not None:
                    self._on_sample(one)
            elif self._on_identity is not None:
                self._on_identity(one)

    def _send(self, message: bytes) -> None:
        self._link.write(message if self._datagrams else encode(message))

    def _guarded(self, act: Callable[[], None]) -> None:
        """What goes wrong in a callback goes to whoever runs us, not to the event loop's log."""
        try:
            act()
        except DeviceError as error:
            self._finish(_named(self._link.name, error))
        except Exception as error:  # noqa: BLE001 - as above
            self._finish(error)

    def _finish(self, error: Exception) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(error)


def _named(link: str, error: DeviceError) -> DeviceError:
    """The error with the link in front, where it does not name it yet."""
    text = str(error)
    if not text.startswith(link):
        error.args = (f"{link}: {text}",)
    return error
