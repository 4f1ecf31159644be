"""One bed under trial: its world, whether a daemon runs, and what strikes do to either."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.engine.channel import ChannelSim
from simulators.campaign.engine.judge import BY_HAND, Judge
from simulators.campaign.engine.odd_pump import OddPump
from simulators.campaign.engine.pump import ml
from simulators.campaign.engine.supervision import Crashed
from simulators.campaign.engine.world import World

ZERO = Decimal(0)
STRUCK_MS = 5_000
"""Whatever has struck is looked at closely for so long."""
LOOK_MS = 500
REACTS = "the patient reacts"
"""What is due for it is settled once something hides it: then the hidden signal is what is due."""


class Trial:
    """What a strike can reach."""

    def __init__(self, world: World, judge: Judge) -> None:
        self.world = world
        self.judge = judge
        self.alive = True
        self.frozen = False
        self.deaths = 0
        """How often the daemon died at a point of its own."""
        judge.alive = lambda: self.alive and not self.frozen
        world.after_turn = judge.look  # type: ignore[method-assign]
        world.judge = judge.decided

    @property
    def plan(self) -> Plan:
        """What is given."""
        return self.world.state.plan

    @property
    def pumps(self) -> tuple[OddPump, ...]:
        """Of the bed."""
        return tuple(pump for pump in self.world.every_pump() if isinstance(pump, OddPump))

    @property
    def pump(self) -> OddPump:
        """The one that delivers, or else the one in charge."""
        moving = [pump for pump in self.pumps if pump.motion is not Motion.STOPPED]
        return moving[0] if moving else self.pumps[self._number]

    @property
    def channel(self) -> ChannelSim:
        """Of the pump in charge."""
        return self.world.every_channel()[self._number]

    @property
    def _number(self) -> int:
        names = sorted(name for name, _ in self.world.state.pumps)
        return names.index(self.world.state.pump_name)

    @property
    def rate_ml_h(self) -> Decimal:
        """What the pump is set to."""
        return Decimal(self.pump.rate_ul_h) / 1000

    @property
    def goes_on_itself(self) -> bool:
        """A standing pump waits for its bag: whatever is set on it now, the bag lets the plan go on."""
        return self.alive and self.world.state.phase is Phase.AWAITING_SOLUTION and not self.judge.moving

    def dead_ml(self) -> Decimal:
        """A slice and its margin, of the step that runs, or of the next one where that is on its way."""
        steps, rate = self.plan.steps, self.rate_ml_h
        here = [step.number for step in steps if step.rate_ml_h == rate]
        if self.judge.moving and self.world.state.step not in here:
            here.insert(0, self.world.state.step)  # whatever rate a hand has set: this step's limit runs
        pending = self.alive and any(pump.pending is not None for _, pump in self.world.state.pumps)
        if here and pending and here[-1] < len(steps):
            here.append(here[-1] + 1)
        return max((bounds.DIANET.dead_ml(self.plan, number) for number in here), default=ZERO)

    def hand_ml(self, found_ml_h: Decimal) -> Decimal:
        """More by hand, until it is stopped; out of reach it ends by the pump's own limit."""
        reach = self.judge.alive() and all(channel.link_up for channel in self.world.every_channel())
        reach = reach and self.world.state.phase not in BY_HAND
        return (
            bounds.DIANET.hand_ml(found_ml_h) if reach else bounds.DIANET.hand_ml(found_ml_h) + self.left_ml()
        )

    def left_ml(self) -> Decimal:
        """What the limits of the bed's pumps still let through."""
        return sum((ml(pump.limit_left) for pump in self.pumps), ZERO)

    # the daemon

    def live(self, ms: int) -> None:
        """Let the bed live; a process that dies on the way comes back at once."""
        end = self.world.now + ms
        while self.world.now < end:
            left = end - self.world.now
            if not self.alive or self.frozen:
                self.world.advance(min(left, LOOK_MS if self.judge.moving else left))
                self.judge.look()
                continue
            try:
                self.world.run(left)
            except Crashed:
                self.crashed()

    def crashed(self, *, gap_known: bool = True) -> None:
        """It died at a point of its own and is started again."""
        self.deaths += 1
        self.safe()
        self.kill()
        self.live(2_000)
        self.start(gap_known=gap_known)

    def safe(self) -> None:
        """It dies at no point of its own."""
        self.world.at = lambda _point: None
        for channel in self.world.every_channel():
            channel.at = lambda _point: None

    def kill(self) -> None:
        """No daemon runs from here on."""
        if self.alive:
            self.world.dies()
        self.alive = False

    def start(self, *, gap_known: bool) -> None:
        """A new process, as after `systemctl start`."""
        self.kill()
        self.alive = True
        try:
            self.world.restart(0, gap_known=gap_known)
        except Crashed:
            self.crashed(gap_known=gap_known)
            return
        self.world.wake()
        self.stir()

    def give(self, given: inp.Input) -> None:
        """What the daemon is told, if there is one."""
        if not self.alive:
            return
        try:
            self.world.give(given)
        except Crashed:
            self.crashed()

    def act(self, make: type[inp.Act], **words: Any) -> tuple[bool, str]:
        """One act of a person; whether it was accepted, and the answer; not without a daemon."""
        if not self.alive:
            return False, "no daemon"
        self.stir()
        try:
            answer = self.world.do(make, **words)
        except Crashed:
            self.crashed()
            return False, "it died meanwhile"
        return not answer.startswith("no: "), answer

    def press_stop(self) -> None:
        """STOP at the pump itself."""
        for pump in self.pumps:
            pump.halt()

    def stir(self, ms: int = STRUCK_MS) -> None:
        """Something is under way: every moment is looked at."""
        self.world.stir(ms)
        if self.world.resting:
            self.world.wake()

    def heal(self) -> None:
        """The cables are in, the monitor is there, a daemon runs; nobody resumes anything."""
        for channel in self.world.every_channel():
            channel.link_up, channel.refuse_stop = True, False
        self.world.monitor_on = self.world.disk_on = True
        if not self.alive:
            self.start(gap_known=True)
        self.stir()

    @property
    def over(self) -> bool:
        """Nothing more is to come of this run."""
        return self.world.state.phase in (Phase.COMPLETED, Phase.ABORTED)
