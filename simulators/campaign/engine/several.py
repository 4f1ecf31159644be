"""A bed with a pump for every solution: `World` with as many pumps, channels and lines, and one Y-site."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine.events import SettingOrdered
from daemon.engine.fitted import Fitted
from daemon.engine.pairing import wanted
from daemon.protocols.plan import Plan
from drivers.values import Motion, PumpCapabilities
from simulators.bodies.bag import Portion, Solution
from simulators.bodies.line import Line
from simulators.campaign.broken import Broken
from simulators.campaign.engine.channel import ChannelSim
from simulators.campaign.engine.fitted import one_each
from simulators.campaign.engine.patient_side import PatientSide
from simulators.campaign.engine.pump import PumpSim, ml
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import DIANET, World


class At:
    """The world as the channel of one pump sees it."""

    def __init__(self, world: Several, name: str) -> None:
        self._world = world
        self._name = name

    @property
    def now(self) -> int:
        """The world's time."""
        return self._world.now

    @now.setter
    def now(self, _ms: int) -> None:
        raise AttributeError("time is the world's")

    @property
    def pump(self) -> PumpSim:
        """The pump itself."""
        return self._world.pumps[self._name]

    @pump.setter
    def pump(self, _pump: PumpSim) -> None:
        raise AttributeError("a pump is the world's")

    def advance(self, ms: int) -> None:
        """Let time pass for the whole bed."""
        self._world.advance(ms)

    def give(self, given: Any) -> None:
        """What this pump says."""
        self._world.give(replace(given, pump=self._name))

    def permit(self, order: SettingOrdered) -> str:
        """The guard of the bed."""
        return self._world.permit(order)


class YSite(PatientSide):
    """Every pump's own line, and the part behind the Y-site where they meet."""

    def __init__(self, plan: Plan, pumps: dict[str, str]) -> None:
        super().__init__(plan)
        self.owns = {name: Line(self.dead_ml[bag]) for name, bag in pumps.items()}
        self._counted: dict[str, int] = {}

    def prime(self, name: str, solution: str) -> None:
        """A line of its own, full of the bag."""
        self.owns[name].fill(self.bags[solution])

    def replace(self) -> None:
        """Every line free of drug."""
        super().replace()
        for line in self.owns.values():
            line.fill(Solution("saline", Decimal(0)))

    def flow_of(self, name: str, pump: PumpSim, ms: int) -> None:
        """What has left one pump since the last call, in so much time."""
        for solution, volume in pump.flowed.items():
            moved = volume - self._counted.get(solution, 0)
            if moved > 0 and solution in self.bags:
                self._counted[solution] = volume
                self.own = self.owns[name]
                portion = Portion(self.bags[solution], ml(moved))
                self.by_pump += portion.dose
                dose = self._push(portion, self.bags[solution])
                self.peak_h = max(self.peak_h, dose * 3_600_000 / max(ms, 1))


