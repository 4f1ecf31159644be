"""One queue in; decide, wire, record. The only place where the core meets the world."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from daemon.clock import Clock, StepWatch
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.engine.reflex import stops
from daemon.engine.state import RunState
from daemon.guard.guard import Guard
from daemon.journal.journal import Journal
from daemon.runtime.guarding import follow, grant_of
from daemon.runtime.pump_channel import PumpChannel

INBOX_MAX = 4096
TURN_MAX = 1000
"""More inputs than this cannot follow from one: a circle ends in the last STOP, not in silence."""

log = structlog.get_logger()


class Supervisor:
    """Holds the run's state. STOP goes to the wire before the record; what gives more, after it."""

    def __init__(self, state: RunState, guard: Guard, journal: Journal, clock: Clock) -> None:
        self.state = state
        self.guard = guard
        self.journal = journal
        self._clock = clock
        self._steps = StepWatch(clock)
        self._inbox: deque[inp.Input] = deque()
        self._busy = False
        self._failed: Exception | None = None
        """What went wrong inside a callback; the supervising loop raises it, and the service ends in STOP."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.pumps: dict[str, PumpChannel] = {}
        """The channel of every pump of the bed, by name."""
        self.changed = asyncio.Event()
        self.on_change: Callable[[RunState], None] = lambda _state: None
        journal.on_broken = lambda reason: self.submit(inp.JournalBroken(reason))
        journal.on_mended = lambda: self.submit(inp.JournalMended())

    def submit(self, given: inp.Input) -> None:
        """Take one input; it is decided before this returns unless another is being decided."""
        if len(self._inbox) >= INBOX_MAX:
            raise RuntimeError("the inbox is full: the supervising loop does not keep up")
        self._inbox.append(given)
        if self._busy:
            return
        self._busy = True
        try:
            self._drain()
        except Exception as error:
            self._failed = error
            raise
        finally:
            self._busy = False

    def _drain(self) -> None:
        """Decide everything that waits, and what follows from it."""
        for _ in range(TURN_MAX):
            self._take(self._inbox.popleft())
            if not self._inbox:
                return
        raise RuntimeError(f"{TURN_MAX} inputs followed from one: the program runs in a circle")

    def permit(self, order: ev.SettingOrdered) -> str:
        """What the guard says to an order on its way out; empty = it may go, and the guard has noted it."""
        pending = self.state.view(order.pump).pending
        if pending is None or pending.order != order.order:
            return "the order is no longer wanted"
        grant = grant_of(order)
        refusal = self.guard.refuse(grant)
        if not refusal:
            self.guard = self.guard.passed(grant)
        return refusal

    def tick(self) -> None:
        """Twice a second: a pump's silence is noticed, the clock compared, and time passes."""
        for channel in self.pumps.values():
            channel.tick()
        if self._failed is not None:
            raise self._failed
        self.journal.check(self._clock.wire_ms())
        step = self._steps.step_ms()
        if step:
            self.submit(inp.ClockStepped(step))
        self.submit(inp.TimePassed())

    async def close(self) -> None:
        """Drop what still waits for the disk; the journal is closed by its owner."""
        for task in tuple(self._tasks):
            task.cancel()

    def _take(self, given: inp.Input) -> None:
        now = max(self._clock.now_ms(), self.state.at_ms)
        if isinstance(given, inp.MonitorRead) and stops(self.state, given.sample, now):
            self._stop_first()
        elif isinstance(given, inp.PumpRead):
            self.guard = self.guard.see(given.pump or self.state.pump_name, given.reading, now)
        decision = decide(self.state, given, now)
        self.state = decision.state
        if not decision.events:
            return
        for event in decision.events:
            if isinstance(event, ev.StopOrdered):
                self._stop_first(event.pump)
        seq = self.journal.append(decision.events, decision.state.at_ms)
        self._carry_out(decision.events, seq)
        self.changed.set()
        self.on_change(self.state)

    def _stop_first(self, pump: str = "") -> None:
        """STOP goes to every wire, or to one; what else follows from the new state is decided right after."""
        for name, channel in self.pumps.items():
            if pump in ("", name):
                channel.stop()
        self._inbox.append(inp.TimePassed())

    def _carry_out(self, events: tuple[ev.Event, ...], seq: int) -> None:
        for event in events:
            if not isinstance(event, ev.PumpSeen | ev.CounterBroken | ev.SettingOrdered):
                self.guard = follow(self.guard, event, self.state.at_ms)
            if isinstance(event, ev.SettingOrdered):
                self._send(event, seq)
            elif isinstance(event, ev.StopConfirmed) and event.pump in self.pumps:
                if self.state.view(event.pump).stop_ms is None:
                    self.pumps[event.pump].settled()
            elif isinstance(event, ev.PhaseEntered):
                self._phase(event.phase)

    def _phase(self, phase: Phase) -> None:
        for channel in self.pumps.values():
            channel.withdraw()
            if phase in (Phase.COMPLETED, Phase.ABORTED):
                channel.release()

    def _send(self, order: ev.SettingOrdered, seq: int) -> None:
        since_ms = self._clock.wire_ms()
        if not self._gives_more(order):
            self._to_wire(order, since_ms)
            return
        task = asyncio.get_running_loop().create_task(self._send_when_durable(order, seq, since_ms))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_when_durable(self, order: ev.SettingOrdered, seq: int, since_ms: int) -> None:
        await self.journal.durable(seq)
        shut = self.state.gate_shut and self.state.dwell_ms is None
        if shut and order.kind is not ev.OrderKind.DISARM:
            why = "the gate shut before the record was on disk"
            self.submit(inp.OrderUnsent(order.order, why, order.pump))
            return
        self._to_wire(order, since_ms)

    def _to_wire(self, order: ev.SettingOrdered, since_ms: int) -> None:
        pending, channel = self.state.view(order.pump).pending, self.pumps.get(order.pump)
        if channel is not None and pending is not None and pending.order == order.order:
            channel.order(order, since_ms)

    def _gives_more(self, order: ev.SettingOrdered) -> bool:
        """More dose per hour, more volume, or a start; only a disarm or a plain reduction is not (F1)."""
        if order.kind is ev.OrderKind.DISARM:
            return False
        pump = self.state.view(order.pump)
        approved, reading = pump.approved, pump.reading
        if order.kind in (ev.OrderKind.START, ev.OrderKind.PROGRAM) or approved is None or reading is None:
            return True
        left = reading.limit_left_ml
        limit = order.setting.limit_ml
        if left is None or limit is None:
            return True
        return order.setting.rate_ml_h > approved.rate_ml_h or limit > left
