"""Judges a run without bytes by what really flowed, in whole numbers; by the invariants of every profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.decide import Decision
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Choice, ChoiceKind
from drivers.values import Motion
from simulators.campaign import bounds
from simulators.campaign.broken import Broken
from simulators.campaign.cost import Cost
from simulators.campaign.engine.checks import check, way_out
from simulators.campaign.engine.pump import PER_ML, PumpSim, whole
from simulators.campaign.engine.world import World
from simulators.campaign.judge import AUTOMATIC, AWAY, GRANT_SLACK_S
from simulators.campaign.judge import INVARIANTS as OF_WIRE
from simulators.campaign.resumes import Resumes
from simulators.campaign.sight import STOP_S

D = Decimal
ZERO = D(0)
STRENGTH = 10**9
"""A concentration as a whole number."""
DOSE = PER_ML * STRENGTH
ALONE_MS = 8 * 3_600_000
PLAIN: frozenset[type[ev.Event]] = frozenset((ev.VitalsSeen, ev.PumpSeen, ev.ActTaken, ev.Assessed))
"""Facts after which only the bounds of the dose are of interest."""
BY_HAND = (Phase.MANUAL, Phase.ABORTED, Phase.COMPLETED)
"""What a hand does then is nobody's to stop."""
NO_MEANING = {"stranger", "ward"}
"""Of what is judged elsewhere these are nothing here: pumps have no wire, and there is no ward."""
INVARIANTS = {
    **{name: text for name, text in OF_WIRE.items() if name not in NO_MEANING},
    "decision": "every order, stop, resume and change of phase keeps the rules of DESIGN 3",
    "way out": "from every hold a run can be ended or taken over by hand",
}
"""What is judged, by name."""


