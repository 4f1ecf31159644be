"""The engine profile: stories of faults and people at beds without bytes, drawn from a seed and played."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal

from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from simulators.campaign.broken import Broken
from simulators.campaign.cost import Cost
from simulators.campaign.engine.judge import INVARIANTS, Judge
from simulators.campaign.engine.persons import PERSONS
from simulators.campaign.engine.scenes import SCENES, drawn_bed
from simulators.campaign.engine.strikes import STRIKES, Strike, Waits
from simulators.campaign.engine.trial import Trial
from simulators.campaign.engine.troubles import TROUBLES
from simulators.campaign.stories import Ended, Event, Profile, Story

ACTS: dict[str, Strike] = {**STRIKES, **TROUBLES, **PERSONS}
KINDS = sorted(ACTS)
WATCH_MS = 100_000
"""From the last fault on: longer than every ordered wait of the short plan; a slice may be longer."""
IDLE_MS = 600_000
"""A run that stands so long after the last fault is left standing."""
HEALED_MS = 20_000
STRIKES_MAX = 5
GO_ON = 0.8
"""How often somebody goes on after a fault."""
NEAR = 0.4
"""How often all of them strike within two minutes."""
NO_BOUND = tuple(
    {"no_limit", other}
    for other in ("kill", "cut_off", "host_down", "sigterm", "silence", "swapped", "deaf", "power")
)
"""A pump that forgets its limit while nothing can reach it: only its own watchdog bounds that (F7)."""
LIES = {"lying_counter", "occlusion", "cleared", "power", "old_answer", "swapped"}
OUT_OF_WAY = {"blind", "old_values", "sensor_off", "clock_step", "deaf_bed"}
"""With these a STOP is still carried out."""
HANDS = {"hand_start", "hand_rate", "hand_bolus", "rounds_up", "hand_slower", "deaf", "power"}


def drawn(seed: str, only: tuple[str, ...] = (), bed: str | None = None) -> Story:
    """Up to five faults of any kind, or `only` of these, in drawn steps; after most somebody goes on."""
    chance = random.Random(seed)
    bed = bed or drawn_bed(seed)
    plan = SCENES[bed].plan()
    near_s = _moment(plan, chance) if chance.random() < NEAR else None
    struck: list[tuple[float, str]] = []
    for _ in range(chance.randint(1, STRIKES_MAX)):
        at_s = _moment(plan, chance) if near_s is None else near_s + chance.uniform(0, 60)
        struck.append((at_s, chance.choice(only or KINDS)))
        if chance.random() < GO_ON:
            struck.append((at_s + chance.uniform(0, 60), "go_on"))
    if any(pair <= {name for _, name in struck} for pair in NO_BOUND):
        struck = [one for one in struck if one[1] != "no_limit"]
    events = (Event(number, name, at_s) for number, (at_s, name) in enumerate(sorted(struck)))
    return Story(seed, tuple(events), bed)


def _moment(plan: Plan, chance: random.Random) -> float:
    """In any step alike, and often where it ends."""
    step = chance.choice(plan.steps)
    ends_s, lasts_s = float(step.elapsed_min) * 60, float(step.minutes) * 60
    if chance.random() < 0.3:
        return max(ends_s + chance.uniform(-20, 40), 1)
    return ends_s - chance.uniform(0, lasts_s)


@dataclass
class Waiting:
    """A strike that is not over."""

    due_ms: int
    event: Event
    waits: Waits
    pending: Cost
    before: int
    resumes: int


class Course:
    """Plays the events of a story, one or several at a time."""

    def __init__(self, story: Story, ended: Ended) -> None:
        self.story, self.ended = story, ended
        world = SCENES[story.bed].build()
        self.judge = Judge(world, ended.checked)
        self.trial = Trial(world, self.judge)
        self._waiting: list[Waiting] = []

    def play(self) -> None:
        """To the end; Broken at the first invariant that breaks."""
        world = self.trial.world
        world.start()
        while not world.state.running:
            self.trial.live(100)
        begun, to_come = world.now, list(self.story.events)
        while to_come or self._waiting:
            dues = [begun + int(event.at_s * 1000) for event in to_come[:1]]
            due = min([*dues, *(waiting.due_ms for waiting in self._waiting)])
            self.trial.live(max(due - world.now, 0))
            while to_come and begun + int(to_come[0].at_s * 1000) <= world.now:
                self._strike(to_come.pop(0))
            self._go_on()
        self._end()

    def _strike(self, event: Event) -> None:
        judge = self.judge
        judge.lies |= event.name in LIES
        judge.by_hand |= event.name in HANDS
        self.trial.stir()
        chance = random.Random(f"{self.story.seed}/{event.number}/{event.name}")
        pending = Cost(stops=False, over_ml=Decimal(1000))
        self.ended.struck[event.name] += 1
        waits, before = ACTS[event.name](self.trial, chance), judge.dose()
        if event.name not in PERSONS:
            judge.costs.append(pending)
        if self._in_way(event):
            judge.begins()
        self._waiting.append(Waiting(self.trial.world.now, event, waits, pending, before, judge.resumes))

    @staticmethod
    def _in_way(event: Event) -> bool:
        return event.name not in PERSONS and event.name not in OUT_OF_WAY

    def _go_on(self) -> None:
        for waiting in [one for one in self._waiting if one.due_ms <= self.trial.world.now]:
            self.trial.stir()
            try:
                waiting.due_ms = self.trial.world.now + next(waiting.waits)
            except StopIteration as over:
                self._waiting.remove(waiting)
                self._over(waiting, over.value)
            self.judge.look()

    def _over(self, waiting: Waiting, cost: Cost) -> None:
        judge = self.judge
        if waiting.event.name not in PERSONS:
            judge.costs = [one for one in judge.costs if one is not waiting.pending]
        if self._in_way(waiting.event):
            judge.ends()
        judge.struck(cost, waiting.before, waiting.resumes)

    def _end(self) -> None:
        """What runs goes on to its end; what stands is watched, healed and left."""
        trial, world = self.trial, self.trial.world
        slice_ms = int(world.state.plan.rules.ceilings.unattended_max_min * 66_000)
        trial.live(max(WATCH_MS, slice_ms))
        self.judge.look_ahead()
        stood = 0
        while trial.alive and not trial.over and stood < IDLE_MS:
            phase, step = world.state.phase, world.state.step
            trial.live(60_000)
            moving = self.judge.moving or (phase, step) != (world.state.phase, world.state.step)
            stood = 0 if moving or phase is Phase.AFTER_WATCH else stood + 60_000
        trial.heal()
        trial.live(HEALED_MS)
        self.judge.look()
        self.judge.books()


def play(story: Story) -> Ended:
    """Play a story to its end, or to the first invariant that breaks; never raises for what the run did."""
    ended = Ended(story)
    course = Course(story, ended)
    try:
        course.play()
    except Exception as error:  # noqa: BLE001 - whatever ends a run is a finding
        ended.broken = error.invariant if isinstance(error, Broken) else "run"
        ended.text = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
    ended.seconds = course.trial.world.now / 1000
    return ended


def _where(bed: str) -> str:
    return f"At a bed with {SCENES[bed].words}."


ENGINE = Profile("engine", ACTS, INVARIANTS, drawn, play, _where)
"""Engine, guard, pump and patient in whole milliseconds, without a byte or an event loop."""


def narrowed(bed: str | None, only: tuple[str, ...]) -> Profile:
    """ENGINE with every story at one bed (None: as drawn) and nothing but these kinds (none: any)."""
    return replace(ENGINE, drawn=lambda seed: drawn(seed, only, bed))
