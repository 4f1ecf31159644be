"""Judges a run by what really flowed; every invariant has a name and a count."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.runtime.opening import read_journal
from daemon.runtime.supervisor import Supervisor
from drivers.values import Authority, Motion
from simulators.campaign import bounds
from simulators.campaign.broken import Broken
from simulators.campaign.cost import Cost
from simulators.campaign.faults import dead_ml
from simulators.campaign.nurse import Nurse
from simulators.campaign.ordered import LOOK_S, Ordered
from simulators.campaign.resumes import Resumes
from simulators.campaign.scene import alone_ml, pump_of
from simulators.campaign.sight import STOP_S, Sight
from simulators.campaign.strangers import given_no_more
from simulators.campaign.ward import SHOWN_S, WardSide
from simulators.campaign.world import World

D = Decimal
ZERO = D(0)
GRANT_SLACK_S = 40
"""What a grant's margin is at most in the short plans, in time, and a look of the nurse."""
AUTOMATIC = {Phase.INFUSING, Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING}
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
    "resume": "no resume looser, or more often, than the rules for what the run was held for",
    "stop": "a STOP that was decided stands within seconds where nothing is in its way",
    "reaction": "no drug flows once a true reaction was to be seen, or was told, for as long as ordered",
    "lost sight": "no drug flows once patient or pump have not been seen for as long as ordered",
    "stranger": "a pump with another serial number is stopped at most: never started or set higher",
    "guard": "the guard never has to refuse what the engine ordered",
    "alarmed": "every way out of automatic raises an alarm",
    "books": "the report holds what flowed, within its bounds and those of the faults",
    "replay": "the journal alone says what the daemon believes",
    "ward": "the ward's picture is the bedside's once both can speak, and a dead daemon is shown within 10 s",
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
    """A hand or a lie has set the rate by now, or given a bolus."""
    nurse: Nurse | None = None
    under_way: int = 0
    """Faults that are in the way of a STOP and not over."""
    quiet_s: float = 0
    """Since when none is."""
    unseen: int = 0
    """Faults of what is seen of the patient that are not over."""
    seen_s: float = 0
    away_s: float | None = None
    """When the nurse was called elsewhere, or somebody else assessed since."""
    resumes: int = 0
    _flowing_s: float | None = None
    _steps: tuple[int, ...] = (1,)
    _left: tuple[int, ...] = ()
    """The step of a process that is gone."""
    _highest: int = 0
    """Of which step the dose rate last was, 0 while the motor stood."""
    _watched: Supervisor | None = None
    _before: RunState | None = None
    _alive_s: float = 0

    def __post_init__(self) -> None:
        self.ordered = Ordered(self.world.plan)
        self.rules = Resumes(self.world.plan, self.must)
        self.sight = Sight(self.world)
        self.world.on_act = self._on_act
        self.by_hand = self.world.authority is Authority.MONITOR

    # the truth

    def dose(self) -> Decimal:
        """What left the pump or reached the patient, whichever is more."""
        self.world.settle()
        return max(self.world.bed.left.total_dose, self.world.bed.reached.total_dose)

    def _ml(self) -> Decimal:
        return sum(self.world.bed.left.volume_ml.values(), ZERO)

    def strength(self) -> Decimal:
        """Of the strongest bag that hangs on a pump which has given something, or is in charge; per mL."""
        given = self.world.bed.left.volume_ml
        hung = [lane.pump.bag.solution for lane in self.world.bed.lanes]
        used = [one.concentration for one in hung if given.get(one.id, ZERO) > 0]
        return max([pump_of(self.world).bag.solution.concentration, *used])

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    # what was ordered, and what the faults may cost

    def allowed(self) -> Decimal:
        """The bounds of all faults so far add, and what a step may be too much at its end (DESIGN 9)."""
        strength = self.strength()
        steps = [s for s in self.world.plan.steps if s.dose_rate_h / s.rate_ml_h <= strength]
        ends = (
            self.world.bounds.end_ml(s.volume_ml, s.rate_ml_h) * s.dose_rate_h / s.rate_ml_h for s in steps
        )
        rounding = sum(ends, ZERO)
        rounding *= 1 + self.resumes
        return sum((cost.over_ml for cost in self.costs), ZERO) * strength + rounding

    def struck(self, cost: Cost, before: Decimal, resumes: int | None = None) -> None:
        """A fault has struck; at its beginning the dose was `before`, and people had gone on so often."""
        self.costs.append(cost)
        if cost.stops and self.stopped_at is None and resumes in (None, self.resumes):
            self.stopped_at = before

    def begins(self, *, in_sight: bool, in_way: bool) -> None:
        """A fault begins: one of what is seen of the patient, or in the way of a STOP."""
        self.unseen += in_sight
        self.under_way += in_way

    def ends(self, *, in_sight: bool, in_way: bool) -> None:
        """A fault is over."""
        self.unseen -= in_sight
        self.under_way -= in_way
        if in_sight:
            self.seen_s = self._now()
        if in_way:
            self.quiet_s = self._now()

    def _on_act(self, given: inp.AnyAct, before: RunState, accepted: bool) -> None:
        if not accepted or self.broken is not None:
            return
        try:
            if isinstance(given, inp.ReportReaction):
                self.rules.reported(given)
                self.sight.reported(self._now())
            elif isinstance(given, inp.Resume) and before.started_ms is not None:
                self._resumed(given, before)
            elif isinstance(given, inp.Assess) and self.away_s is not None:
                self.away_s = self._now()
            elif isinstance(given, inp.ConfirmRunning):
                self.resumes += 1
                self.stopped_at = None
        except Broken as error:
            self.broken = error

    def _resumed(self, given: inp.Resume, at: RunState) -> None:
        self.resumes += 1
        known = self._flowing_s is not None and not self.lies
        self.rules.gone_on(given.choice, at, self._now() - (self._flowing_s or 0) if known else None)
        self.sight.gone_on()
        self.ordered.gone_on(given.choice, at.step, self._ml(), self.dose(), self._now())
        self.stopped_at = None

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
        if dose > 0:
            self.ordered.begins(self._now())
        base = self.ordered.by(self._now()) if self.stopped_at is None else self.stopped_at
        most = self.allowed()
        self.worst = max(self.worst, dose - base)
        self.must(
            "dose", dose - base <= most, lambda: f"{dose - base:.3f} over {base:.3f}, {most:.3f} allowed"
        )
        self.sight.look(self._now(), lambda: dead_ml(self.world))
        self._ward()
        for pump in self.world.strangers:
            found = f"{pump.motion} at {pump.rate_ml_h} mL/h to {pump.limit_set_ml} mL"
            self.must("stranger", given_no_more(pump), found.__str__)
        self._rates()

    def _rates(self) -> None:
        flowing = [lane.pump for lane in self.world.bed.lanes if lane.pump.flow_ml_h > 0]
        together_s = self.world.bed.overlap_s
        alone = len(flowing) <= 1 and (together_s == 0 or self.by_hand)
        self.must(
            "one solution", alone, lambda: f"{len(flowing)} deliver, two at once for {together_s:.2f} s"
        )
        steps = self._steps_in_charge()
        if not flowing:
            self._highest = 0
            self._stands()
            return
        self._flowing_s = self._now()
        self._obeys()
        self._seen(sum((pump.flow_ml_h for pump in flowing), ZERO))
        if self.by_hand:
            return
        rate = sum((pump.flow_ml_h * pump.bag.solution.concentration for pump in flowing), ZERO)
        most = max(self.world.plan.step(number).dose_rate_h for number in {*steps, *self._steps})
        self._steps = steps
        self.must("dose rate", rate <= most, lambda: f"{rate} per hour, {most} in step {steps}")
        self._unseen(min(step.number for step in self.world.plan.steps if step.dose_rate_h >= rate))

    def _stands(self) -> None:
        """Nothing flows: what is due is done."""
        for due in self.sight.due(self.quiet_s, self.seen_s, ZERO):
            self.checked[due.invariant] += 1

    def _seen(self, flow_ml_h: Decimal) -> None:
        """Drug flows: nothing may have been due that stops it; in manual it flows by a hand's will (F8)."""
        if self.world.alive and self.world.state.phase is Phase.MANUAL:
            return
        hand_s = float(self.world.bounds.hand_s)
        if (self.by_hand and not hand_s) or flow_ml_h <= self.world.bounds.pump.rate_min_ml_h:
            return
        for due in self.sight.due(self.quiet_s, self.seen_s, flow_ml_h):
            if due.patient and (self.under_way or self.sight.alone_s is not None):
                continue
            late_s = self._now() - due.at_s - hand_s
            text = f"{due.text}, and drug flows {late_s:.1f} s too long"
            self.must(due.invariant, late_s <= 0, text.__str__)

    def _unseen(self, number: int) -> None:
        """What must not happen while monitor or nurse are away; `number` is the step of such a dose rate."""
        rules = self.world.plan.rules
        if self.sight.blind_s is not None:
            fresh_s = max((rule.fresh_s for rule in rules.signals), default=ZERO)
            seen = self._now() - self.sight.blind_s <= fresh_s + 2
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
        self.must(
            "stop",
            late_s <= STOP_S + float(self.world.bounds.hand_s),
            lambda: f"the motor turns {late_s:.1f} s after STOP",
        )

    def _steps_in_charge(self) -> tuple[int, ...]:
        if not self.world.alive:
            return self._recorded()
        self._left, state = (), self.world.state
        self.ordered.entered(state.step, self._ml())
        self.rules.reached(state.step)
        return (state.step,)

    def _recorded(self) -> tuple[int, ...]:
        """What a process that is gone had on disk: since the last look it may have told the pump so."""
        if not self._left:
            state = read_journal(self.world.journal).state
            self._left = self._steps if state is None else (state.step,)
        return self._left

    def _attend(self) -> None:
        """Be told of every decision of the daemon that runs by now."""
        now = self.world.service.supervisor if self.world.alive else None
        if now is None or now is self._watched:
            return
        before, self._watched, self._before = self._before, now, now.state
        self._by_a_person(before, now.state)
        tell = now.on_change

        def decided(state: RunState) -> None:
            tell(state)
            if self._watched is now and self.world.alive and self.broken is None:
                self._decided(state)

        now.on_change = decided

    def _decided(self, state: RunState) -> None:
        before, self._before = self._before, state
        if before is None:
            return
        try:
            self._by_a_person(before, state)
            new = set(state.alarms) - set(before.alarms)
            self.must("guard", "held_guard" not in new, lambda: f"{state.alarms['held_guard']}")
            if before.phase in AUTOMATIC and state.phase in AWAY:
                loud = any(
                    CATALOGUE[name].priority in (Priority.HIGH, Priority.MEDIUM)
                    for name, view in state.alarms.items()
                    if view.acknowledged_ms is None
                )
                self.must("alarmed", loud, lambda: f"{before.phase} to {state.phase}: {list(state.alarms)}")
        except Broken as error:
            self.broken = error

    def _by_a_person(self, before: RunState | None, state: RunState) -> None:
        if before is not None and before.phase in AWAY and state.phase in AUTOMATIC:
            by = self.world.acting.by.strip() if self.world.acting is not None else ""
            self.must("person", bool(by), lambda: f"{before.phase} to {state.phase} without a name")

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
        stands = motion is Motion.STOPPED or alone <= self.world.bounds.pump.limit_min_ml
        self.must("stopped", stands, lambda: f"the motor is {motion} and has {alone} mL to give")

    def books(self) -> None:
        """The report holds the truth but for what flowed since the last reading; the journal the belief."""
        run = self.world.service.report()["run"]
        low, high = D(str(run["dose"]["low"])), D(str(run["dose"]["high"]))
        pump = self.world.bounds.pump
        unread = bounds.flow_ml(bounds.rate_max_ml_h(self.world.plan), pump.poll_s + pump.reply_limit_s)
        slack = (sum((cost.books_ml for cost in self.costs), ZERO) + unread) * self.strength()
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

    def _ward(self) -> None:
        if self.world.alive:
            self._alive_s = self._now()
        elif isinstance(self.world.ward, WardSide):
            dead_s = self._now() - self._alive_s
            shown = self.world.ward.hides_death(dead_s)
            self.must("ward", not shown, lambda: f"shown as live, and dead for {dead_s:.0f} s")

    async def picture(self) -> None:
        """The ward shows what there is within its time; to be asked once all is healed."""
        if not isinstance(self.world.ward, WardSide):
            return
        for _ in range(SHOWN_S):
            differs = self.world.ward.differs()
            if not differs:
                break
            await asyncio.sleep(1)
        self.must("ward", not differs, differs.__str__)

    async def watch(self) -> None:
        """Until cancelled, or to the first invariant that is broken."""
        while self.broken is None:
            try:
                self.look()
            except Broken as error:
                self.broken = error
            await asyncio.sleep(float(LOOK_S))
