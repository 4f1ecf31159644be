"""The small world: three steps, two solutions, coarse time, a pump and a monitor that may be dead for good.

One node is a whole bed at one instant. Everything that can happen next is a move with a name; the engine
answers, and the bed does what it was told, or does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import slices
from daemon.engine.decide import Decision, decide
from daemon.engine.state import RunState
from drivers.values import (
    Measurement,
    Motion,
    PumpAlarm,
    PumpIdentity,
    PumpReading,
    PumpSetting,
    Signal,
    Validity,
    VitalsSample,
)
from simulators.campaign.engine.checks import check

SHORT_MS = 1_000
COARSE_MS = 110_000
LONG_MS = 1_500_000
SETTLES_MS = 4_000
"""A lower bound lags behind the truth by less than this much of the slowest step."""
WELL = {Signal.HR: Decimal(75), Signal.SPO2: Decimal(98), Signal.NIBP_SYS: Decimal(120)}
IDENTITY = PumpIdentity("dianet-star", "1", "1", "1")
ZERO = Decimal(0)
DEAD = ("pump_dead", "monitor_dead", "disk_dead")
UNIT = Decimal("0.1")


@dataclass(frozen=True)
class Devices:
    """What stands at the bed, whatever the daemon believes."""

    motion: Motion = Motion.STOPPED
    rate_ml_h: Decimal = ZERO
    limit_ml: Decimal | None = UNIT
    counter_ml: Decimal = ZERO
    alarms: frozenset[PumpAlarm] = frozenset()
    pump_dead: bool = False
    monitor_dead: bool = False
    disk_dead: bool = False

    def after(self, ms: int) -> Devices:
        """The pump runs on, to its limit at the most."""
        if self.motion is Motion.STOPPED:
            return self
        due = self.rate_ml_h * ms / 3_600_000
        if self.limit_ml is not None and due >= self.limit_ml:
            stopped = replace(
                self, motion=Motion.STOPPED, limit_ml=ZERO, counter_ml=self.counter_ml + self.limit_ml
            )
            return replace(stopped, alarms=self.alarms | {PumpAlarm.LIMIT_REACHED})
        left = None if self.limit_ml is None else self.limit_ml - due
        return replace(self, limit_ml=left, counter_ml=self.counter_ml + due)

    def reading(self) -> PumpReading:
        """What the pump says of itself, its counter in whole units."""
        counter = self.counter_ml // UNIT * UNIT
        limit = None if self.limit_ml is None else -(-self.limit_ml // UNIT) * UNIT
        return PumpReading(self.motion, self.rate_ml_h, limit, counter, remote=True, alarms=self.alarms)

    def told(self, setting: PumpSetting, *, start: bool) -> Devices:
        """A setting taken, and a START where it was one."""
        motion = Motion.INFUSING if start else self.motion
        taken = replace(self, rate_ml_h=setting.rate_ml_h, limit_ml=setting.limit_ml, motion=motion)
        return replace(taken, alarms=frozenset() if start else self.alarms)

    def stopped(self) -> Devices:
        """STOP reached the motor."""
        return replace(self, motion=Motion.STOPPED)


@dataclass(frozen=True)
class Node:
    """One bed at one instant."""

    state: RunState
    devices: Devices
    now: int
    story: tuple[str, ...] = ()
    """The moves that led here, the shortest way."""


@dataclass(frozen=True)
class Step:
    """One input and what became of it."""

    before: RunState
    given: inp.Input
    after: RunState


class Life:
    """Carries a node through one move; keeps every decision made on the way."""

    def __init__(self, node: Node) -> None:
        self.state = node.state
        self.devices = node.devices
        self.now = node.now
        self.steps: list[Step] = []

    @property
    def node(self) -> Node:
        """Where the move has led."""
        return Node(self.state, self.devices, self.now)

    def give(self, given: inp.Input) -> Decision:
        """One decision, judged like every other; a STOP gets its second turn as the supervisor gives it."""
        before = self.state
        decision = decide(before, given, self.now)
        check(before, given, decision, self.now)
        self.state = decision.state
        self.steps.append(Step(before, given, self.state))
        if any(isinstance(event, ev.StopOrdered) for event in decision.events):
            self.give(inp.TimePassed())
        return decision

    def read_pump(self) -> None:
        """A readback, if the pump is alive."""
        if not self.devices.pump_dead and self.state.pump.linked:
            self.give(inp.PumpRead(self.devices.reading(), self.now))

    def measure(self, values: dict[Signal, Decimal] | None = None) -> None:
        """A sample of every signal, if the monitor is alive."""
        if not self.devices.monitor_dead:
            seen = {s: Measurement(v, Validity.VALID) for s, v in {**WELL, **(values or {})}.items()}
            self.give(inp.MonitorRead(VitalsSample(seen)))

    def pass_time(self, ms: int, *, seen: bool = True) -> None:
        """Time passes at the bed, not past the end of the step; then everything that lives is read."""
        if ms == COARSE_MS and self.state.begun and self.devices.motion is not Motion.STOPPED:
            ms = min(ms, slices.left_ms(self.state) + SETTLES_MS)
        self.devices = self.devices.after(ms)
        self.now += ms
        if seen:
            self.measure()
            self.read_pump()
        self.give(inp.TimePassed())

    def obey(self) -> None:
        """The pump does what it was asked last: STOP first, then the pending order."""
        pump = self.state.pump
        if self.devices.pump_dead:
            return
        self.now += 100
        if pump.stop_ms is not None:
            self.devices = self.devices.stopped()
            self.read_pump()
        elif pump.pending is not None:
            order = pump.pending
            self.devices = self.devices.told(order.setting, start=order.kind is ev.OrderKind.START)
            self.read_pump()
            self.give(inp.OrderDone(order.order, order.setting))


def dead_moves(node: Node) -> Iterator[tuple[str, Devices]]:
    """Each device dead for good, one at a time."""
    if not any(getattr(node.devices, name) for name in DEAD):
        for name in DEAD:
            yield name, replace(node.devices, **cast("dict[str, Any]", {name: True}))
