"""The channel's part in whole milliseconds: polls, carries out orders, repeats STOP, tells silence."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from daemon.engine import inputs as inp
from daemon.engine.events import OrderKind, SettingOrdered
from drivers.values import Motion, PumpIdentity, PumpReading
from simulators.campaign.engine.pump import PumpSim

STOP_AGAIN_MS = 500
STOP_VERIFIED_MS = 2_000
LONG_MS = 5_000
MISSES_MAX = 3
START_TRIES = 3
REPLY_MS = 300


class Lost(Exception):
    """A request or its reply did not arrive."""


class Bedside(Protocol):
    """What the channel needs of the world around it."""

    now: int
    pump: PumpSim

    def advance(self, ms: int) -> None:
        """Let time pass at the pump."""

    def give(self, given: inp.Input) -> None:
        """Tell the engine."""

    def permit(self, order: SettingOrdered) -> str:
        """Ask the guard."""


class ChannelSim:
    """Mirrors daemon/runtime/pump_channel.py without an event loop."""

    def __init__(self, world: Bedside, latency_ms: int) -> None:
        self.world = world
        self.latency_ms = latency_ms
        self.jitter: Callable[[], int] = lambda: 0
        self.identity = PumpIdentity("dianet-star", "S1", "1", "1", Decimal("0.1"), Decimal("999.99"), None)
        self.link_up = True
        self.refuse_stop = False
        self.lose_requests = 0
        self.lose_replies = 0
        self.at: Callable[[str], None] = lambda _point: None
        """Called between the exchanges of an order, with the name of the last one."""
        self.order: SettingOrdered | None = None
        self.stop_since: int | None = None
        self.stop_sent = self.stop_told = 0
        self.connected = False
        self.new = True
        self.told_short = self.told_long = False
        self.good_ms = world.now
        self.misses = 0
        self.sent: list[SettingOrdered] = []
        self.stops_decided = 0
        self.sampled: dict[str, int] = {}

    def stop(self) -> None:
        """A decided STOP."""
        self.stops_decided += 1
        if self.stop_since is None:
            self.stop_since = self.stop_told = self.world.now
        self.order = None
        if self.connected:
            self._send_stop()

    def settled(self) -> None:
        """The STOP is over."""
        self.stop_since = None

    def take(self, order: SettingOrdered) -> None:
        """An order for the wire."""
        if self.stop_since is None:
            self.order = order

    def tick(self) -> None:
        """The supervising loop's turn."""
        now = self.world.now
        if not self.told_long and now - self.good_ms > LONG_MS:
            self.told_short = self.told_long = True
            self.world.give(inp.PumpSilent("no answer", long=True))
        if self.stop_since is None:
            return
        if now - self.stop_told >= STOP_VERIFIED_MS:
            self.stop_told = now
            self.world.give(inp.StopUnverified("not confirmed stopped"))
        if self.connected and now - self.stop_sent >= STOP_AGAIN_MS:
            self._send_stop()

    def turn(self) -> None:
        """One round of the serving loop."""
        try:
            if not self.connected:
                self._connect()
            if self.order is not None:
                self._carry_out(self.order)
            self._read()
            self.misses = 0
        except Lost:
            self._missed()

    def _missed(self) -> None:
        self.misses += 1
        if self.misses < MISSES_MAX and self.connected and self.link_up:
            return
        self.connected = False
        if not self.told_short and not self.new:
            self.told_short = True
            self.world.give(inp.PumpSilent("no answer", long=False))

    def _send_stop(self) -> None:
        self.stop_sent = self.world.now
        if self.link_up and not self.refuse_stop:
            self.world.pump.stop()

    def _exchange(self, effect: Callable[[], object]) -> None:
        latency = self.latency_ms + self.jitter()
        self.world.advance(latency // 2)
        if not self.link_up or self.lose_requests > 0:
            self.lose_requests = max(self.lose_requests - 1, 0)
            self.world.advance(REPLY_MS)
            raise Lost
        effect()
        if self.lose_replies > 0:
            self.lose_replies -= 1
            self.world.advance(REPLY_MS)
            raise Lost
        self.world.advance(latency - latency // 2)

    def _connect(self) -> None:
        self._exchange(lambda: None)
        self.connected = True
        self.misses = 0
        if self.stop_since is not None:
            self._send_stop()
        self._answered()

    def _answered(self) -> None:
        now = self.world.now
        away_long = self.new or now - self.good_ms > LONG_MS
        self.good_ms = now
        self.new = self.told_short = self.told_long = False
        self.world.give(inp.PumpIdentified(self.identity, away_long))

    def _read(self) -> PumpReading:
        asked, read = self.world.now, []

        def sample() -> None:
            self.sampled = dict(self.world.pump.flowed)
            read.append(self.world.pump.reading())

        self._exchange(sample)
        reading: PumpReading = read[0]
        if self.told_short:
            self._answered()
        self.good_ms = self.world.now
        if reading.motion is Motion.STOPPED and self.stop_since is not None and asked >= self.stop_sent:
            self.settled()
        self.world.give(inp.PumpRead(reading, asked))
        return reading

    def _carry_out(self, order: SettingOrdered) -> None:
        refusal = self.world.permit(order)
        if refusal:
            self.order = None
            self.world.give(inp.GuardRefused(order.order, refusal))
            return
        pump = self.world.pump
        self.sent.append(order)
        try:
            self._exchange(lambda: pump.program(order.setting))
            self.at("programmed")
            self._exchange(lambda: None)
            self.at("read_setting")
            if self.order is not order:
                return
            if order.kind is OrderKind.START:
                self._start(order)
            self.at("started")
            reading = self._read()
        except Lost:
            self._done(order, inp.OrderFailed(order.order, "no reply"))
            raise
        wanted = order.kind not in (OrderKind.DISARM, OrderKind.PROGRAM)
        if wanted and (reading.motion is not Motion.INFUSING or reading.rate_ml_h != order.setting.rate_ml_h):
            why = f"read back {reading.motion} at {reading.rate_ml_h} mL/h"
            self._done(order, inp.OrderFailed(order.order, why))
            return
        self._done(order, inp.OrderDone(order.order, order.setting))

    def _start(self, order: SettingOrdered) -> None:
        for attempt in range(START_TRIES):
            try:
                self._exchange(self.world.pump.start)
            except Lost:
                if attempt + 1 == START_TRIES:
                    raise
            self._exchange(lambda: None)
            if self.world.pump.motion is not Motion.STOPPED or self.order is not order:
                return
        raise Lost

    def _done(self, order: SettingOrdered, result: inp.Input) -> None:
        if self.order is order:
            self.order = None
            self.world.give(result)
