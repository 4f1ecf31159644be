"""Single faults and pairs from seeds, judged by what really flowed (F38).

`python -m tests.patient.campaign 1000` plays a thousand pairs and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import sys
import tempfile
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import structlog

from daemon.protocols.plan import Plan
from simulators.campaign.world import World
from tests.engine.plans import SMALL_BAGS, plan_of
from tests.patient import bounds
from tests.patient.faults import FAULTS, Cost
from tests.patient.scene import alone_ml, bed_of, nursed, watched
from tests.runtime.conftest import records_of

D = Decimal
ZERO = D(0)
LOOK_S = D("0.5")
WATCH_S = 100
"""From the last fault on: longer than a slice and every ordered wait."""
HEALED_S = 20


class Broken(AssertionError):
    """A bound was broken; the text names the seed that shows it."""


def brisk() -> Plan:
    """60 and 120 mL/h of A, then 30 mL/h of B, ten times as strong; eight minutes, a minute a slice."""
    plan = watched(plan_of((("A", "60", "2"), ("A", "120", "2"), ("B", "30", "4")), SMALL_BAGS))
    ceilings = replace(plan.rules.ceilings, unattended_max_min=D(1))
    return replace(plan, rules=replace(plan.rules, ceilings=ceilings))


RUNS_S = ((2, 118), (122, 238), (300, 480))
"""When drug flows: mostly there the faults strike, in any step alike."""


@dataclass(frozen=True)
class Case:
    """These faults, at these times, from this seed."""

    seed: int
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"{'+'.join(self.faults)}-{self.seed}"


def singles(each: int) -> list[Case]:
    """Every fault alone, with so many seeds."""
    return [Case(seed, (name,)) for name in FAULTS for seed in range(each)]


NO_BOUND = ({"no_limit", "kill"}, {"no_limit", "cut_off"})
"""A pump that forgets its limit while nothing can reach it: only its own watchdog bounds that (F7)."""


def pairs(number: int, seed: int = 0) -> list[Case]:
    """Pairs drawn from a seed, without those for which there is no bound."""
    chance = random.Random(f"pairs/{seed}")
    names = sorted(FAULTS)
    drawn: list[Case] = []
    while len(drawn) < number:
        case = Case(seed + len(drawn), (chance.choice(names), chance.choice(names)))
        if set(case.faults) not in NO_BOUND:
            drawn.append(case)
    return drawn


@dataclass
class Judge:
    """Compares what flowed with what was ordered, twice a second."""

    world: World
    case: Case
    begun_s: float | None = None
    costs: list[Cost] = field(default_factory=list)
    stopped_at: Decimal | None = None
    """The dose when the first fault struck after which nothing is ordered."""
    worst: Decimal = ZERO
    broken: Broken | None = None

    def dose(self) -> Decimal:
        """What left the pump or reached the patient, whichever is more."""
        self.world.settle()
        return max(self.world.bed.left.total_dose, self.world.bed.reached.total_dose)

    def ordered(self) -> Decimal:
        """The most that can have been ordered by now: the plan without a pause, since the first drop."""
        if self.begun_s is None:
            return ZERO
        left_min = (D(str(asyncio.get_running_loop().time() - self.begun_s)) + LOOK_S) / 60
        dose = ZERO
        for step in self.world.plan.steps:
            dose += step.dose_rate_h * min(step.minutes, max(left_min, ZERO)) / 60
            left_min -= step.minutes
        return dose

    def allowed(self) -> Decimal:
        """The bounds of all faults so far add; each programming may round up by a unit."""
        strength = self.world.bed.lanes[0].pump.bag.solution.concentration
        steps = [s for s in self.world.plan.steps if s.dose_rate_h / s.rate_ml_h <= strength]
        rounding = sum((bounds.rounding_ml(1) * s.dose_rate_h / s.rate_ml_h for s in steps), ZERO)
        return sum((cost.over_ml for cost in self.costs), ZERO) * strength + rounding

    def look(self) -> None:
        """Broken if more flowed than ordered and allowed."""
        dose = self.dose()
        if self.begun_s is None and dose > 0:
            self.begun_s = asyncio.get_running_loop().time()
        base = self.ordered() if self.stopped_at is None else self.stopped_at
        self.worst = max(self.worst, dose - base)
        if dose - base > self.allowed():
            raise Broken(f"{self.case}: {dose - base:.3f} over {base:.3f}, {self.allowed():.3f} allowed")

    def look_ahead(self) -> None:
        """Broken if more than allowed would flow in the next hours, should nobody ever come."""
        if self.stopped_at is None:
            return
        strength = self.world.bed.lanes[0].pump.bag.solution.concentration
        later = self.dose() + alone_ml(self.world) * strength
        if later - self.stopped_at > self.allowed():
            raise Broken(f"{self.case}: left alone {later:.3f}, {self.stopped_at:.3f} when it stopped")

    async def watch(self) -> None:
        """Until cancelled, or to the first bound that is broken."""
        while self.broken is None:
            try:
                self.look()
            except Broken as error:
                self.broken = error
            await asyncio.sleep(float(LOOK_S))

    async def strike(self, name: str, chance: random.Random) -> None:
        """Let one fault happen; what it may cost counts from its beginning."""
        before = self.dose()
        pending = Cost(stops=False, over_ml=D(1000))
        self.costs.append(pending)
        cost = await FAULTS[name](self.world, chance)
        self.costs[self.costs.index(pending)] = cost
        if cost.stops and self.stopped_at is None:
            self.stopped_at = before
        self.look()

    def books(self) -> None:
        """Broken if the report does not hold the truth within its own bounds and those of the faults."""
        run = self.world.service.report()["run"]
        low, high = D(str(run["dose"]["low"])), D(str(run["dose"]["high"]))
        strength = self.world.bed.lanes[0].pump.bag.solution.concentration
        slack = sum((cost.books_ml for cost in self.costs), ZERO) * strength
        truth = self.dose()
        if not low - slack <= truth <= high + slack:
            raise Broken(f"{self.case}: {truth:.3f} flowed, reported {low:.3f} to {high:.3f} +- {slack:.3f}")


async def play(world: World, case: Case) -> Judge:
    """One run with its faults, the time after them, and the healed bed's report."""
    chance = random.Random(f"{case.seed}/{case}")
    judge = Judge(world, case)
    async with nursed(world):
        watching = asyncio.create_task(judge.watch())
        try:
            await _suffer(world, judge, chance)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    if judge.broken is not None:
        raise judge.broken
    judge.books()
    records_of(world.journal)
    return judge


