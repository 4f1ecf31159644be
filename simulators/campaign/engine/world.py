"""One bed in whole milliseconds: engine, guard, channel, pump, patient and a scripted nurse; no asyncio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import line_rules, totals
from daemon.engine.account import volume_ml
from daemon.engine.decide import Decision, decide
from daemon.engine.evolve import begin, evolve
from daemon.engine.fitted import Fitted
from daemon.engine.line import Handling
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.guard.guard import Guard
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, Grade
from daemon.protocols.shared_signal import SharedSignal
from daemon.runtime.guarding import follow, grant_of
from daemon.runtime.replay import new_guard
from drivers.registry import PUMPS
from drivers.values import Measurement, Motion, PumpCapabilities, Signal, Validity, VitalsSample
from simulators.campaign.broken import Broken
from simulators.campaign.engine.channel import ChannelSim
from simulators.campaign.engine.checks import check
from simulators.campaign.engine.fitted import one_for_all
from simulators.campaign.engine.labels import PATIENT, code_of, codes_of
from simulators.campaign.engine.patient_side import PatientSide
from simulators.campaign.engine.pump import PER_ML, PumpSim, ml
from simulators.campaign.engine.timing import Timing

DIANET = PUMPS["dianet-star"].capabilities
VITALS_MS = 5_000
NIBP_MS = 300_000
WELL: Mapping[Signal, Decimal] = {
    Signal.HR: Decimal(75),
    Signal.SPO2: Decimal(98),
    Signal.NIBP_SYS: Decimal(120),
}


Judged = Callable[[RunState, inp.Input, Decision, int], None]


class World:
    """Everything of one run. Each decision is checked; what flowed is compared with the account."""

    def __init__(
        self,
        plan: Plan,
        caps: PumpCapabilities = DIANET,
        timing: Timing | None = None,
        *,
        sound: bool = True,
        shared: tuple[SharedSignal, ...] = (),
    ) -> None:
        self.timing = timing or Timing()
        self.now = 1_000
        self.caps = caps
        codes = codes_of(solution.id for solution in plan.solutions)
        opened = ev.RunOpened(
            plan,
            self.fitted(plan),
            "bed 1",
            Decimal(1),
            simulated=True,
            patient=PATIENT,
            codes=codes,
            shared=shared,
        )
        self.events: list[tuple[int, ev.Event]] = [(self.now, opened)]
        self.state: RunState = begin(opened, self.now)
        self.guard = new_guard(opened)
        self.pump = PumpSim(caps)
        self.side = PatientSide(plan)
        self.priming = True
        """Whether the nurse's bags come with lines of their own, primed."""
        self.channel = ChannelSim(self, self.timing.latency_ms)
        self.sound = sound
        """The patient's truth is compared with the account; off where a test lies about the pump."""
        self.slack_ml = Decimal(0)
        self.judge: Judged = check
        """Judges each decision; replaced where the engine is broken on purpose."""
        self.vitals: dict[Signal, Decimal] = dict(WELL)
        self.missing: set[Signal] = set()
        self.monitor_on = True
        self.source = "monitor-1"
        self.cuff_measuring = False
        self.nurse_on = True
        self.peak_dose_rate = Decimal(0)
        self.disk_on = True
        self._next = {"poll": self.now, "tick": self.now, "vitals": self.now, "nibp": self.now}
        self._waiting: list[tuple[int, ev.SettingOrdered]] = []
        self._acts = 0
        self._told_ms: int | None = None
        self._busy = False
        self._inbox: list[inp.Input] = []
        self.heard = True
        """An annunciator at the bed answers."""
        self.give(inp.SoundAlive("terminal"))

    def fitted(self, plan: Plan) -> tuple[Fitted, ...]:
        """The pumps of the bed."""
        return one_for_all(plan, self.caps, "pump 1")

    # what the supervisor does

    def give(self, given: inp.Input) -> None:
        """Decide one input, as the supervisor does: STOP first, then the record, then orders."""
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
        for event in decision.events:
            if isinstance(event, ev.StopOrdered):
                self.stop_pumps(event.pump)
                self._inbox.append(inp.TimePassed())
        for event in decision.events:
            self.events.append((decision.state.at_ms, event))
            self._carry_out(event)
        if self.sound and any(isinstance(event, ev.PumpSeen) for event in decision.events):
            self.compare_with_truth()

    def _carry_out(self, event: ev.Event) -> None:
        if not isinstance(event, ev.PumpSeen | ev.CounterBroken | ev.SettingOrdered):
            self.guard = follow(self.guard, event, self.state.at_ms)
        if isinstance(event, ev.SettingOrdered):
            delay = 0 if event.kind is ev.OrderKind.DISARM else self.timing.disk_ms
            self._waiting.append((self.now + delay, event))
        elif isinstance(event, ev.StopConfirmed):
            self.channel_of(event.pump).settled()

    def stop_pumps(self, _pump: str) -> None:
        """STOP to every wire."""
        self.channel.stop()

    def channel_of(self, _pump: str) -> ChannelSim:
        """The channel of a pump."""
        return self.channel

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

    # time

    def advance(self, ms: int) -> None:
        """Let time pass at the pump and the patient."""
        if self.pump.motion is not Motion.STOPPED:
            solutions = {s.id: s.concentration for s in self.state.plan.solutions}
            rate = self.pump.bolus_ul_h if self.pump.motion is Motion.BOLUS else self.pump.rate_ul_h
            strength = solutions.get(self.pump.bag, Decimal(0))
            self.peak_dose_rate = max(self.peak_dose_rate, Decimal(rate) / 1000 * strength)
        self.pump.advance(ms)
        self.side.flow(self.pump, ms)
        self.now += ms

    def run(self, ms: int) -> None:
        """Let the bed live for a while."""
        end = self.now + ms
        while self.now < end:
            name = min(self._next, key=lambda key: self._next[key])
            at = self._next[name]
            if at > end:
                self.advance(end - self.now)
                return
            if at > self.now:
                self.advance(at - self.now)
            self._turn(name)

    def _turn(self, name: str) -> None:
        match name:
            case "poll":
                self._to_wire()
                self.channel.turn()
                busy = self.channel.order is not None or bool(self._waiting)
                self._next[name] = self.now + (20 if busy else self.timing.poll_ms)
            case "tick":
                self.channel.tick()
                self.give(inp.TimePassed())
                self._nurse()
                self._next[name] += self.timing.tick_ms
            case "vitals":
                self._measure(frozenset({Signal.HR, Signal.SPO2}))
                self._next[name] += VITALS_MS
            case _:
                self._measure(frozenset({Signal.NIBP_SYS}))
                self._next[name] += NIBP_MS

    def _measure(self, signals: frozenset[Signal]) -> None:
        if not self.monitor_on:
            return
        found = {
            signal: Measurement(None, Validity.INACTIVE)
            if signal in self.missing
            else Measurement(self.vitals[signal], Validity.VALID)
            for signal in signals
        }
        sample = VitalsSample(found, source=self.source, cuff_measuring=self.cuff_measuring)
        self.give(inp.MonitorRead(sample))

    def measure(self) -> None:
        """Every signal once, now."""
        self._measure(frozenset(self.vitals))

    def run_until(self, *phases: Phase, most_ms: int = 30_000_000) -> None:
        """Live until the run stands in one of these phases."""
        end = self.now + most_ms
        while self.state.phase not in phases:
            if self.now >= end:
                raise Broken("run", f"still {self.state.phase} in step {self.state.step}: {self.why()}")
            self.run(1_000)

    # persons

    def do(self, kind: type[inp.Act], *, by: str = "ann", act_id: str = "", **words: Any) -> str:
        """One act; returns its answer, with "no: " before a refusal."""
        self._acts += 1
        name = act_id or f"act-{self._acts}"
        given: Any = kind(name, by, **words)
        self.give(given)
        accepted, answer, _ = self.state.acts[name]
        return answer if accepted else f"no: {answer}"

    def hang(self, solution: str, by: str = "ann", *, primed: bool | None = None) -> str:
        """Hang a bag, its line primed with it or not, and say so."""
        primed = self.priming if primed is None else primed
        self.pump.bag = solution
        self.side.hang(solution, primed=primed)
        return self.do(inp.ConfirmSolution, by=by, **{**self.label(solution), "primed": primed})

    def label(self, solution: str) -> dict[str, Any]:
        """What is read off pump and bag."""
        return {
            "pump": self.state.pump_name,
            "code": code_of(solution),
            "primed": True,
            "made_min": Decimal(10),
            "witness": "bob",
        }

    def match(self, by: str = "ann") -> str:
        """Read the wristband."""
        return self.do(inp.ConfirmPatient, by=by, patient=PATIENT)

    def check(self) -> None:
        """Everything that is confirmed before a start."""
        self.match()
        self.hang(self.state.plan.steps[0].solution)
        self.do(inp.ConfirmLine)
        self.do(inp.Assess)
        self.measure()
        self.do(inp.ConfirmVitals)
        self.do(inp.ConfirmSound)

    def resume(self, choice: Choice, *, by: str = "ann", witness: str = "", reason: str = "well") -> str:
        """Go on from a hold."""
        return self.do(inp.Resume, by=by, choice=choice, reason=reason, witness=witness)

    def react(self, grade: Grade) -> str:
        """Report a reaction."""
        return self.do(inp.ReportReaction, grade=grade, text="flush")

    def start(self) -> World:
        """Check everything and begin; returns itself."""
        self.run(3_000)
        self.check()
        self.pump.set_limit(Decimal("0.1"))
        answer = self.do(inp.Start, by="ann", witness="bob")
        if answer.startswith("no: "):
            raise Broken("run", f"the start was refused: {answer}")
        return self

    def _nurse(self) -> None:
        if not self.nurse_on:
            return
        state = self.state
        if state.assessed_ms is not None and self.now - state.assessed_ms > 20 * 60_000:
            self.do(inp.Assess)
        if state.phase is not Phase.AWAITING_SOLUTION:
            self._told_ms = None
            return
        self._told_ms = self.now if self._told_ms is None else self._told_ms
        if self.now - self._told_ms < self.timing.nurse_ms or not state.pump.disarmed:
            return
        if state.bedside.patient_due:
            self.match()
        if line_rules.stronger(state) is not None:
            self.side.replace()
            self.do(inp.ConfirmLine, handling=Handling.REPLACED)
        if state.hung != state.current.solution:
            self.hang(state.current.solution)
        if not self.state.line_by:
            self.do(inp.ConfirmLine)

    # faults

    def restart(self, away_ms: int, *, gap_known: bool = True) -> None:
        """The process dies and a new one takes the journal up."""
        self.advance(away_ms)
        self.state, self.guard = self.replayed()
        self.channel = self._fresh_channel()
        self._waiting.clear()
        self._next = {name: max(at, self.now) for name, at in self._next.items()}
        self.give(inp.DaemonRestarted(gap_known))
        if self.heard:
            self.give(inp.SoundAlive("terminal"))

    def _fresh_channel(self) -> ChannelSim:
        before, fresh = self.channel, ChannelSim(self, self.timing.latency_ms)
        fresh.link_up, fresh.refuse_stop = before.link_up, before.refuse_stop
        fresh.identity, fresh.sent = before.identity, before.sent
        fresh.stops_decided = before.stops_decided
        return fresh

    def replayed(self) -> tuple[RunState, Guard]:
        """What the journal alone says."""
        at, first = self.events[0]
        if not isinstance(first, ev.RunOpened):
            raise TypeError(f"a record begins with RunOpened, not with {first}")
        state, guard = begin(first, at), new_guard(first)
        for at, event in self.events[1:]:
            state, guard = evolve(state, event, at), follow(guard, event, at)
        return state, guard

    # the truth

    def flowed_ml(self, solution: str) -> Decimal:
        """What of a solution really reached the patient."""
        return ml(self.pump.flowed.get(solution, 0))

    def compare_with_truth(self) -> None:
        """What really flowed lies inside the account's bounds (F25)."""
        for solution in self.state.plan.solutions:
            if solution.id not in self.state.bags:
                continue
            given = self.state.bag_given(solution.id)
            real = Decimal(self.channel.sampled.get(solution.id, 0)) / PER_ML
            if not given.low - self.slack_ml <= real <= given.high + self.slack_ml:
                raise Broken("books", f"{solution.id}: {real} mL flowed, {given} counted")
        self._compare_exposure()

    def _compare_exposure(self) -> None:
        reached, books = self.side.reached, totals.exposure(self.state)
        strongest = max(solution.concentration for solution in self.state.plan.solutions)
        since = volume_ml(self._rate_ml_h(), self.channel.latency_ms)
        slack = (self.slack_ml + since) * strongest
        if not books.low - slack <= reached <= books.high + slack:
            raise Broken("books", f"F39: {reached} at the patient, {books} counted")

    def _rate_ml_h(self) -> Decimal:
        """The highest rate of a pump of the bed."""
        return Decimal(self.pump.rate_ul_h) / 1000

    def flowed_dose(self) -> Decimal:
        """The dose that really reached the patient."""
        return sum((self.flowed_ml(s.id) * s.concentration for s in self.state.plan.solutions), Decimal(0))

    def seen(self, *kinds: type[ev.Event]) -> list[ev.Event]:
        """All events of these kinds so far."""
        return [event for _, event in self.events if isinstance(event, kinds)]

    def alarms(self) -> list[str]:
        """Names of all alarms raised so far."""
        return [event.alarm for _, event in self.events if isinstance(event, ev.AlarmRaised)]

    def phase(self) -> Phase:
        """Where the run stands."""
        return self.state.phase

    def motion(self) -> Motion:
        """What the motor really does."""
        return self.pump.motion

    def why(self) -> str:
        """What the run says of itself, for failing tests."""
        hold = self.state.hold.reasons if self.state.hold else ()
        return f"{self.state.phase} hold={hold} gate={self.state.gate_shut} alarms={self.alarms()}"