class Judge:
    """Compares what flowed with what was ordered after every turn, and looks at every decision."""

    def __init__(self, world: World, checked: Counter[str]) -> None:
        self.world = world
        self.checked = checked
        self.costs: list[Cost] = []
        self.stopped_at: int | None = None
        """The dose when the first fault struck after which nothing is ordered."""
        self.lies = False
        """Counter or line lie by now: the daemon cannot know when drug flowed."""
        self.by_hand = False
        """A hand, or the pump by itself, has set a rate or a bolus."""
        self.blind_ms: int | None = None
        self.away_ms: int | None = None
        self.under_way = 0
        """Faults that are not over."""
        self.quiet_ms = 0
        self.resumes = 0
        self.alive: Callable[[], bool] = lambda: True
        plan = world.state.plan
        self._strength = {bag.id: int(bag.concentration * STRENGTH) for bag in plan.solutions}
        self._steps = [
            (
                step.number,
                int(step.minutes * 60_000),
                int(step.rate_ml_h * 1_000_000) * self._strength[step.solution],
                int(step.rate_ml_h * 1_000_000),
            )
            for step in plan.steps
        ]
        """Number, ms, dose a ms, volume a ms."""
        self._rate_of = {number: dose for number, _, dose, _ in self._steps}
        self._step_of: dict[int, int] = {}
        self._begun_ms: int | None = None
        self._looked_ms = world.now
        self._base = 0
        self._from = (1, 0)
        self._entered = (1, 0)
        self._in_charge: tuple[int, ...] = (1,)
        self._highest = 0
        self._moved: set[str] = set()
        self._most = 0
        self._dues: dict[str, tuple[str, int]] = {}
        self.rules = Resumes(plan, self._ruled)

    def _ruled(self, invariant: str, held: bool, text: Callable[[], str]) -> None:
        self.must(invariant, held, "{}", held or text())

    # the truth

    @property
    def moving(self) -> bool:
        """A motor turns."""
        return any(pump.motion is not Motion.STOPPED for pump in self.world.every_pump())

    def dose(self) -> int:
        """What left the pump or reached the patient, whichever is more."""
        strength = self._strength.get
        pumps = self.world.every_pump()
        left = sum(volume * strength(bag, 0) for pump in pumps for bag, volume in pump.flowed.items())
        return max(left, int(self.world.side.reached * DOSE))

    def _volume(self) -> int:
        return sum(sum(pump.flowed.values()) for pump in self.world.every_pump())

    def strength(self) -> int:
        """Of the strongest that has flowed or hangs on the pump in charge."""
        hung = {self.world.every_pump()[0].bag} if len(self.world.every_pump()) == 1 else self._moved
        return max((self._strength.get(bag, 0) for bag in hung), default=0)

    # what was ordered

    def ordered(self) -> int:
        """The most that can have been ordered by now: the plan without a pause, since the first drop."""
        if self._begun_ms is None:
            return 0
        left = self.world.now - self._begun_ms
        number, given = self._from
        dose = self._base
        for step, ms, a_ms, volume_a_ms in self._steps[number - 1 :]:
            mine = ms - given // volume_a_ms if step == number else ms
            dose += a_ms * max(min(mine, left), 0)
            left -= mine
            if left <= 0:
                break
        return dose

    def _weigh(self) -> None:
        """The bounds of all faults so far add; each programming may round up by a unit."""
        strength = self.strength()
        unit = whole(bounds.DIANET.unit_ml)
        mine = [self._strength[step.solution] for step in self.world.state.plan.steps]
        rounding = sum(unit * one for one in mine if one <= strength) * (1 + self.resumes)
        self._most = sum(whole(cost.over_ml) for cost in self.costs) * strength + rounding

    def struck(self, cost: Cost, before: int, resumes: int | None = None) -> None:
        """A fault has struck; at its beginning the dose was `before`, and people had gone on so often."""
        self.costs.append(cost)
        if cost.stops and self.stopped_at is None and resumes in (None, self.resumes):
            self.stopped_at = before
        self._weigh()

    def begins(self) -> None:
        """A fault begins that may be in the way of a STOP."""
        self.under_way += 1

    def ends(self) -> None:
        """It is over."""
        self.under_way -= 1
        self.quiet_ms = self.world.now

    def due(self, invariant: str, why: str, within_s: Decimal) -> None:
        """No drug is to flow from so much later on, until it is `settled`."""
        self._dues.setdefault(why, (invariant, self.world.now + int(within_s * 1000)))

    def settled(self, why: str) -> None:
        """What was to stop the drug is over."""
        self._dues.pop(why, None)

    def resumed(self, choice: Choice, at: RunState) -> None:
        """A person was let go on from where the run stood."""
        self.resumes += 1
        last = self.world.flowing_ms
        free_s = None if last is None or self.lies else (self.world.now - last) / 1000
        self.rules.gone_on(choice, at, free_s)
        self._dues.clear()
        step, (entered, volume) = at.step, self._entered
        given = self._volume() - volume if entered == step else 0
        match choice.kind:
            case ChoiceKind.REST_OF_STEP:
                self._from = (step, given)
            case ChoiceKind.BACK:
                self._from = (max(step - choice.steps, 1), 0)
            case ChoiceKind.START_OVER:
                self._from = (1, 0)
            case _:
                self._from = (step, 0)
        if choice.kind is not ChoiceKind.REST_OF_STEP:
            self._entered = (self._from[0], self._volume())
        self._base, self._begun_ms, self.stopped_at = self.dose(), self.world.now, None
        self._weigh()

    # the invariants

    def must(self, invariant: str, held: bool, text: str, *words: object) -> None:
        """Count one check; Broken if it fails."""
        self.checked[invariant] += 1
        if not held:
            raise Broken(invariant, text.format(*words))

    def look(self) -> None:
        """What must hold at any moment."""
        dose, world = self.dose(), self.world
        if self._begun_ms is None and dose > 0:
            self._begun_ms = self._looked_ms
        self._looked_ms = world.now
        over = dose - (self.ordered() if self.stopped_at is None else self.stopped_at)
        if over > self._most:
            self._weigh()
        self.must("dose", over <= self._most, "{:.4f} over, {:.4f} allowed", over / DOSE, self._most / DOSE)
        self._rates([pump for pump in world.every_pump() if pump.motion is not Motion.STOPPED])

    def _rates(self, flowing: list[PumpSim]) -> None:
        state, world = self.world.state, self.world
        alone = len(flowing) <= 1 and (world.overlap_ms == 0 or self.by_hand)
        words = "{} pumps deliver, two at once for {} ms"
        self.must("one solution", alone, words, len(flowing), world.overlap_ms)
        if self.alive() and state.step != self._entered[0]:
            self._entered = (state.step, self._volume())
            self.rules.reached(state.step)
        steps = (state.step,)
        if not flowing:
            self._highest = 0
            return
        (pump,) = flowing
        if pump.bag not in self._moved:
            self._moved.add(pump.bag)
            self._weigh()
        self._obeys(state)
        if not self.by_hand:
            rate = pump.rate_ul_h * 1000 * self._strength.get(pump.bag, 0)
            most = max(self._rate_of[number] for number in (*steps, *self._in_charge))
            self._in_charge = steps
            self.must("dose rate", rate <= most, "{:.3f} per hour in step {}", rate * 3.6e6 / DOSE, steps)
            self._unseen(rate)
        if not self.by_hand or state.phase in AUTOMATIC:
            self._attended()

    def _unseen(self, rate: int) -> None:
        """What must not happen while monitor or nurse are away; by the first step of such a dose rate."""
        number = self._step_of.get(rate)
        if number is None:
            number = min(number for number, dose in self._rate_of.items() if dose >= rate)
            self._step_of[rate] = number
        if self.blind_ms is not None:
            fresh_s = max(
                (rule.fresh_s for rule in self.world.state.plan.rules.signals if rule.fresh_s < 60),
                default=ZERO,
            )
            seen = self.world.now - self.blind_ms <= (fresh_s + 2) * 1000
            held = seen or number <= self._highest
            self.must("gate", held, "a dose rate of step {} while the monitor was away", number)
        self._highest = number

    def _attended(self) -> None:
        """F5: nothing flows on its own beyond the assessment that is due and the unattended time."""
        if self.away_ms is not None:
            rules = self.world.state.plan.rules
            alone_s = (rules.assessment_every_min + rules.ceilings.unattended_max_min) * 60 + GRANT_SLACK_S
            near = self.world.now - self.away_ms <= alone_s * 1000
            self.must("attended", near, "drug flows {} s after the last assessment", alone_s)

    def _obeys(self, state: RunState) -> None:
        """The motor turns: no STOP may have stood for long, with nothing in its way."""
        if not self.alive() or self.under_way or state.advisory or state.phase in BY_HAND:
            return
        if not all(channel.link_up for channel in self.world.every_channel()):
            return
        for why, (invariant, due_ms) in self._dues.items():
            late = self.world.now - max(due_ms, self.quiet_ms) - STOP_S * 1000
            self.must(invariant, late <= 0, "drug flows {} ms too long: {}", late, why)
        if state.stop_ms is None:
            return
        late = self.world.now - max(self.quiet_ms, state.stop_ms)
        self.must("stop", late <= STOP_S * 1000, "the motor turns {} ms after STOP", late)

    def decided(self, before: RunState, given: inp.Input, decision: Decision, now: int) -> None:
        """Looks at one decision."""
        if all(type(event) in PLAIN for event in decision.events):
            return
        self.checked["decision"] += 1
        check(before, given, decision, now)
        after = decision.state
        raised = [event for event in decision.events if isinstance(event, ev.AlarmRaised)]
        refused = [event.detail for event in raised if event.alarm == "held_guard"]
        self.must("guard", not refused, "{}", refused)
        if before.phase in AUTOMATIC and after.phase in AWAY:
            heard = [name for name, view in after.alarms.items() if view.acknowledged_ms is None]
            loud = any(CATALOGUE[name].priority in (Priority.HIGH, Priority.MEDIUM) for name in heard)
            self.must("alarmed", loud, "{} to {}: {}", before.phase, after.phase, list(after.alarms))
        if after.phase is Phase.HELD and before.phase is not Phase.HELD:
            self.checked["way out"] += 1
            way_out(after, now)

    def look_ahead(self) -> None:
        """Nothing more than allowed flows in the next hours, should nobody ever come."""
        if self.stopped_at is None:
            return
        for pump in self.world.every_pump():
            alone = pump.alone_ml(ALONE_MS)
            later = self.dose() + whole(alone) * self._strength.get(pump.bag, 0)
            over = later - self.stopped_at
            self.must(
                "left alone",
                over <= self._most,
                "{:.4f} over, {:.4f} allowed",
                over / DOSE,
                self._most / DOSE,
            )
            stands = pump.motion is Motion.STOPPED or alone <= bounds.DIANET.pump.limit_min_ml
            rests = stands or (self.by_hand and self.world.phase() is Phase.MANUAL)
            self.must("stopped", rests, "the motor is {} and has {} mL to give", pump.motion, alone)

    def books(self) -> None:
        """The run's account holds the truth, and the record the daemon's belief."""
        given = self.world.state.dose_by(self.world.now)
        slack = sum((cost.books_ml for cost in self.costs), ZERO) * self.strength() / STRENGTH
        truth = D(self.dose()) / DOSE
        held = given.low - slack <= truth <= given.high + slack
        self.must("books", held, "{} flowed, {} in the books, +- {}", truth, given, slack)
        state, _ = self.world.replayed()
        self.must("replay", state == self.world.state, "the record tells another state than the daemon holds")
