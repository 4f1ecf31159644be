"""Vital signs that somebody publishes as JSON, in the two methods every monitor has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from drivers.errors import NoReply
from drivers.interfaces import Link
from drivers.monitors.mqtt_json.capabilities import CAPABILITIES
from drivers.monitors.mqtt_json.frames import Decoder, Message
from drivers.monitors.mqtt_json.vitals import published
from drivers.published import USUAL, Place, Places
from drivers.values import Measurement, MonitorIdentity, Signal, VitalsSample

SILENT_S = Decimal(30)
"""Without a message of ours for so long the publisher counts as silent."""


class MqttJson:
    """Listens only. `utc` is our clock, by which a message is old or not; without it nothing is fresh.

    A value counts as measured once: a message with the same or an earlier time measures nothing new.
    """

    def __init__(
        self,
        link: Link,
        *,
        places: Places = USUAL,
        signals: frozenset[Signal] | None = None,
        utc: Callable[[], datetime] | None = None,
    ) -> None:
        self.capabilities = CAPABILITIES
        self.decoder = Decoder()
        self._link = link
        wanted = frozenset(places) if signals is None else signals & frozenset(places)
        self._places = {signal: places[signal] for signal in sorted(wanted)}
        self._utc = utc
        self._newest: dict[Signal, datetime] = {}
        self._known = False
        self._timer: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] | None = None
        self._on_identity: Callable[[MonitorIdentity], None] | None = None
        self._on_sample: Callable[[VitalsSample], None] | None = None

    async def run(
        self, on_identity: Callable[[MonitorIdentity], None], on_sample: Callable[[VitalsSample], None]
    ) -> None:
        """Deliver each message as it comes; NoReply after SILENT_S without one."""
        self.decoder.reset()
        self._known = False
        self._on_identity, self._on_sample = on_identity, on_sample
        self._end = asyncio.get_running_loop().create_future()
        await self._link.open(self._on_bytes, self._finish)
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
        self._on_sample = None
        await self._link.close()

    def _wait_anew(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        error = NoReply(f"{self._link.name}: no message for {SILENT_S} s")
        self._timer = asyncio.get_running_loop().call_later(float(SILENT_S), self._finish, error)

    def _finish(self, error: Exception) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(error)

    def _on_bytes(self, data: bytes) -> None:
        for message in self.decoder.feed(data):
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        places = {signal: place for signal, place in self._places.items() if place.topic == message.topic}
        if not places or self._on_sample is None:
            return
        if not message.retained:
            self._wait_anew()
            self._identify()
        self._on_sample(VitalsSample({s: self._measurement(s, p, message) for s, p in places.items()}))

    def _measurement(self, signal: Signal, place: Place, message: Message) -> Measurement:
        now = self._utc() if self._utc is not None else None
        said = published(signal, place, message.content, now, retained=message.retained)
        if said.at is None or not said.measurement.measured:
            return said.measurement
        newest = self._newest.get(signal)
        if newest is not None and said.at <= newest:
            return replace(said.measurement, measured=False)
        self._newest[signal] = said.at
        return said.measurement

    def _identify(self) -> None:
        if not self._known and self._on_identity is not None:
            self._known = True
            self._on_identity(MonitorIdentity(self.capabilities.model, self._link.name))
