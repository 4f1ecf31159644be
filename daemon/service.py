"""Builds every object of one bed once, runs them together, and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from daemon.clock import Clock
from daemon.control.annunciators import Annunciators
from daemon.control.feeds import Feeds
from daemon.control.report import report
from daemon.control.server import ControlServer
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.disarming import armed
from daemon.engine.phases import OPEN, Phase
from daemon.journal.journal import Journal
from daemon.journal.keeping import Keeping
from daemon.journal.series import base_of, newest, walk_of
from daemon.journal.store import Store
from daemon.notify import Notifier
from daemon.runtime.link_counts import LinkCounts
from daemon.runtime.linking import linked
from daemon.runtime.monitor_channel import MonitorChannel
from daemon.runtime.new_file import begin_file
from daemon.runtime.opening import Found, Setting, fresh, is_open, opened
from daemon.runtime.pump_channel import PumpChannel
from daemon.runtime.supervisor import Supervisor
from daemon.runtime.watched_channel import WatchedChannel
from daemon.sound_rule import SoundRule
from drivers.interfaces import Monitor, Pump
from drivers.values import Signal
from drivers.watch_only import WatchOnly

STOP_LIMIT_S = 8.0
"""An orderly stop waits this long until every pump stands disarmed, read back (F6, F29: exit within 10 s)."""
TICK_S = 0.5
LAST_STOP_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MonitorPort:
    """A monitor driver with its name and the signals taken from it."""

    name: str
    driver: Monitor
    signals: frozenset[Signal]


class Service:
    """One bed: supervisor, pump and monitor channels, journal, control socket."""

    def __init__(
        self,
        *,
        setting: Setting,
        found: Found,
        gap_known: bool,
        store: Store,
        clock: Clock,
        pumps: Mapping[str, Pump],
        monitors: Sequence[MonitorPort],
        socket: Path | None,
        sound: SoundRule | None = None,
        feeds: Sequence[str] = (),
        keeping: Keeping | None = None,
        threaded: bool = True,
    ) -> None:
        self._setting = setting
        self._found = found
        self._not_begun = ""
        """Why the journal could not begin a new file."""
        self._gap_known = gap_known
        self._store = store
        self._clock = clock
        self._pump_drivers = pumps
        self._monitor_ports = monitors
        self._socket = socket
        self._keeping = keeping
        """None = one file for ever."""
        self._threaded = threaded
        self._stopping = asyncio.Event()
        self._notifier = Notifier()
        self.supervisor = self._take_up()
        self._sound = Annunciators(sound, self.supervisor.submit, clock.wire_ms) if sound else None
        """Without a rule nothing at the bed is listened for, and no run starts (F9)."""
        self._links: dict[str, LinkCounts] = {}
        self._feeds = Feeds(feeds, self.supervisor.submit, clock.wire_ms)
        self._door: ControlServer | None = None
        self.journal = self.supervisor.journal

    def _take_up(self) -> Supervisor:
        """The run the journal holds, as it was left, or a new one."""
        found = self._found
        self._store.open()
        journal = Journal(self._store, self._clock, found.last, run=found.run, threaded=self._threaded)
        if found.state is not None and found.guard is not None and is_open(found.state):
            self._restarted = True
            return Supervisor(found.state, found.guard, journal, self._clock)
        self._restarted = False
        setting = self._setting
        event = opened(setting, linked(found.earlier, setting.plan, setting.patient, self._clock))
        state, guard = fresh(event, self._clock.now_ms())
        self._opening: tuple[ev.Event, ...] = (event,)
        return Supervisor(state, guard, journal, self._clock)

    async def run(self) -> None:
        """Until told to stop; returns after the orderly stop."""
        supervisor = self.supervisor
        server = self._door = await self._open_door()
        self.journal.start()
        self._begin()
        channels = self._open_channels()
        monitors = [
            MonitorChannel(port.name, port.driver, port.signals, supervisor.submit)
            for port in self._monitor_ports
        ]
        self._links |= {name: one.counts for name, one in supervisor.pumps.items()}
        self._links |= {one.name: one.counts for one in monitors}
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._supervise()),
                    *(group.create_task(monitor.run()) for monitor in monitors),
                    *(group.create_task(channel.run()) for channel in channels),
                ]
                self._after_restart()
                log.info("service.ready", phase=supervisor.state.phase.value, restarted=self._restarted)
                self._notifier.ready(f"bed {self._setting.bed}: {supervisor.state.phase}")
                await self._stopping.wait()
                await self._orderly_stop()
                for task in tasks:
                    task.cancel()
        except* Exception:
            await self._last_stop(channels)
            log.exception("service.failed", phase=supervisor.state.phase.value)
            raise
        finally:
            await supervisor.close()
            for channel in channels:
                await channel.close()
            for monitor in monitors:
                await monitor.close()
            if server is not None:
                await server.close()
            await self.journal.close()

    def _open_channels(self) -> tuple[PumpChannel, ...]:
        """One for each pump of the bed; a run that is over has let them go."""
        supervisor, by_hand = self.supervisor, self.supervisor.state.advisory
        kind = WatchedChannel if by_hand else PumpChannel
        for name, pump in self._pump_drivers.items():
            driver = WatchOnly(pump) if by_hand else pump
            channel = kind(driver, self._clock, supervisor.submit, supervisor.permit, name)
            supervisor.pumps[name] = channel
            if supervisor.state.phase in (Phase.COMPLETED, Phase.ABORTED):
                channel.release()
        return tuple(supervisor.pumps.values())

    def stop(self) -> None:
        """Begin the orderly stop (SIGTERM, SIGINT)."""
        self._stopping.set()

    def place(self) -> tuple[int | None, int]:
        """Number of the run and of the last record."""
        return self.journal.run, self.journal.seq

    def catch_signals(self) -> None:
        """SIGTERM and SIGINT are an orderly stop, never a death (F29)."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)

    def report(self) -> dict[str, Any]:
        """The report of the newest run, from what is on disk."""
        part = newest(base_of(self._store.path))
        with contextlib.closing(Store(part.path, read_only=True)) as store:
            store.open()
            walk = walk_of(part, store)
            return report(list(walk), walk.fault)

    def _begin(self) -> None:
        """A new run may begin a new file; one that is taken up goes on in its own."""
        if self._restarted:
            return
        if self._keeping is not None:
            self._not_begun = begin_file(self._store, self.journal, self._found, self._keeping, self._clock)
        self.journal.append(self._opening, self.supervisor.state.at_ms)

    def _after_restart(self) -> None:
        if self._restarted:
            self.supervisor.submit(inp.DaemonRestarted(self._gap_known))
        if self._found.set_aside is not None:
            kept, fault = self._found.set_aside
            why = f"the journal was damaged at record {fault.seq} ({fault.why}); it is kept as {kept.name}"
            self._tell_of_journal(why)
            self.supervisor.submit(inp.HoldNow(act_id=f"damaged-{fault.seq}", by="", reason=why))

        elif self._found.fault is not None:
            fault = self._found.fault
            self._tell_of_journal(f"the journal is not whole at record {fault.seq}: {fault.why}")
        if self._not_begun:
            self._tell_of_journal(self._not_begun)

    def _tell_of_journal(self, why: str) -> None:
        """It is written to again; that something was wrong with it is recorded, alarmed, and holds a run."""
        self.supervisor.submit(inp.JournalBroken(why))
        self.supervisor.submit(inp.JournalMended())

    async def _open_door(self) -> ControlServer | None:
        if self._socket is None:
            return None
        server = ControlServer(
            self._socket,
            self.supervisor,
            self._clock,
            self.report,
            self._sound,
            self._feeds,
            self.stop,
            self._links,
        )
        await server.open()
        return server

    async def _supervise(self) -> None:
        """The supervising loop; it alone feeds the watchdog."""
        while True:
            self.supervisor.tick()
            if self._sound is not None:
                self._sound.tick()
            self._feeds.tick()
            if self._door is not None:
                self._door.followers.beat()
            self._notifier.alive(f"bed {self._setting.bed}: {self.supervisor.state.mode}")
            await asyncio.sleep(TICK_S)

    async def _last_stop(self, channels: Sequence[PumpChannel]) -> None:
        """The program is failing: one STOP to each pump, whatever else is broken; limits are behind it."""
        state = self.supervisor.state
        if state.phase in OPEN or state.stop_ms is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_STOP_S):
                    stops = (channel.stop_once() for channel in channels)
                    await asyncio.gather(*stops, return_exceptions=True)

    async def _orderly_stop(self) -> None:
        self._notifier.stopping()
        state = self.supervisor.state
        if state.phase not in OPEN and state.stop_ms is None:
            return
        log.warning("service.stopping", phase=state.phase.value)
        self.supervisor.submit(inp.ServiceStopping("the service was told to stop"))
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                while self.supervisor.state.stop_ms is not None or armed(self.supervisor.state):
                    self.supervisor.changed.clear()
                    await self.supervisor.changed.wait()
                await self.journal.durable(self.journal.seq)
        except TimeoutError:
            if self.supervisor.state.stop_ms is not None:
                log.warning("service.stop_not_confirmed")
            else:
                log.warning("service.not_disarmed")
