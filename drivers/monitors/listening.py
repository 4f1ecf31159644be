"""A monitor that speaks unasked, one line of values after the other: nothing is ever sent to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from drivers.errors import NoReply
from drivers.interfaces import Link
from drivers.monitors.line_time import Ages
from drivers.monitors.oximeter import Heard
from drivers.values import Measurement, MonitorCapabilities, MonitorIdentity, Signal, VitalsSample

LATE_INTERVALS = Decimal("1.5")
"""A line is late when the one before came so long ago."""
LATE_MAX = 10
"""Intervals without a line, from the one that was late, after which the monitor counts as silent."""


class LineReader(Protocol):
    """Bytes in, lines of values out; never raises, in bounded memory."""

    def feed(self, data: bytes) -> Sequence[Heard]:
        """The lines of values these bytes end."""

    def reset(self) -> None:
        """Forget a half-received line."""


class Listener:
    """The two methods every monitor has, for one that prints lines; only the `signals` asked for are told.

    A line equal to the one before measures nothing, nor does one with an earlier time. A line of another
    serial number measures nothing until the next one names it too: that is another monitor (F12).
    """

    def __init__(
        self,
        link: Link,
        capabilities: MonitorCapabilities,
        reader: LineReader,
        signals: frozenset[Signal] | None = None,
    ) -> None:
        self.capabilities = capabilities
        self._link = link
        self._reader = reader
        self._wanted = capabilities.signals if signals is None else signals & capabilities.signals
        self._ages = Ages(capabilities.interval_s)
        self._open = False
        self._late = 0
        self._timer: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] | None = None
        self._last: Heard | None = None
        self._serial: str | None = None
        self._other: str | None = None
        self._on_identity: Callable[[MonitorIdentity], None] | None = None
        self._on_sample: Callable[[VitalsSample], None] | None = None

    async def run(
        self, on_identity: Callable[[MonitorIdentity], None], on_sample: Callable[[VitalsSample], None]
    ) -> None:
        """Deliver each sample in the loop callback its last byte came in; NoReply after bounded silence."""
        self._reader.reset()
        self._serial = self._other = None
        self._on_identity, self._on_sample = on_identity, on_sample
        self._end = asyncio.get_running_loop().create_future()
        await self._link.open(self._on_bytes, self._finish)
        self._open = True
        try:
            self._wait_anew()
            await self._end
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the link. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._open = False
        await self._link.close()

    def _wait_anew(self) -> None:
        self._late = 0
        self._wait(self.capabilities.interval_s * LATE_INTERVALS)

    def _wait(self, seconds: Decimal) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(float(seconds), self._is_late, seconds)

    def _is_late(self, waited_s: Decimal) -> None:
        interval_s = self.capabilities.interval_s
        self._ages.waited(waited_s)
        self._late += 1
        if self._late < LATE_MAX:
            self._wait(interval_s)
            return
        silent_s = interval_s * (LATE_INTERVALS + LATE_MAX - 1)
        self._finish(NoReply(f"{self._link.name}: no line of values for {silent_s} s"))

    def _finish(self, error: Exception) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(error)

    def _on_bytes(self, data: bytes) -> None:
        if not self._open:
            return
        try:
            for heard in self._reader.feed(data):
                self._wait_anew()
                self._deliver(heard)
        except Exception as error:  # noqa: BLE001 - whoever runs us gets it, not the event loop's log
            self._finish(error)

    def _deliver(self, heard: Heard) -> None:
        known = self._same_monitor(heard.serial)
        age_s = self._ages.age_s(heard.stamp)
        if not known or heard == self._last:
            age_s = None
        self._last = heard
        signals = {
            signal: _aged(one, age_s) for signal, one in heard.signals.items() if signal in self._wanted
        }
        if self._on_sample is not None:
            self._on_sample(VitalsSample(signals))

    def _same_monitor(self, serial: str) -> bool:
        """Tell who speaks at the first line, and when two lines in a row name another."""
        if serial != self._serial and (self._serial is None or serial == self._other):
            self._serial = serial
            if self._on_identity is not None:
                detail = f"serial number {serial}" if serial else ""
                self._on_identity(MonitorIdentity(self.capabilities.model, detail))
        self._other = serial
        return serial == self._serial


def _aged(one: Measurement, age_s: Decimal | None) -> Measurement:
    if not one.measured or age_s is None:
        return replace(one, measured=False)
    return replace(one, age_s=age_s)
