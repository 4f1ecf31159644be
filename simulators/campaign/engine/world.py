"""One bed in whole milliseconds: time, pump, patient, monitor and a scripted nurse; no asyncio."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine import line_rules, totals
from daemon.engine.account import volume_ml
from daemon.engine.fitted import Fitted
from daemon.engine.line import Handling
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, Grade
from daemon.protocols.shared_signal import SharedSignal
from drivers.registry import PUMPS
from drivers.values import Measurement, Motion, PumpCapabilities, Signal, Validity, VitalsSample
from simulators.campaign.broken import Broken
from simulators.campaign.engine.calm import free_ms, quiet, renewable, steady
from simulators.campaign.engine.channel import ChannelSim
from simulators.campaign.engine.fitted import one_for_all
from simulators.campaign.engine.labels import PATIENT, code_of
from simulators.campaign.engine.patient_side import PatientSide
from simulators.campaign.engine.pump import PER_ML, PumpSim, ml
from simulators.campaign.engine.supervision import Supervised
from simulators.campaign.engine.timing import Timing

DIANET = PUMPS["dianet-star"].capabilities
VITALS_MS = 5_000
NIBP_MS = 300_000
WELL: Mapping[Signal, Decimal] = {
    Signal.HR: Decimal(75),
    Signal.SPO2: Decimal(98),
    Signal.NIBP_SYS: Decimal(120),
}


class World(Supervised):
    """Everything of one run. Each decision is checked; what flowed is compared with the account."""

    def __init__(
        self,
        plan: Plan,
        caps: PumpCapabilities = DIANET,
        timing: Timing | None = None,
        *,
        sound: bool = True,
        shared: tuple[SharedSignal, ...] = (),
        pump: type[PumpSim] = PumpSim,
    ) -> None:
        self.caps = caps
        self.sound = sound
        super().__init__(plan, self.fitted(plan), timing or Timing(), shared=shared)
        self.pump = pump(caps)
        self.side = PatientSide(plan)
        self.priming = True
        """Whether the nurse's bags come with lines of their own, primed."""
        self.channel = ChannelSim(self, self.timing.latency_ms)
        self.slack_ml = Decimal(0)
        self.vitals: dict[Signal, Decimal] = dict(WELL)
        self.missing: set[Signal] = set()
        self.monitor_on = True
        self.source = "monitor-1"
        self.cuff_measuring = False
        self.age_s = Decimal(0)
        """How old the monitor's values are."""
        self.nurse_on = True
        self.flowing_ms: int | None = None
        """When drug last left a pump."""
        self._ran: set[tuple[str, int]] = set()
        """Every bag with every speed it was given at."""
        self.overlap_ms = 0
        """How long more than one pump delivered."""
        self._next = {"poll": self.now, "tick": self.now, "vitals": self.now, "nibp": self.now}
        self._acts = 0
        self._told_ms: int | None = None
        self.heard = True
        """An annunciator at the bed answers."""
        self.give(inp.SoundAlive("terminal"))

    def fitted(self, plan: Plan) -> tuple[Fitted, ...]:
        """The pumps of the bed."""
        return one_for_all(plan, self.caps, "pump 1")

    @property
    def peak_dose_rate(self) -> Decimal:
        """The highest since it was last forgotten."""
        strengths = {one.id: one.concentration for one in self.state.plan.solutions}
        ran = (Decimal(speed) / 1000 * strengths.get(bag, Decimal(0)) for bag, speed in self._ran)
        return max(ran, default=Decimal(0))

    def forget_peak(self) -> None:
        """From now on it is judged anew."""
        self._ran.clear()

    # time

    def advance(self, ms: int) -> None:
        """Let time pass at the pump and the patient."""
        moving = self.pump.motion is not Motion.STOPPED
        if moving:
            self._ran.add((self.pump.bag, self.pump.speed_ul_h))
        self.pump.advance(ms)
        self.side.flow(self.pump, ms)
        self.now += ms
        if moving or self.pump.motion is not Motion.STOPPED:
            self.flowing_ms = self.now

    def run(self, ms: int) -> None:
        """Let the bed live for a while."""
        end = self.now + ms
        while self.now < end:
            name = min(self._next, key=self._next.__getitem__)
            at = self._next[name]
            if at > end:
                self.advance(end - self.now)
                return
            if at > self.now:
                self.advance(at - self.now)
            self._turn(name)
            self.after_turn()

    def after_turn(self) -> None:
        """Something has been looked at."""

    def wake(self) -> None:
        """Whatever was to come later comes now."""
        self._next = dict.fromkeys(("poll", "tick", "vitals", "nibp"), self.now)

    @property
    def resting(self) -> bool:
        """It was calm when last looked at."""
        return "read" in self._next

    @property
    def calm(self) -> bool:
        """Nothing is under way."""
        return (
            self.now >= self.lively_until
            and not self._waiting
            and steady(self.state)
            and all(quiet(pump, self.channel_of(name)) for name, pump in self.state.pumps)
        )

    def every_pump(self) -> tuple[PumpSim, ...]:
        """In the order of their names."""
        return (self.pump,)

    def every_channel(self) -> tuple[ChannelSim, ...]:
        """One for each pump."""
        return (self.channel,)

    def _rest(self, name: str) -> None:
        """In a calm the pumps are read when it may matter, and the patient before he is out of sight."""
        timing, now = self.timing, self.now
        if not self.resting or name == "read":
            read_ms = now + free_ms(self.state, now, timing.calm_read_ms)
            self._next = {"read": read_ms, "watch": self._next.get("watch", now)}
        if name == "watch":
            self._next["watch"] = now + timing.calm_ms

    def _read_pumps(self) -> None:
        for channel in self.every_channel():
            channel.turn()

    def _watch(self) -> None:
        """One sample, and the nurse's look at the screen."""
        if renewable(self.state, self.now):
            self._read_pumps()
        if self.monitor_on:
            self.measure()
        else:
            self.give(inp.TimePassed())
        self._nurse()

    def _turn(self, name: str) -> None:
        match name:
            case "read":
                self._read_pumps()
            case "watch":
                self._watch()
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
        if not self.timing.calm_ms:
            return
        if self.calm:
            self._rest(name)
        elif self.resting:
            self.wake()

    def _measure(self, signals: frozenset[Signal]) -> None:
        if not self.monitor_on:
            return
        found = {
            signal: Measurement(None, Validity.INACTIVE)
            if signal in self.missing
            else Measurement(self.vitals[signal], Validity.VALID, age_s=self.age_s)
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
        every_ms = int(state.plan.rules.assessment_every_min * 40_000)
        if state.assessed_ms is not None and self.now - state.assessed_ms > every_ms:
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
        self.reborn()
        self.channel = self._fresh_channel()
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

    # the truth

    def flowed_ml(self, solution: str) -> Decimal:
        """What of a solution really reached the patient."""
        return ml(self.pump.flowed.get(solution, 0))

    def stop_pumps(self, _pump: str) -> None:
        """STOP to the wire."""
        self.channel.stop()

    def channel_of(self, _pump: str) -> ChannelSim:
        """The channel of the pump."""
        return self.channel

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
