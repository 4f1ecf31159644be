"""An S/5 DRI monitor in the two methods every monitor has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from drivers.errors import LinkLost, NoReply
from drivers.interfaces import Link
from drivers.monitors.s5_dri import frames
from drivers.monitors.s5_dri.capabilities import CAPABILITIES
from drivers.monitors.s5_dri.frames import CANCEL, Basic, Record
from drivers.monitors.s5_dri.nibp import MEASURING, Cuff, CuffWatch
from drivers.monitors.s5_dri.vitals import PRESENT, hr_by_pleth, measurements_of
from drivers.values import Measurement, MonitorIdentity, Signal, Validity, VitalsSample

ASK_AGAIN_INTERVALS = 3
ASKED_MAX = 3
"""Requests in a row that may stay unanswered before the monitor counts as silent."""
DRAIN_S = 0.1
"""A cancel of 51 bytes takes 30 ms at 19200 baud."""

CUFF = (Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN)


class S5Dri:
    """GE / Datex-Ohmeda monitors that speak the S/5 computer interface; display values every `interval_s`.

    Only the `signals` asked for are judged, and the cuff's, whose pressures belong together.
    """

    def __init__(
        self,
        link: Link,
        *,
        interval_s: int = int(CAPABILITIES.interval_s),
        signals: frozenset[Signal] = CAPABILITIES.signals,
    ) -> None:
        if not 1 <= interval_s <= 60:
            raise ValueError(f"interval_s {interval_s}: expected 1 to 60")
        self.capabilities = replace(CAPABILITIES, interval_s=Decimal(interval_s))
        self.decoder = frames.Decoder()
        self._wanted = tuple(signal for signal in Signal if signal in signals or signal in CUFF)
        self._link = link
        self._interval_s = interval_s
        self._open = False
        self._asked = 0
        self._timer: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] | None = None
        self._cuff = CuffWatch()
        self._last: Record | None = None
        self._on_identity: Callable[[MonitorIdentity], None] | None = None
        self._on_sample: Callable[[VitalsSample], None] | None = None

    async def run(
        self, on_identity: Callable[[MonitorIdentity], None], on_sample: Callable[[VitalsSample], None]
    ) -> None:
        """Deliver each sample in the loop callback its last byte came in; NoReply after bounded silence."""
        self.decoder.reset()
        self._cuff, self._last, self._asked = CuffWatch(), None, 0
        self._on_identity, self._on_sample = on_identity, on_sample
        self._end = asyncio.get_running_loop().create_future()
        await self._link.open(self._on_bytes, self._finish)
        self._open = True
        try:
            self._ask()
            await self._end
        finally:
            await self.close()

    async def close(self) -> None:
        """Cancel the subscription if the wire still takes it, close the link. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        was_open, self._open = self._open, False
        if was_open:
            with suppress(LinkLost):
                self._link.write(frames.encode_display_request(CANCEL))
                await asyncio.sleep(DRAIN_S)
        await self._link.close()

    def _ask(self) -> None:
        """(Again) subscribe, one request alone in its packet, and wait a few intervals for an answer."""
        if self._asked == ASKED_MAX:
            silent_s = self._asked * ASK_AGAIN_INTERVALS * self._interval_s
            self._finish(NoReply(f"{self._link.name}: no display values for {silent_s} s"))
            return
        try:
            self._link.write(frames.encode_display_request(self._interval_s))
        except LinkLost as error:
            self._finish(error)
            return
        self._asked += 1
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(ASK_AGAIN_INTERVALS * self._interval_s, self._ask)

    def _finish(self, error: Exception) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(error)

    def _on_bytes(self, data: bytes) -> None:
        if not self._open:
            return
        for record in self.decoder.feed(data):
            basic = frames.basic_of(record)
            if basic is not None:
                self._deliver(record, basic)

    def _deliver(self, record: Record, basic: Basic) -> None:
        first = self._last is None
        sample = self._sample(record, basic)
        self._last = record
        try:
            if first and self._on_identity is not None:
                self._on_identity(MonitorIdentity(CAPABILITIES.model, f"interface level {record.level}"))
            if self._on_sample is not None:
                self._on_sample(sample)
        except Exception as error:  # noqa: BLE001 - whoever runs us gets it, not the event loop's log
            self._finish(error)
        else:
            self._asked = 0
            self._wait()

    def _sample(self, record: Record, basic: Basic) -> VitalsSample:
        """A frame equal to the one before, its time included, measures nothing."""
        signals = measurements_of(basic, self._wanted)
        cuff = Cuff(basic.nibp.label, tuple(signals[one].value for one in CUFF), record.time_s)
        age_s = self._cuff.new_age_s(cuff)
        for signal in CUFF:
            signals[signal] = _aged(signals[signal], age_s)
        measuring = _measuring(basic)
        if measuring and Signal.HR in signals and hr_by_pleth(basic):
            signals[Signal.HR] = _doubted(signals[Signal.HR])
        if record == self._last:
            signals = {signal: replace(one, measured=False) for signal, one in signals.items()}
        return VitalsSample(signals, cuff_measuring=measuring)


def _measuring(basic: Basic) -> bool:
    """The cuff is inflated, by a module that is there."""
    return bool(basic.nibp.status & PRESENT and basic.nibp.label & MEASURING)


def _doubted(one: Measurement) -> Measurement:
    """A heart rate of the probe is no second pulse while the cuff may hold the probe's arm (F31)."""
    return replace(one, validity=Validity.QUESTIONABLE) if one.validity is Validity.VALID else one


def _aged(one: Measurement, age_s: Decimal | None) -> Measurement:
    if one.value is None or age_s is None:
        return Measurement(one.value, one.validity, measured=False)
    return Measurement(one.value, one.validity, age_s=age_s)
