"""Judges a run by what really flowed; every invariant has a name and a count."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Choice, ChoiceKind, GapAction
from daemon.runtime.opening import read_journal
from daemon.runtime.supervisor import Supervisor
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.broken import Broken
from simulators.campaign.faults import Cost
from simulators.campaign.nurse import Nurse
from simulators.campaign.scene import alone_ml, pump_of
from simulators.campaign.world import World

D = Decimal
ZERO = D(0)
LOOK_S = D("0.5")
STOP_S = 8
"""Longer than a connection that is taken up anew and two STOPs."""
GRANT_SLACK_S = 40
"""What a grant's margin is at most in the short plans, in time, and a look of the nurse."""
GAP_SLACK_S = 5
"""The drug-free time is seen every half second here, and by readings there."""
AUTOMATIC = {Phase.INFUSING, Phase.WAITING_GATE, Phase.AWAITING_SOLUTION}
AWAY = {Phase.HELD, Phase.OBSERVING, Phase.MANUAL, Phase.ABORTED}
INVARIANTS = {
    "dose": "never more than ordered and the bounds of the faults (F38)",
    "left alone": "never more than that in the next hours, should nobody ever come (F38, F7)",
    "dose rate": "never more per hour than the step in charge",
    "one solution": "never two solutions at once",
    "stopped": "once nothing is ordered the motor stands, or has no more to give than a disarmed pump",
    "gate": "no start and no higher dose rate while nothing is seen of the patient",
    "attended": "drug runs on no longer than a grant after an assessment that nobody makes",
    "person": "nothing goes on without a person, and no person goes on whom the rules forbid to",
    "gap": "no resume looser than the ordered rule for the true drug-free time",
    "stop": "a STOP that was decided stands within seconds where nothing is in its way",
    "guard": "the guard never has to refuse what the engine ordered",
    "alarmed": "every way out of automatic raises an alarm",
    "books": "the report holds what flowed, within its bounds and those of the faults",
    "replay": "the journal alone says what the daemon believes",
}
"""What is judged, by name."""


