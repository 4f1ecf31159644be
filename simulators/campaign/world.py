"""The shipped daemon and a simulated bed over memory links: one process, virtual time, one seed."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from daemon.bag_codes import draw
from daemon.clock import LoopClock
from daemon.engine import inputs as inp
from daemon.engine.account import Span
from daemon.engine.fitted import Fitted
from daemon.engine.state import RunState
from daemon.journal.keeping import Keeping
from daemon.journal.series import newest
from daemon.journal.store import Store
from daemon.protocols.plan import Plan
from daemon.runtime.opening import Setting, away, is_open, read_journal
from daemon.service import MonitorPort, Service
from drivers import registry
from drivers.interfaces import Link, Pump
from drivers.links.memory import NullModem, plug
from drivers.values import Authority, Signal
from simulators.bodies.bedside import Bedside
from simulators.bodies.pump import PumpBody
from simulators.build import BagLabel, Device, make_bed, make_device
from simulators.campaign.bounds import Bounds
from simulators.campaign.commissioned import COMMISSIONED
from simulators.campaign.mortal import Life, Point
from simulators.options import Options, choose
from simulators.pace import Pace
from simulators.virtual_time import CountingLoop, VirtualTimeLoop

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PATIENT = "SIM-0001"
HAND_S = Decimal(12)
"""From a STOP on the screen to a hand at the key: two readings, a look and five seconds' walk."""
PUMP = "pump-1"
SIGNALS = frozenset({Signal.HR, Signal.SPO2, Signal.NIBP_SYS})

T = TypeVar("T")
_cables = itertools.count(1)


class OutOfTime(AssertionError):
    """Something expected did not happen in the virtual time it was given."""


class Dead(RuntimeError):
    """There is no daemon to ask."""


def _virtual() -> VirtualTimeLoop:
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        raise TypeError("only virtual time can be leapt over")
    return loop