async def _suffer(world: World, judge: Judge, chance: random.Random) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for name, at_s in zip(judge.case.faults, sorted(_moments(chance, len(judge.case.faults))), strict=True):
        await asyncio.sleep(max(begun + at_s - loop.time(), 0))
        await judge.strike(name, chance)
    await asyncio.sleep(WATCH_S)
    judge.look_ahead()
    await _heal(world)
    await asyncio.sleep(HEALED_S)
    judge.look()


def _moments(chance: random.Random, number: int) -> list[float]:
    """Seconds from the first drop; several faults fall close together half of the time."""
    first = chance.uniform(*chance.choice(RUNS_S))
    near = [first + chance.uniform(0, 15) for _ in range(number - 1)]
    far = [chance.uniform(*chance.choice(RUNS_S)) for _ in range(number - 1)]
    return [first, *(near if chance.random() < 0.5 else far)]


async def _heal(world: World) -> None:
    """The cable is in, the monitor is there, a daemon runs; nobody resumes anything."""
    await world.do(do="fault", name="unplug", on=False)
    await world.do(at="monitor", do="fault", name="unplug", on=False)
    if not world.alive:
        await world.start_daemon()


def run(folder: Path, case: Case) -> Judge:
    """Play one case in a folder of its own; Broken when a bound is."""
    judged: list[Judge] = []

    async def story(world: World) -> Any:
        judged.append(await play(world, case))

    bed_of(folder, brisk(), seed=case.seed + 1).run(story)
    return judged[0]


def main(number: int, seed: int = 0) -> int:
    """The long profile."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(f"LONG PROFILE: {number} pairs of faults from seed {seed}")
    broken = 0
    for case in pairs(number, seed):
        with tempfile.TemporaryDirectory() as folder:
            try:
                run(Path(folder), case)
            except AssertionError as error:
                broken += 1
                print(f"BROKEN {case}: {error}")
    print(f"{number - broken} of {number} pairs kept their bounds")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