@dataclass
class Judge:
    """Compares what flowed with what was ordered, twice a second, and looks at every decision's outcome."""

    world: World
    checked: Counter[str] = field(default_factory=Counter)
    costs: list[Cost] = field(default_factory=list)
    stopped_at: Decimal | None = None
    """The dose when the first fault struck after which nothing is ordered."""
    worst: Decimal = ZERO
    broken: Broken | None = None
    lies: bool = False
    """Counter or line lie by now: the daemon cannot know when drug flowed."""
    by_hand: bool = False
    """A hand has set a rate or a bolus."""
    blind_s: float | None = None
    """When the monitor was lost."""
    nurse: Nurse | None = None
    under_way: int = 0
    """Faults that are not over."""
    quiet_s: float = 0
    """Since when none is."""
    away_s: float | None = None
    """When the nurse was called elsewhere."""
    resumes: int = 0
    _begun_s: float | None = None
    _base: Decimal = ZERO
    _from: tuple[int, Decimal] = (1, ZERO)
    """The step from which all is ordered by now, and how much of its volume had been given."""
    _entered: tuple[int, Decimal] = (1, ZERO)
    _flowing_s: float | None = None
    _steps: tuple[int, ...] = (1,)
    _highest: int = 0
    """Of which step the dose rate last was, 0 while the motor stood."""
    _watched: Supervisor | None = None
    _before: RunState | None = None

    # the truth

    def dose(self) -> Decimal:
        """What left the pump or reached the patient, whichever is more."""
        self.world.settle()
        return max(self.world.bed.left.total_dose, self.world.bed.reached.total_dose)

    def _ml(self) -> Decimal:
        return sum(self.world.bed.left.volume_ml.values(), ZERO)

    def strength(self) -> Decimal:
        """Of what hangs on the first pump, per mL."""
        return pump_of(self.world).bag.solution.concentration

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    # what was ordered

    def ordered(self) -> Decimal:
        """The most that can have been ordered by now: the plan without a pause, since the first drop."""
        if self._begun_s is None:
            return ZERO
        left_min = (D(str(self._now() - self._begun_s)) + LOOK_S) / 60
        number, given_ml = self._from
        dose = self._base
        for step in self.world.plan.steps[number - 1 :]:
            minutes = step.minutes - (given_ml / step.rate_ml_h * 60 if step.number == number else ZERO)
            dose += step.dose_rate_h * max(min(minutes, max(left_min, ZERO)), ZERO) / 60
            left_min -= minutes
        return dose

    def allowed(self) -> Decimal:
        """The bounds of all faults so far add; each programming may round up by a unit."""
        strength = self.strength()
        steps = [s for s in self.world.plan.steps if s.dose_rate_h / s.rate_ml_h <= strength]
        rounding = sum((bounds.rounding_ml(1) * s.dose_rate_h / s.rate_ml_h for s in steps), ZERO)
        rounding *= 1 + self.resumes
        return sum((cost.over_ml for cost in self.costs), ZERO) * strength + rounding

    def struck(self, cost: Cost, before: Decimal, resumes: int | None = None) -> None:
        """A fault has struck; at its beginning the dose was `before`, and people had gone on so often."""
        self.costs.append(cost)
        if cost.stops and self.stopped_at is None and resumes in (None, self.resumes):
            self.stopped_at = before

    def begins(self, name: str) -> None:
        """A fault begins."""
        self.under_way += 1
        if name == "blind":
            self.blind_s = self._now()

    def ends(self, name: str) -> None:
        """A fault is over."""
        self.under_way -= 1
        self.quiet_s = self._now()
        if name == "blind":
            self.blind_s = None

    def resumed(self, choice: Choice, at: RunState) -> None:
        """A person was let go on from where the run stood."""
        self.resumes += 1
        self._judge_gap(choice)
        step, (entered, volume) = at.step, self._entered
        given = self._ml() - volume if entered == step else ZERO
        match choice.kind:
            case ChoiceKind.REST_OF_STEP:
                self._from = (step, given)
            case ChoiceKind.BACK:
                self._from = (max(step - choice.steps, 1), ZERO)
            case ChoiceKind.START_OVER:
                self._from = (1, ZERO)
            case _:
                self._from = (step, ZERO)
        if choice.kind is not ChoiceKind.REST_OF_STEP:
            self._entered = (self._from[0], self._ml())
        self._base, self._begun_s, self.stopped_at = self.dose(), self._now(), None

    def _judge_gap(self, choice: Choice) -> None:
        if self._flowing_s is None or self.lies:
            return
        minutes = D(str(self._now() - self._flowing_s - GAP_SLACK_S)) / 60
        rules = [rule for rule in self.world.plan.rules.gap.rules if rule.from_min <= minutes]
        action = rules[-1].action if rules else GapAction.CONTINUE
        fits = {
            GapAction.CONTINUE: True,
            GapAction.BACK: choice.kind in (ChoiceKind.BACK, ChoiceKind.START_OVER),
            GapAction.START_OVER: choice.kind is ChoiceKind.START_OVER,
            GapAction.ABANDON: False,
        }[action]
        self.must("gap", fits, lambda: f"{choice} after {minutes:.2f} min without drug")

    # the invariants

    def must(self, invariant: str, held: bool, text: Callable[[], str]) -> None:
        """Count one check; Broken if it fails."""
        self.checked[invariant] += 1
        if not held:
            raise Broken(invariant, text())

    def look(self) -> None:
        """What must hold at any moment."""
        self._attend()
        dose = self.dose()
        if self._begun_s is None and dose > 0:
            self._begun_s = self._now()
        base = self.ordered() if self.stopped_at is None else self.stopped_at
        most = self.allowed()
        self.worst = max(self.worst, dose - base)
        self.must(
            "dose", dose - base <= most, lambda: f"{dose - base:.3f} over {base:.3f}, {most:.3f} allowed"
        )
        self._rates()

    def _rates(self) -> None:
        flowing = [lane.pump for lane in self.world.bed.lanes if lane.pump.flow_ml_h > 0]
        self.must("one solution", len(flowing) <= 1, lambda: f"{len(flowing)} pumps deliver at once")
        steps = self._steps_in_charge()
        if not flowing:
            self._highest = 0
            return
        self._flowing_s = self._now()
        self._obeys()
        if self.by_hand:
            return
        rate = sum((pump.flow_ml_h * pump.bag.solution.concentration for pump in flowing), ZERO)
        most = max(self.world.plan.step(number).dose_rate_h for number in {*steps, *self._steps})
        self._steps = steps
        self.must("dose rate", rate <= most, lambda: f"{rate} per hour, {most} in step {steps}")
        self._unseen(min(step.number for step in self.world.plan.steps if step.dose_rate_h >= rate))

    def _unseen(self, number: int) -> None:
        """What must not happen while monitor or nurse are away; `number` is the step of such a dose rate."""
        rules = self.world.plan.rules
        if self.blind_s is not None:
            fresh_s = max((rule.fresh_s for rule in rules.signals), default=ZERO)
            seen = self._now() - self.blind_s <= fresh_s + 2
            self.must(
                "gate",
                seen or number <= self._highest,
                lambda: f"a dose rate of step {number} while the monitor was away",
            )
        self._highest = number
        if self.away_s is not None:
            alone_s = (rules.assessment_every_min + rules.ceilings.unattended_max_min) * 60 + GRANT_SLACK_S
            near = self._now() - self.away_s <= alone_s
            self.must("attended", near, lambda: f"drug flows {alone_s} s after the last assessment")

    def _obeys(self) -> None:
        """The motor turns: no STOP may have stood for long, with nothing in its way."""
        if not self.world.alive or self.under_way or self.world.state.pump.stop_ms is None:
            return
        since_s = max(self.quiet_s, (self.world.state.pump.stop_ms - self.world.clock.offset_ms) / 1000)
        late_s = self._now() - since_s
        self.must("stop", late_s <= STOP_S, lambda: f"the motor turns {late_s:.1f} s after STOP")

    def _steps_in_charge(self) -> tuple[int, ...]:
        if not self.world.alive:
            return self._steps
        state = self.world.state
        if state.step != self._entered[0]:
            self._entered = (state.step, self._ml())
        return (state.step,)

    def _attend(self) -> None:
        """Be told of every decision of the daemon that runs by now."""
        now = self.world.service.supervisor if self.world.alive else None
        if now is None or now is self._watched:
            return
        self._watched, self._before = now, now.state
        tell = now.on_change

        def decided(state: RunState) -> None:
            tell(state)
            if self._watched is now and self.broken is None:
                self._decided(state)

        now.on_change = decided

    def _decided(self, state: RunState) -> None:
        before, self._before = self._before, state
        if before is None:
            return
        try:
            new = set(state.alarms) - set(before.alarms)
            self.must("guard", "held_guard" not in new, lambda: f"{state.alarms['held_guard']}")
            if before.phase in AUTOMATIC and state.phase in AWAY:
                loud = any(
                    CATALOGUE[name].priority in (Priority.HIGH, Priority.MEDIUM) for name in state.alarms
                )
                self.must("alarmed", loud, lambda: f"{before.phase} to {state.phase}: {list(state.alarms)}")
        except Broken as error:
            self.broken = error

    def look_ahead(self) -> None:
        """Nothing more than allowed flows in the next hours, should nobody ever come."""
        if self.stopped_at is None:
            return
        most, base = self.allowed(), self.stopped_at
        alone = alone_ml(self.world)
        later = self.dose() + alone * self.strength()
        self.must(
            "left alone", later - base <= most, lambda: f"left alone {later:.3f}, {base:.3f} at the stop"
        )
        motion = pump_of(self.world).motion
        stands = motion is Motion.STOPPED or alone <= bounds.PUMP.limit_min_ml
        self.must("stopped", stands, lambda: f"the motor is {motion} and has {alone} mL to give")

    def books(self) -> None:
        """The report holds the truth, and the journal the daemon's belief."""
        run = self.world.service.report()["run"]
        low, high = D(str(run["dose"]["low"])), D(str(run["dose"]["high"]))
        slack = sum((cost.books_ml for cost in self.costs), ZERO) * self.strength()
        truth = self.dose()
        self.must(
            "books",
            low - slack <= truth <= high + slack,
            lambda: f"{truth:.3f} flowed, reported {low:.3f} to {high:.3f} +- {slack:.3f}",
        )
        live, found = self.world.state, read_journal(self.world.journal)
        self.must("replay", found.set_aside is None, lambda: f"the journal is damaged: {found.set_aside}")
        self.must(
            "replay", found.state == live, lambda: "the journal tells another state than the daemon holds"
        )

    async def watch(self) -> None:
        """Until cancelled, or to the first invariant that is broken."""
        while self.broken is None:
            try:
                self.look()
            except Broken as error:
                self.broken = error
            await asyncio.sleep(float(LOOK_S))
