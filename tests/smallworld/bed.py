"""A small world's bed at one instant: pumps and a monitor that may be dead for good, time, and one move.

Everything that can happen next is a move with a name; the engine answers, and the bed does what it was
told, or does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import slices
from daemon.engine.advising import CYCLES
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
UNIT = Decimal("0.1")


@dataclass(frozen=True)
class Pump:
    """One pump, whatever the daemon believes."""

    motion: Motion = Motion.STOPPED
    rate_ml_h: Decimal = ZERO
    limit_ml: Decimal | None = UNIT
    """What is left of it."""
    stored_ml: Decimal | None = UNIT
    """As it was set."""
    counter_ml: Decimal = ZERO
    alarms: frozenset[PumpAlarm] = frozenset()
    dead: bool = False

    def after(self, ms: int) -> Pump:
        """It runs on, to its limit at the most."""
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
        """What it says of itself, its counter in whole units."""
        counter = self.counter_ml // UNIT * UNIT
        limit = None if self.limit_ml is None else -(-self.limit_ml // UNIT) * UNIT
        return PumpReading(self.motion, self.rate_ml_h, limit, counter, remote=True, alarms=self.alarms)

    def told(self, setting: PumpSetting) -> Pump:
        """A setting taken, over the wire or by hand."""
        limit = setting.limit_ml
        return replace(self, rate_ml_h=setting.rate_ml_h, limit_ml=limit, stored_ml=limit)

    def started(self) -> Pump:
        """START, which ends its alarms."""
        return replace(self, motion=Motion.INFUSING, alarms=frozenset())

    def stopped(self) -> Pump:
        """STOP reached the motor."""
        return replace(self, motion=Motion.STOPPED)


@dataclass(frozen=True)
class Devices:
    """What stands at the bed."""

    pumps: Mapping[str, Pump] = field(default_factory=dict)
    monitor_dead: bool = False
    disk_dead: bool = False

    def after(self, ms: int) -> Devices:
        """Every pump, so much later."""
        return replace(self, pumps={name: pump.after(ms) for name, pump in self.pumps.items()})

    def at(self, name: str, pump: Pump) -> Devices:
        """With something new of one pump."""
        return replace(self, pumps={**self.pumps, name: pump})

    @property
    def moves(self) -> bool:
        """A motor turns."""
        return any(pump.motion is not Motion.STOPPED for pump in self.pumps.values())

    @property
    def dead(self) -> str:
        """What is dead for good; empty = nothing is."""
        pumps = "".join(f"{name} dead" for name, pump in self.pumps.items() if pump.dead)
        return pumps + "monitor dead" * self.monitor_dead + "disk dead" * self.disk_dead


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

    def change(self, name: str, pump: Pump) -> None:
        """Something happened to a pump."""
        self.devices = self.devices.at(name, pump)

    def read_pump(self, name: str) -> None:
        """A readback, if the pump is alive; of one set by hand a whole cycle with what is stored."""
        pump = self.devices.pumps[name]
        if not pump.dead and self.state.view(name).linked:
            stored = PumpSetting(pump.rate_ml_h, pump.stored_ml) if self.state.advisory else None
            self.give(inp.PumpRead(pump.reading(), self.now, stored, pump=name))

    def measure(self, values: dict[Signal, Decimal] | None = None) -> None:
        """A sample of every signal, if the monitor is alive."""
        if not self.devices.monitor_dead:
            seen = {s: Measurement(v, Validity.VALID) for s, v in {**WELL, **(values or {})}.items()}
            self.give(inp.MonitorRead(VitalsSample(seen)))

    def pass_time(self, ms: int, *, seen: bool = True) -> None:
        """Time passes at the bed, not past the end of the step; then everything that lives is read."""
        if ms == COARSE_MS and self.state.begun and self.devices.moves:
            ms = min(ms, slices.left_ms(self.state) + SETTLES_MS)
        self.devices = self.devices.after(ms)
        self.now += ms
        if seen:
            self.measure()
            for name in self.devices.pumps:
                self.read_pump(name)
        self.give(inp.TimePassed())

    def obey(self, name: str) -> None:
        """The pump does what was asked last, over the wire or by hand: STOP first, then the pending order."""
        pump = self.devices.pumps[name]
        if pump.dead:
            return
        self.now += 100
        if self.state.view(name).stop_ms is not None:
            self.change(name, pump.stopped())
            self.read_pump(name)
        elif self.state.view(name).pending is not None:
            (self._by_hand if self.state.advisory else self._over_the_wire)(name)

    def _over_the_wire(self, name: str) -> None:
        order = self.state.view(name).pending
        if order is not None:
            self._take(name, order, start=order.kind is ev.OrderKind.START)
            self.read_pump(name)
            self.give(inp.OrderDone(order.order, order.setting, pump=name))

    def _by_hand(self, name: str) -> None:
        """Told, set, read back as often as it takes, started."""
        order = self.state.view(name).pending
        if order is None:
            return
        self.give(inp.OrderTold(order.order, pump=name))
        self._take(name, order, start=False)
        for _ in range(CYCLES):
            self.now += SHORT_MS
            self.read_pump(name)
        if order.kind is ev.OrderKind.START and self.state.view(name).hand.right >= CYCLES:
            self.change(name, self.devices.pumps[name].started())
            self.now += SHORT_MS
            self.read_pump(name)

    def _take(self, name: str, order: ev.SettingOrdered, *, start: bool) -> None:
        taken = self.devices.pumps[name].told(order.setting)
        self.change(name, taken.started() if start else taken)


def dead_moves(node: Node) -> Iterator[tuple[str, Devices]]:
    """Each device dead for good, one at a time."""
    devices = node.devices
    if devices.dead:
        return
    yield "monitor_dead", replace(devices, monitor_dead=True)
    yield "disk_dead", replace(devices, disk_dead=True)
    for name, pump in devices.pumps.items():
        yield f"{name} dead", devices.at(name, replace(pump, dead=True))