@dataclass
class World:
    """One bed. `bed` is what really flows; `service` is the daemon under trial."""

    plan: Plan
    journal: Path
    seed: int = 1
    options: Options = field(default_factory=lambda: choose({}))
    wrap_pump: Callable[[Link], Link] = lambda link: link
    pump_model: str = "dianet-star"
    model: str = "s5-dri"
    """The monitor."""
    carried: tuple[tuple[str, ...], ...] = ()
    """The solutions of each pump, where there are several: pump-1, pump-2 and so on."""
    pump_models: tuple[str, ...] = ()
    """The model of each pump, where they differ."""
    second_monitor: bool = False
    """Another monitor watches the same patient."""
    second_model: str = "s5-dri"
    taken: tuple[frozenset[Signal], ...] = (SIGNALS, SIGNALS)
    """What is taken from each monitor."""
    authority: Authority = Authority.CONTROL
    """MONITOR: the nurse sets the pump and is told what to set (F27)."""
    keeping: Keeping = field(default_factory=Keeping)
    """When the journal begins a new file."""
    dies: Callable[[Point], bool] | None = None
    """Asked at every write and every send of a daemon that starts from now on; yes = it dies right there."""
    nth: int | None = None
    """At which write, send or await a fault that counts strikes; None = it draws one."""
    at_turns: bool = False
    """It is asked before every callback of the event loop as well."""

    def __post_init__(self) -> None:
        labels = [BagLabel(s.id, s.concentration, s.volume_ml) for s in self.plan.solutions]
        self.bed: Bedside = make_bed(labels, self.options, self.seed, self.carried)
        self._pace = Pace(self.bed, Decimal(1))
        groups = self.carried or (tuple(solution.id for solution in self.plan.solutions),)
        self.pumps = {f"pump-{number}": group for number, group in enumerate(groups, 1)}
        """What each pump carries."""
        models = self.pump_models or (self.pump_model,) * len(groups)
        self.models = dict(zip(self.pumps, models, strict=True))
        self.cables = {name: plug(f"pump-{next(_cables)}") for name in self.pumps}
        self.pump_devices: dict[str, Device] = {}
        self.monitor_cable = plug(f"monitor-{next(_cables)}")
        self.monitor_device: Device | None = None
        self.second_cable = plug(f"monitor-{next(_cables)}")
        self.second_device: Device | None = None
        self.boot = "virtual"
        self.synchronised = True
        self.life: Life | None = None
        """Of the newest daemon, where `dies` is given."""
        self._service: Service | None = None
        self._running: asyncio.Task[None] | None = None
        self._acts = itertools.count(1)
        self.acting: inp.AnyAct | None = None
        """The act that is being decided at this moment."""
        self.on_act: Callable[[inp.AnyAct, RunState, bool], None] = lambda _act, _before, _accepted: None
        """Told of every act, of the state it was made in, and whether it was accepted."""
        self._aim = PUMP
        self.ward: object = None
        """The ward beside the bed, where a story has one."""
        self.strangers: list[PumpBody] = []
        """Pumps of other patients that were on a cable of this bed."""
        self.faults_on: set[tuple[str, str]] = set()
        """What is switched on at the simulators, as desk and fault."""
        self.labels, self._codes = draw(
            [solution.id for solution in self.plan.solutions], random.Random(self.seed).choice
        )
        """The code on each bag's label."""

    @property
    def aim(self) -> str:
        """The pump that is struck where nobody says which: the one in charge."""
        if self.alive and self.state.pump_name in self.pumps:
            self._aim = self.state.pump_name
        return self._aim

    @property
    def bounds(self) -> Bounds:
        """Of the pump in charge (F38)."""
        hand_s = HAND_S if self.authority is Authority.MONITOR else Decimal(0)
        return Bounds(registry.PUMPS[self.models[self.aim]].capabilities, hand_s)

    @property
    def alive(self) -> bool:
        """A daemon has been started and was neither killed nor stopped."""
        return self._service is not None and not (self.life is not None and self.life.dead)

    @property
    def service(self) -> Service:
        """The daemon; Dead while it is not running."""
        if self._service is None or not self.alive:
            raise Dead("the daemon is not running")
        return self._service

    @property
    def state(self) -> RunState:
        """What the daemon believes."""
        return self.service.supervisor.state

    def run(self, story: Callable[[World], Coroutine[Any, Any, T]]) -> T:
        """Play a story on a fresh virtual loop, with the bed switched on and the daemon started."""
        loop = CountingLoop(self._turn) if self.at_turns else VirtualTimeLoop()
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(self._play(story))
        finally:
            loop.close()
            asyncio.set_event_loop(None)

    def _turn(self) -> None:
        if self.life is not None:
            self.life.turn()

    async def _play(self, story: Callable[[World], Coroutine[Any, Any, T]]) -> T:
        await self._switch_on()
        await self.start_daemon()
        try:
            return await story(self)
        finally:
            await self.kill_daemon()
            for device in self._devices():
                await device.close()

    def _devices(self) -> list[Device]:
        others = (self.monitor_device, self.second_device)
        return [*self.pump_devices.values(), *(device for device in others if device is not None)]

    @property
    def pump_cable(self) -> NullModem:
        """Of the first pump."""
        return self.cables[PUMP]

    @property
    def pump_device(self) -> Device | None:
        """The first pump."""
        return self.pump_devices.get(PUMP)

    async def _switch_on(self) -> None:
        for lane, (name, cable) in enumerate(self.cables.items()):
            pump = make_device(self.models[name], cable.b, self._pace, self.options, self.seed, lane)
            self.pump_devices[name] = pump
            await pump.start()
        self.monitor_device = make_device(
            self.model, self.monitor_cable.b, self._pace, self.options, self.seed
        )
        await self.monitor_device.start()
        if self.second_monitor:
            self.second_device = make_device(
                self.second_model, self.second_cable.b, self._pace, self.options, self.seed
            )
            await self.second_device.start()

    async def start_daemon(self) -> None:
        """A new process of the daemon, as after `systemctl start`; nothing of a dead one is left."""
        await self.kill_daemon()
        clock = LoopClock(EPOCH, self.boot)
        clock.synchronised = self.synchronised
        self.clock = clock
        found = read_journal(self.journal)
        known = True
        if found.last is not None and found.state is not None and is_open(found.state):
            offset_ms, known = away(found.last, clock, 1, trusted=found.state.clock_trusted)
            clock.offset_ms = offset_ms
        self.store = Store(newest(self.journal).path, synchronous="OFF")
        self.life = Life(self.dies) if self.dies is not None else None
        if self.life is not None:
            self.life.owns(self.store)
        self._service = Service(
            setting=Setting(
                self.plan,
                tuple(self._fitted(name) for name in self.pumps),
                "sim/ward/bed",
                1,
                simulated=True,
                patient=PATIENT,
                codes=self._codes,
                authority=self.authority,
            ),
            found=found,
            gap_known=known,
            store=self.store,
            clock=clock,
            pumps={name: self._pump(name, cable) for name, cable in self.cables.items()},
            monitors=self._watching(),
            socket=None,
            keeping=self.keeping,
            threaded=False,
        )
        self._running = asyncio.create_task(self._service.run())
        await asyncio.sleep(0)
        self._service.supervisor.submit(inp.SoundAlive("the campaign"))

    def _watching(self) -> list[MonitorPort]:
        watched = [(self.model, self.monitor_cable)]
        if self.second_monitor:
            watched.append((self.second_model, self.second_cable))
        return [
            MonitorPort(
                f"monitor-{number}",
                registry.MONITORS[model].build(
                    f"memory:monitor-{number}", signals=signals, link=self._own(cable.a)
                ),
                signals,
            )
            for number, ((model, cable), signals) in enumerate(zip(watched, self.taken, strict=False), 1)
        ]

    def _pump(self, name: str, cable: NullModem) -> Pump:
        link = self._own(self.wrap_pump(cable.a))
        return registry.build_pump(self.models[name], f"memory:{name}", authority=self.authority, link=link)

    def _own(self, link: Link) -> Link:
        return self.life.link(link) if self.life is not None else link

    def _fitted(self, name: str) -> Fitted:
        caps = registry.PUMPS[self.models[name]].capabilities
        return Fitted(name, caps, COMMISSIONED, self.pumps[name])

    async def kill_daemon(self) -> None:
        """The process dies without a word: nothing more is sent, decided or recorded."""
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        self._running = self._service = None

    async def stop_daemon(self) -> None:
        """SIGTERM: the orderly stop, to its end."""
        self.service.stop()
        if self._running is not None:
            await self._running
        self._running = self._service = None

    def settle(self) -> None:
        """Move pump and patient up to this very moment."""
        self._pace.to(asyncio.get_running_loop().time())

    def freeze(self, seconds: float, look_s: float = 0.25) -> None:
        """SIGSTOP, and SIGCONT so much later: the devices live on, nothing else has a turn."""
        loop = _virtual()
        for _ in range(round(seconds / look_s)):
            loop.leap(look_s)
            for device in self._devices():
                device.served.tick()

    def suspend(self, seconds: float) -> None:
        """The host sleeps: as `freeze`, but the loop's timers stand still, while the boot clock goes on."""
        sleeping = _virtual().timers()
        self.freeze(seconds)
        _virtual().postpone(sleeping, seconds)

    def dose_now(self) -> Span:
        """What the daemon's books say was given by this moment."""
        return self.state.dose_by(self.clock.now_ms())

    def act(self, make: Callable[..., inp.AnyAct], **args: Any) -> tuple[bool, str]:
        """One act of a person; whether it was accepted, and the answer."""
        act_id, before = f"act-{next(self._acts)}", self.state
        self.acting = make(act_id=act_id, **args)
        try:
            self.service.supervisor.submit(self.acting)
        finally:
            given, self.acting = self.acting, None
        if not self.alive:
            raise Dead("the daemon died of it")
        accepted, answer, _ = self.state.acts[act_id]
        self.on_act(given, before, accepted)
        return accepted, answer

    async def do(self, **request: Any) -> dict[str, Any]:
        """One request to the simulators, as over a proof socket; a pump's desk, or a monitor's."""
        desks = {"monitor": self.monitor_device, "monitor-2": self.second_device, **self.pump_devices}
        desk = str(request.pop("at", self.aim))
        device = desks.get(desk, self.pump_device)
        if request["do"] == "fault":
            switch = self.faults_on.add if request.get("on", True) else self.faults_on.discard
            switch((desk, request["name"]))
        if device is None:
            raise RuntimeError("the bed is not switched on")
        return await device.answer(request)

    @asynccontextmanager
    async def fault(self, name: str, *, at: str = "", **more: Any) -> AsyncIterator[None]:
        """A fault that is on within the block, of one device: the same at its end as at its beginning."""
        desk = at or self.aim
        await self.do(at=desk, do="fault", name=name, on=True, **more)
        try:
            yield
        finally:
            await self.do(at=desk, do="fault", name=name, on=False)

    async def until(self, done: Callable[[RunState], bool], *, minutes: float = 30) -> None:
        """Let virtual time pass until the daemon's state is as wanted; OutOfTime after so many minutes."""
        deadline = asyncio.get_running_loop().time() + minutes * 60
        while not done(self.state):
            if self._running is not None and self._running.done():
                self._running.result()
            if asyncio.get_running_loop().time() > deadline:
                raise OutOfTime(
                    f"after {minutes} min: {self.state.phase}, step {self.state.step}, "
                    f"gate {self.state.gate_shut}, alarms {list(self.state.alarms)}"
                )
            await asyncio.sleep(0.5)
