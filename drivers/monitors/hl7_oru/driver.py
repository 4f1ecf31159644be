"""Monitors and gateways that send HL7 ORU messages, in the two methods of a monitor: we receive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from drivers.errors import LinkLost, NoReply
from drivers.interfaces import Link
from drivers.monitors.hl7_oru.capabilities import CAPABILITIES
from drivers.monitors.hl7_oru.frames import Decoder, Faulty, encode_ack
from drivers.monitors.hl7_oru.message import Header, Message
from drivers.monitors.hl7_oru.newness import Newness
from drivers.monitors.hl7_oru.vitals import patients_of
from drivers.values import MonitorIdentity, Signal, VitalsSample

TICK_S = 1.0
SILENT_MAX_S = 210
"""Three intervals and a half without a message; a blank one is a sign of life."""
TAKEN, REFUSED = "AA", "AE"


class Hl7Oru:
    """Takes what is sent, answers each message, and never sends anything else."""

    def __init__(self, link: Link, *, signals: frozenset[Signal] | None = None) -> None:
        self.capabilities = CAPABILITIES
        self.decoder = Decoder()
        self._link = link
        self._wanted = CAPABILITIES.signals if signals is None else signals
        self._newness = Newness()
        self._silent_s = 0
        self._answers = 0
        self._sender = ""
        self._open = False
        self._timer: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] | None = None
        self._on_identity: Callable[[MonitorIdentity], None] | None = None
        self._on_sample: Callable[[VitalsSample], None] | None = None

    async def run(
        self, on_identity: Callable[[MonitorIdentity], None], on_sample: Callable[[VitalsSample], None]
    ) -> None:
        """Deliver each sample in the loop callback its last byte came in; NoReply after bounded silence."""
        self.decoder.reset()
        self._newness, self._sender, self._silent_s = Newness(), "", 0
        self._on_identity, self._on_sample = on_identity, on_sample
        self._end = asyncio.get_running_loop().create_future()
        await self._link.open(self._on_bytes, self._finish)
        self._open = True
        try:
            self._wait()
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

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._newness.passed(Decimal(1))
        self._silent_s += 1
        if self._silent_s >= SILENT_MAX_S:
            self._finish(NoReply(f"{self._link.name}: no message for {SILENT_MAX_S} s"))
            return
        self._wait()

    def _finish(self, error: Exception) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(error)

    def _on_bytes(self, data: bytes) -> None:
        if not self._open:
            return
        try:
            for block in self.decoder.feed(data):
                self._take(block)
        except Exception as error:  # noqa: BLE001 - whoever runs us gets it, not the event loop's log
            self._finish(error)

    def _take(self, block: Message | Faulty) -> None:
        if isinstance(block, Faulty):
            if block.header is not None:
                self._answer(block.header, REFUSED, block.why)
        elif block.kind == "other":
            self._answer(block.header, REFUSED, f"{block.header.type or 'no type'} is not taken here")
        elif block.kind != "ack":
            self._silent_s = 0
            if not self._newness.repeated(block.header):
                self._deliver(block)
            self._answer(block.header, TAKEN)

    def _answer(self, header: Header, code: str, text: str = "") -> None:
        """A sender that is gone by now will say it again, or not; it is not waited for."""
        self._answers += 1
        with suppress(LinkLost):
            self._link.write(encode_ack(header, code, self._answers, text))

    def _deliver(self, message: Message) -> None:
        self._newness.sent(message.header)
        self._identify(message.header)
        for subject, judged in patients_of(message).items():
            measured = self._newness.measurements(subject, judged)
            signals = {signal: one for signal, one in measured.items() if signal in self._wanted}
            if signals and self._on_sample is not None:
                self._on_sample(VitalsSample(signals, subject=subject))

    def _identify(self, header: Header) -> None:
        sender = " ".join(part for part in (header.application, header.facility) if part) or "unnamed"
        if sender != self._sender:
            self._sender = sender
            if self._on_identity is not None:
                self._on_identity(MonitorIdentity(CAPABILITIES.model, f"sender {sender}"))