class Several(World):
    """`pump` and `channel` are those of the first solution; the others are found by name."""

    side: YSite

    def __init__(
        self, plan: Plan, caps: PumpCapabilities = DIANET, timing: Timing | None = None, **more: Any
    ) -> None:
        self.pumps: dict[str, PumpSim] = {}
        self.channels: dict[str, ChannelSim] = {}
        self._read = ""
        super().__init__(plan, caps, timing, **more)
        bags = {one.name: one.solutions[0] for one in self.fitted(plan)}
        self.side = YSite(plan, bags)
        for number, (name, bag) in enumerate(bags.items(), 1):
            self.pumps[name] = more.get("pump", PumpSim)(caps)
            self.pumps[name].bag = bag
            self.pumps[name].set_limit(Decimal("0.1"))
            self._plug_in(name, number)
        self.pump, self.channel = self.pumps["pump-1"], self.channels["pump-1"]
        self.free_ms: list[int] = []
        """Times without delivery between two with it."""
        self._since: int | None = None

    def _plug_in(self, name: str, number: int) -> None:
        channel = ChannelSim(At(self, name), self.timing.latency_ms)
        channel.identity = replace(channel.identity, serial=f"S{number}")
        self.channels[name] = channel

    def fitted(self, plan: Plan) -> tuple[Fitted, ...]:
        """A pump for every solution."""
        return one_each(plan, self.caps)

    def stop_pumps(self, _pump: str) -> None:
        """STOP to one wire, or to all."""
        for name, channel in self.channels.items():
            if _pump in ("", name):
                channel.stop()

    def channel_of(self, _pump: str) -> ChannelSim:
        """The channel of a pump."""
        return self.channels[_pump]

    def every_pump(self) -> tuple[PumpSim, ...]:
        """In the order of their names."""
        return tuple(self.pumps.values())

    def every_channel(self) -> tuple[ChannelSim, ...]:
        """One for each pump."""
        return tuple(self.channels.values())

    def advance(self, ms: int) -> None:
        """Let time pass at every pump."""
        if ms <= 0:
            return
        moving = sum(pump.motion is not Motion.STOPPED for pump in self.pumps.values())
        self.overlap_ms += ms if moving > 1 else 0
        if moving:
            if self._since is not None and self.now > self._since:
                self.free_ms.append(self.now - self._since)
            self._since = self.now + ms
        for name, pump in self.pumps.items():
            pump.advance(ms)
            self.side.flow_of(name, pump, ms)
        self.now += ms
        if moving or any(pump.motion is not Motion.STOPPED for pump in self.pumps.values()):
            self.flowing_ms = self.now

    def _turn(self, name: str) -> None:
        others = [channel for channel in self.channels.values() if channel is not self.channel]
        if name == "poll":
            self._to_wire()
            for channel in others:
                channel.turn()
        elif name == "tick":
            for channel in others:
                channel.tick()
        super()._turn(name)
        if name == "poll" and any(channel.order is not None for channel in others):
            self._next[name] = self.now + 20

    def check(self) -> None:
        """Everything that is confirmed before a start, bag by bag."""
        self.match()
        for name, _ in sorted(self.state.pumps):
            self.hang(wanted(self.state, name))
        self.do(inp.ConfirmLine, valves=True)
        self.do(inp.Assess)
        self.measure()
        self.do(inp.ConfirmVitals)
        self.do(inp.ConfirmSound)

    def hang(self, solution: str, by: str = "ann", *, primed: bool | None = None) -> str:
        """Hang a bag on the pump that carries it, and say so."""
        primed = self.priming if primed is None else primed
        name = self.state.carrier(solution)
        self.pumps[name].bag = solution
        if primed:
            self.side.prime(name, solution)
        return self.do(inp.ConfirmSolution, by=by, **{**self.label(solution), "primed": primed})

    def label(self, solution: str) -> dict[str, Any]:
        """What is read off that pump and bag."""
        return {**super().label(solution), "pump": self.state.carrier(solution)}

    def restart(self, away_ms: int, *, gap_known: bool = True) -> None:
        """The process dies; every pump is found again."""
        before = dict(self.channels)
        for number, name in enumerate(before, 1):
            self._plug_in(name, number)
            fresh, old = self.channels[name], before[name]
            fresh.link_up, fresh.refuse_stop, fresh.sent = old.link_up, old.refuse_stop, old.sent
        super().restart(away_ms, gap_known=gap_known)

    def _fresh_channel(self) -> ChannelSim:
        return self.channels["pump-1"]

    def _take(self, given: inp.Input) -> None:
        self._read = given.pump if isinstance(given, inp.PumpRead) else ""
        super()._take(given)

    def compare_with_truth(self) -> None:
        """Of the pump that was read; of the others the daemon knows what it read before."""
        name = self._read or self.state.pump_name
        for bag, one in self.side.bags.items():
            if bag in self.state.bags and self.state.carrier(bag) == name:
                given, real = self.state.bag_given(one.id), ml(self.channels[name].sampled.get(bag, 0))
                if not given.low - self.slack_ml <= real <= given.high + self.slack_ml:
                    raise Broken("books", f"F25: {bag}: {real} mL flowed, {given} counted")
        if name == self.state.pump_name:
            self._compare_exposure()

    def _rate_ml_h(self) -> Decimal:
        return Decimal(max(pump.rate_ul_h for pump in self.pumps.values())) / 1000

    def flowed_ml(self, solution: str) -> Decimal:
        """Over all pumps."""
        return sum((ml(pump.flowed.get(solution, 0)) for pump in self.pumps.values()), Decimal(0))
