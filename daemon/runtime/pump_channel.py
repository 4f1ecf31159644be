"""One pump on the wire: STOP in front of everything, every write read back, the link watchdog fed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from daemon.clock import Clock
from daemon.engine import inputs as inp
from daemon.engine.events import RESTARTED, OrderKind, SettingOrdered
from daemon.runtime.link_counts import LinkCounts
from daemon.runtime.nudge import Nudge
from drivers.errors import DeviceError, HalfProgrammed, LinkLost, NoReply, Overtaken
from drivers.interfaces import Pump, TellsAnswers
from drivers.links.validity import no_more
from drivers.pair_writes import Motor, restart
from drivers.values import Motion, PumpIdentity, PumpReading, PumpSetting

SAME_STOP_MS = 5
"""A STOP ordered this soon after another one is the same."""
STOP_AGAIN_MS = 300
"""A STOP not yet seen to work is sent again this often (F18)."""
STOP_HEARD_MS = 900
"""One that the pump has acknowledged leaves this much time to a slow reading, and is sent again (F10)."""
STOP_VERIFIED_MS = 2_000
"""A STOP not read back by then is a HIGH alarm; trying goes on (F18)."""
LONG_MS = 5_000
"""Silence longer than this ends automatic running (F17)."""
ORDER_AGE_MS = 2_000
"""An order that waited longer, say for the disk, and for one answer on its way, is computed anew (F18)."""
RECONNECT_S = 0.2
MISSES_MAX = 3
START_TRIES = 3
READ_TRIES = 3

log = structlog.get_logger()


class PumpChannel:
    """Owns the driver. Tells, under the pump's name, what it says; does what it is ordered, newest first."""

    def __init__(
        self,
        pump: Pump,
        clock: Clock,
        submit: Callable[[inp.FromPump], None],
        permit: Callable[[SettingOrdered], str],
        name: str = "",
    ) -> None:
        self.counts = LinkCounts()
        self._log = log.bind(device=name)
        self._pump = pump
        self._clock = clock
        self._name = name
        self._supervise = submit
        self._permit = permit
        self._order: SettingOrdered | None = None
        self._ordered_ms = 0
        self._stop_since: int | None = None
        self._stop_sent = 0
        self._stop_heard = False
        self._stop_told = 0
        self._stops: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._kick = Nudge()
        self._identity: PumpIdentity | None = None
        self._reading: PumpReading | None = None
        self._good_ms = 0
        self._trip_ms = 0
        self._told_short = False
        self._told_long = False
        self._new = True
        self._connected = False
        self._said_lost = False
        self._releasing = False
        self.released = False
        if isinstance(pump, TellsAnswers):
            pump.on_answer = self._heard

    def stop(self) -> None:
        """STOP now; repeated until a readback shows the pump standing."""
        now = self._clock.wire_ms()
        if self._stop_since is None:
            self._stop_since = self._stop_told = now
        self._order = None
        if self._connected and now - self._stop_sent >= SAME_STOP_MS:
            self._send_stop(now)
        self._kick.give()

    def settled(self) -> None:
        """The STOP is over: the engine has it confirmed by readback or by a named person."""
        self._stop_since = None
        if self._again is not None:
            self._again.cancel()

    def order(self, order: SettingOrdered, since_ms: int) -> None:
        """Carry this order of wire time `since_ms` out; it replaces one that has not begun."""
        if self._stop_since is not None:
            return
        if not self._connected or self._reading is None:
            self._submit(inp.OrderUnsent(order.order, "the pump has not been read on this connection"))
            return
        self._order = order
        self._ordered_ms = since_ms
        self._kick.give()

    def withdraw(self) -> None:
        """What was ordered is no longer wanted; a START that may be on its way is followed by STOP."""
        order, self._order = self._order, None
        if order is not None and self._starts(order) and self._connected:
            self._send_stop(self._clock.wire_ms())

    def release(self) -> None:
        """The run is over: leave remote operation once the pump stands, and let it go."""
        self._releasing = True
        self._kick.give()

    def tick(self) -> None:
        """Called at least twice a second by the supervising loop: silence and unverified STOPs."""
        now = self._clock.wire_ms()
        self._tell_silence(now)
        if self._stop_since is None:
            return
        if now - self._stop_told >= STOP_VERIFIED_MS:
            self._stop_told = now
            seconds = (now - self._stop_since) // 1000
            self._submit(inp.StopUnverified(f"not confirmed stopped for {seconds} s"))
        again_ms = STOP_HEARD_MS if self._stop_heard else STOP_AGAIN_MS
        if self._connected and now - self._stop_sent >= again_ms:
            self._send_stop(now)

    async def run(self) -> None:
        """Connect, serve, reconnect, a word each way; a pump that was let go is taken up for a STOP only."""
        self._good_ms = self._clock.wire_ms()
        while True:
            await self._wanted()
            try:
                await self._connect()
                await self._serve()
            except DeviceError as error:
                self._connected = False
                self.counts.losses += 1
                self._miss(str(error))
                self._drop_order(str(error))
                if not self._said_lost:
                    self._said_lost = True
                    self._log.warning("pump.lost", why=str(error))
            await self._pump.close()
            if not self.released:
                await asyncio.sleep(RECONNECT_S)

    async def _wanted(self) -> None:
        self._connected = False
        while self.released and self._stop_since is None:
            self._kick.clear()
            await self._kick.wait()
        self.released = False

    async def stop_once(self) -> None:
        """One STOP and its answer, for a program that cannot go on; DeviceError if it did not arrive."""
        await self._pump.stop()

    async def close(self) -> None:
        """Close the link; the pump's own watchdog acts."""
        if self._again is not None:
            self._again.cancel()
        for task in tuple(self._stops):
            task.cancel()
        await self._pump.close()

    async def _connect(self) -> None:
        before, self._identity = self._identity, await self._pump.connect()
        self.counts.connects += 1
        if self._identity != before:
            self._log.info("pump.identified", model=self._identity.model, serial=self._identity.serial)
        self._connected = True
        self._reading = None
        if self._stop_since is not None:
            self._send_stop(self._clock.wire_ms())

    def _back(self) -> None:
        """A readback ends the silence, an identity alone does not: say so, and for how long it lasted."""
        away_long = self._new or self._clock.wire_ms() - self._good_ms > self._long_ms()
        if self._identity is not None and (self._told_short or self._new or self._reading is None):
            self._new = self._told_short = self._told_long = False
            self._submit(inp.PumpIdentified(self._identity, away_long))

    def _submit(self, given: inp.FromPump) -> None:
        self._supervise(replace(given, pump=self._name))

    def _drop_order(self, why: str) -> None:
        """A lost connection makes everything unsent void (F28)."""
        order, self._order = self._order, None
        if order is not None:
            self._submit(inp.OrderUnsent(order.order, why))

    async def _serve(self) -> None:
        misses = 0
        while not self.released:
            try:
                if self._order is not None:
                    await self._carry_out(self._order)
                await self._read()
                misses = 0
            except Overtaken:
                continue
            except LinkLost:
                raise
            except DeviceError as error:
                misses += 1
                self.counts.misses += 1
                if misses >= MISSES_MAX:
                    raise
                self._log.debug("pump.miss", why=str(error))
                continue
            if self._releasing and await self._let_go():
                return
            await self._pause()

    async def _pause(self) -> None:
        self._kick.clear()
        if self._order is None:
            await self._kick.wait(float(self._pump.capabilities.poll_s))

    async def _read(self, setting: PumpSetting | None = None) -> PumpReading:
        asked_ms, sent_ms = self._clock.now_ms(), self._clock.wire_ms()
        reading = await self._pump.read()
        stored = await self._stored(setting)
        self._back()
        self._good_ms = self._clock.wire_ms()
        self._trip_ms = self._good_ms - sent_ms
        self._reading = reading
        self._stop_heard = self._stop_heard and reading.motion is Motion.STOPPED
        self._supervise(inp.PumpRead(reading, asked_ms, stored, self._name))
        if not reading.remote and not self._releasing:
            raise NoReply("the pump has left remote operation")
        if self._said_lost:
            self._said_lost = False
            self._log.info("pump.back")
        return reading

    async def _stored(self, setting: PumpSetting | None) -> PumpSetting | None:
        """The setting that goes with a reading: the one just written."""
        return setting

    def _send_stop(self, now: int) -> None:
        self._stop_sent = now
        self._stop_heard = False
        task = asyncio.get_running_loop().create_task(self._stopped(self._pump.stop()))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)
        self._tick_in(STOP_AGAIN_MS)

    def _tick_in(self, ms: int) -> None:
        if self._again is not None:
            self._again.cancel()
        self._again = asyncio.get_running_loop().call_later(ms / 1000, self.tick)

    async def _stopped(self, stopping: Coroutine[Any, Any, None]) -> None:
        try:
            await stopping
        except DeviceError as error:
            self._log.warning("pump.stop_failed", why=str(error))
        else:
            self._stop_heard = True
            self._tick_in(STOP_HEARD_MS)
        self._kick.give()

    def _long_ms(self) -> int:
        return LONG_MS

    def _miss(self, why: str) -> None:
        self._tell_silence(self._clock.wire_ms(), why)
        if not self._told_short and not self._new:
            self._told_short = True
            self._submit(inp.PumpSilent(why, long=False))

    def _tell_silence(self, now: int, why: str = "no answer") -> None:
        if not self._told_long and not self.released and now - self._good_ms > self._long_ms():
            self._told_short = self._told_long = True
            self._submit(inp.PumpSilent(why, long=True))

    async def _let_go(self) -> bool:
        reading = self._reading
        if reading is None or reading.motion is not Motion.STOPPED or self._stop_since is not None:
            return False
        if not reading.remote:
            self.released = True
            return True
        try:
            await self._pump.release()
        except DeviceError as error:
            self._log.info("pump.release_failed", why=str(error))
            return False
        self.released = True
        return True

    async def _carry_out(self, order: SettingOrdered) -> None:
        refusal = self._permit(order)
        if refusal:
            self._order = None
            self._submit(inp.GuardRefused(order.order, refusal))
            return
        stale = "" if order.kind is OrderKind.DISARM else self._stale()
        if stale:
            self._drop_order(stale)
            return
        try:
            if self._restarts(order):
                await self._restart(order)
            else:
                await self._program(order)
            if self._order is not order:
                return
            if order.kind is OrderKind.START:
                await self._start(order)
            reading = await self._read(order.setting)
        except Overtaken:
            raise
        except DeviceError as error:
            half = isinstance(error, HalfProgrammed)
            self._done(order, inp.OrderFailed(order.order, str(error), half=half))
            raise
        wanted = order.kind not in (OrderKind.DISARM, OrderKind.PROGRAM)
        if wanted and (reading.motion is not Motion.INFUSING or reading.rate_ml_h != order.setting.rate_ml_h):
            why = f"read back {reading.motion} at {reading.rate_ml_h} mL/h"
            self._done(order, inp.OrderFailed(order.order, why))
            return
        self._done(order, inp.OrderDone(order.order, order.setting))

    def _done(self, order: SettingOrdered, result: inp.FromPump) -> None:
        if self._order is order:
            self._order = None
            self._submit(result)

    def _stale(self) -> str:
        """Why nothing that gives more is sent now: the order is too old, or the link too old or too slow."""
        now, can = self._clock.wire_ms(), self._pump.capabilities
        if now - self._ordered_ms > ORDER_AGE_MS + int(can.reply_limit_s * 1000):
            return f"the order is {now - self._ordered_ms} ms old"
        return no_more(now, self._good_ms, self._trip_ms, can.link_watchdog_s)

    def _heard(self) -> None:
        """An answer to a command is no silence, however slow the pump is (F18)."""
        self._good_ms = self._clock.wire_ms()

    async def _program(self, order: SettingOrdered) -> None:
        await self._pump.program(order.setting)
        self._heard()
        if not self._pump.capabilities.one_frame:
            return  # each write was read back before the next, and the pair after both (F15)
        stored = await self._pump.read_setting()
        self._heard()
        if stored != order.setting:
            raise NoReply(
                f"asked {order.setting.rate_ml_h} mL/h, {order.setting.limit_ml} mL; "
                f"the pump holds {stored.rate_ml_h} mL/h, {stored.limit_ml} mL"
            )

    def _restarts(self, order: SettingOrdered) -> bool:
        """The pump takes this order only standing, and is to run on (F15)."""
        return order.kind in RESTARTED and not self._pump.capabilities.gapless

    def _starts(self, order: SettingOrdered) -> bool:
        return order.kind is OrderKind.START or self._restarts(order)

    async def _restart(self, order: SettingOrdered) -> None:
        """Read just before and just after it stands: what it gives in between is proved for no instant."""
        await self._read()
        motor = Motor(stop=self._pump.stop, start=self._pump.start, stands=self._stands)
        can = self._pump.capabilities
        await restart(lambda: self._program(order), motor, can, lambda: self._order is order)

    async def _stands(self) -> bool:
        """One more reading, told; an answer that was lost is asked for again."""
        for _ in range(READ_TRIES - 1):
            with suppress(NoReply):
                return (await self._read()).motion is Motion.STOPPED
        return (await self._read()).motion is Motion.STOPPED

    async def _start(self, order: SettingOrdered) -> None:
        """START is never repeated without a status read (F15)."""
        for attempt in range(START_TRIES):
            try:
                await self._pump.start()
                self._heard()
            except NoReply:
                if attempt + 1 == START_TRIES:
                    raise
            reading = await self._read()
            if reading.motion is not Motion.STOPPED or self._order is not order:
                return
        raise NoReply("the pump acknowledged START and stands")
