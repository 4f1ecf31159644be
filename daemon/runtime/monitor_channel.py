"""One monitor on the wire: samples in, silence told, reopened for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from daemon.engine import inputs as inp
from daemon.runtime.link_counts import LinkCounts
from drivers.errors import DeviceError
from drivers.interfaces import Monitor
from drivers.values import MonitorIdentity, Signal, VitalsSample

REOPEN_S = 1.0

log = structlog.get_logger()


class MonitorChannel:
    """Owns the driver; passes on only the signals the bed file gives this monitor."""

    def __init__(
        self, name: str, monitor: Monitor, signals: frozenset[Signal], submit: Callable[[inp.Input], None]
    ) -> None:
        self.name = name
        self.counts = LinkCounts()
        self._log = log.bind(device=name)
        self._monitor = monitor
        self._signals = signals
        self._submit = submit
        self._lost = False

    async def run(self) -> None:
        """Read until cancelled; one word when lost, one when back."""
        while True:
            try:
                await self._monitor.run(self._identified, self._sample)
            except DeviceError as error:
                self.counts.losses += 1
                if not self._lost:
                    self._lost = True
                    self._log.warning("monitor.lost", why=str(error))
                    self._submit(inp.MonitorSilent(self.name, str(error)))
            await self._monitor.close()
            await asyncio.sleep(REOPEN_S)

    async def close(self) -> None:
        """Give the port back."""
        await self._monitor.close()

    def _identified(self, identity: MonitorIdentity) -> None:
        self.counts.connects += 1
        self._log.info("monitor.identified", model=identity.model, detail=identity.detail)
        self._submit(inp.MonitorIdentified(self.name, identity))

    def _sample(self, sample: VitalsSample) -> None:
        if self._lost:
            self._lost = False
            self._log.info("monitor.back")
        taken = self._signals
        signals = {signal: m for signal, m in sample.signals.items() if signal in taken}
        self._submit(inp.MonitorRead(replace(sample, signals=signals, source=self.name)))
