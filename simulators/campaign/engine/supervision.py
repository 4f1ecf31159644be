"""What the supervisor of the runtime does, without a loop: STOP first, then the record, then orders."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import Decision, decide
from daemon.engine.evolve import begin, evolve
from daemon.engine.fitted import Fitted
from daemon.engine.state import RunState
from daemon.guard.guard import Guard
from daemon.protocols.plan import Plan
from daemon.protocols.shared_signal import SharedSignal
from daemon.runtime.guarding import follow, grant_of
from daemon.runtime.replay import new_guard
from drivers.values import Authority
from simulators.campaign.engine.channel import ChannelSim
from simulators.campaign.engine.checks import check
from simulators.campaign.engine.labels import PATIENT, codes_of
from simulators.campaign.engine.timing import Timing

Judged = Callable[[RunState, inp.Input, Decision, int], None]
EVENTFUL = (ev.StepBegun, ev.PhaseEntered, ev.AlarmRaised, ev.SettingOrdered, ev.StopOrdered, ev.Held)
"""After these a while passes before the bed counts as calm."""
STIRRED_MS = 2_000


class Crashed(Exception):
    """The process dies at this very point."""


class Supervised:
    """State, guard and record of one run; `now` is engine time, ms."""

    sound: bool
    """What flowed is compared with the account after each readback."""

    def __init__(
        self,
        plan: Plan,
        fitted: tuple[Fitted, ...],
        timing: Timing,
        *,
        shared: tuple[SharedSignal, ...] = (),
        authority: Authority = Authority.CONTROL,
    ) -> None:
        self.timing = timing
        self.now = 1_000
        opened = ev.RunOpened(
            plan,
            fitted,
            "bed 1",
            Decimal(1),
            simulated=True,
            patient=PATIENT,
            codes=codes_of(solution.id for solution in plan.solutions),
            shared=shared,
            authority=authority,
        )
        self.events: list[tuple[int, ev.Event]] = [(self.now, opened)]
        self.state: RunState = begin(opened, self.now)
        self.guard = new_guard(opened)
        self.judge: Judged = check
        """Judges each decision; replaced where the engine is broken on purpose."""
        self.at: Callable[[str], None] = lambda _point: None
        """Called at the points of a decision where a process may die."""
        self.disk_on = True
        self._failed_ms = 0
        self.lively_until = self.now
        """Until then something is under way and every moment is looked at."""
        self._waiting: list[tuple[int, ev.SettingOrdered]] = []
        self._busy = False
        self._inbox: list[inp.Input] = []

    def give(self, given: inp.Input) -> None:
        """Decide one input; what follows from it at once is decided before this returns."""
        self._inbox.append(given)
        if self._busy:
            return
        self._busy = True
        while self._inbox:
            self._take(self._inbox.pop(0))
        self._busy = False

    def _take(self, given: inp.Input) -> None:
        if isinstance(given, inp.PumpRead):
            self.guard = self.guard.see(given.pump or self.state.pump_name, given.reading, self.now)
        before = self.state
        decision = decide(before, given, self.now)
        self.state = decision.state
        self.judge(before, given, decision, self.now)
        if decision.events:
            self._record(decision)

    def _record(self, decision: Decision) -> None:
        seen = False
        for event in decision.events:
            if isinstance(event, ev.StopOrdered):
                self.stop_pumps(event.pump)
                self._inbox.append(inp.TimePassed())
                self.at("stopped")
        self.events.extend((decision.state.at_ms, event) for event in decision.events)
        self.at("recorded")
        for event in decision.events:
            self._carry_out(event)
            seen = seen or isinstance(event, ev.PumpSeen)
            if isinstance(event, EVENTFUL):
                self.stir(STIRRED_MS)
        if self.sound and seen:
            self.compare_with_truth()

    def _carry_out(self, event: ev.Event) -> None:
        if not isinstance(event, ev.PumpSeen | ev.CounterBroken | ev.SettingOrdered):
            self.guard = follow(self.guard, event, self.state.at_ms)
        if isinstance(event, ev.SettingOrdered):
            delay = 0 if event.kind is ev.OrderKind.DISARM else self.timing.disk_ms
            self._waiting.append((self.now + delay, event))
        elif isinstance(event, ev.StopConfirmed):
            self.channel_of(event.pump).settled()

    def stir(self, ms: int) -> None:
        """Something is under way for so long at least."""
        self.lively_until = max(self.lively_until, self.now + ms)

    def stop_pumps(self, _pump: str) -> None:
        """STOP to one wire, or to all."""
        raise NotImplementedError

    def channel_of(self, _pump: str) -> ChannelSim:
        """The channel of a pump."""
        raise NotImplementedError

    def compare_with_truth(self) -> None:
        """What really flowed lies inside the account's bounds (F25)."""
        raise NotImplementedError

    def _to_wire(self) -> None:
        for due, order in tuple(self._waiting):
            if due <= self.now and (self.disk_on or order.kind is ev.OrderKind.DISARM):
                self._waiting.remove((due, order))
                pending = self.state.view(order.pump).pending
                if pending is not None and pending.order == order.order:
                    self.channel_of(order.pump).take(order)

    def permit(self, order: ev.SettingOrdered) -> str:
        """The guard between decision and wire."""
        pending = self.state.view(order.pump).pending
        if pending is None or pending.order != order.order:
            return "the order is no longer wanted"
        grant = grant_of(order)
        refusal = self.guard.refuse(grant)
        if not refusal:
            self.guard = self.guard.passed(grant)
        return refusal

    def replayed(self) -> tuple[RunState, Guard]:
        """What the journal alone says."""
        at, first = self.events[0]
        if not isinstance(first, ev.RunOpened):
            raise TypeError(f"a record begins with RunOpened, not with {first}")
        state, guard = begin(first, at), new_guard(first)
        for at, event in self.events[1:]:
            state, guard = evolve(state, event, at), follow(guard, event, at)
        return state, guard

    def disk_fails(self) -> None:
        """From now on nothing reaches the disk."""
        if self.disk_on:
            self.disk_on, self._failed_ms = False, self.now

    def dies(self) -> None:
        """The process is gone, and what it had not yet on disk."""
        safe_ms = self.now - self.timing.disk_ms if self.disk_on else self._failed_ms - 1
        while len(self.events) > 1 and self.events[-1][0] > safe_ms:
            self.events.pop()

    def reborn(self) -> None:
        """A new process takes the record up; what the old one had in mind is gone."""
        self.state, self.guard = self.replayed()
        self._waiting.clear()
        self._inbox.clear()
        self._busy = False

    # what a test asks

    def seen(self, *kinds: type[ev.Event]) -> list[ev.Event]:
        """All events of these kinds so far."""
        return [event for _, event in self.events if isinstance(event, kinds)]

    def alarms(self) -> list[str]:
        """Names of all alarms raised so far."""
        return [event.alarm for _, event in self.events if isinstance(event, ev.AlarmRaised)]
