"""People at the bed who come late, twice, wrong or two at once; what they may not do must be refused."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Choice, ChoiceKind, Grade
from simulators.campaign import bounds
from simulators.campaign.faults import Cost, rate_of
from simulators.campaign.judge import ZERO, Judge
from simulators.campaign.world import PATIENT, PUMP, World

FREE = Cost(stops=False, over_ml=ZERO)
WAITS_S = (5, 5, 15, 30, 60, 130, 250)
CHOICES = (
    Choice(ChoiceKind.REST_OF_STEP),
    Choice(ChoiceKind.SAME_STEP),
    Choice(ChoiceKind.BACK, 1),
    Choice(ChoiceKind.START_OVER),
)


async def go_on(world: World, judge: Judge, chance: random.Random) -> Cost:
    """Somebody goes on from a hold, sooner or later, as loosely as the rules let; another does so as well."""
    await asyncio.sleep(chance.choice(WAITS_S))
    if not world.alive or world.state.phase is not Phase.HELD:
        return FREE
    world.act(inp.ConfirmPatient, by="Ann", patient=PATIENT)
    at = world.state
    for choice in CHOICES[chance.randrange(2) :]:
        accepted, _ = world.act(
            inp.Resume, by="Ann", choice=choice, reason="well", witness="Bob", released=True
        )
        if accepted:
            judge.resumed(choice, at)
            again, _ = world.act(inp.Resume, by="Cleo", choice=choice, reason="me too", witness="Bob")
            judge.must("person", not again, lambda: "two people went on at once")
            break
    return FREE


async def wrong(world: World, judge: Judge, chance: random.Random) -> Cost:
    """Somebody does what must be refused: no name, no second person, another patient, another bag."""
    await asyncio.sleep(chance.uniform(0, 5))
    if not world.alive:
        return FREE
    rest = Choice(ChoiceKind.REST_OF_STEP)
    acts: list[tuple[Any, dict[str, Any]]] = [
        (inp.Resume, {"by": "", "choice": rest, "reason": "well", "witness": "Bob"}),
        (inp.Resume, {"by": "Ann", "choice": Choice(ChoiceKind.NEVER), "reason": "well", "witness": "Bob"}),
        (inp.Start, {"by": "Ann", "witness": "Ann"}),
        (inp.GoAutomatic, {"by": "Ann", "witness": ""}),
        (
            inp.ConfirmSolution,
            {"by": "", "pump": PUMP, "code": "A", "primed": True, "made_min": bounds.HOUR_S},
        ),
    ]
    make, args = chance.choice(acts)
    accepted, answer = world.act(make, **args)
    judge.must("person", not accepted, lambda: f"{make.__name__} {args} was accepted: {answer}")
    return FREE


async def twice(world: World, judge: Judge, chance: random.Random) -> Cost:
    """STOP is pressed twice with one press's id, and a third time by somebody else."""
    cost = Cost(stops=True, over_ml=bounds.stop_ml(rate_of(world)))
    if not world.alive:
        await world.do(do="press", key="stop")
        return cost
    supervisor, name = world.service.supervisor, f"tap-{chance.randrange(10**9)}"
    for _ in range(2):
        supervisor.submit(inp.HoldNow(name, "", ""))
    first = world.state.acts[name]
    supervisor.submit(inp.HoldNow(name, "", ""))
    judge.must("person", world.state.acts[name] == first, lambda: "a double tap has two answers")
    world.act(inp.HoldNow, by="Bob", reason="me too")
    return cost


async def late_reaction(world: World, judge: Judge, chance: random.Random) -> Cost:
    """The patient reacts; somebody says so a while later, unless the vital signs were quicker."""
    await world.do(do="react", grade=chance.choice([2, 3]), onset_s=0)
    await asyncio.sleep(chance.choice([5, 40, 100]))
    cost = Cost(stops=True, over_ml=bounds.stop_ml(rate_of(world)))
    before = judge.dose()
    if not world.alive:
        await world.do(do="press", key="stop")
    else:
        world.act(inp.ReportReaction, by="Ann", grade=chance.choice(list(Grade)), text="flush", minutes_ago=1)
    judge.struck(cost, before)
    return FREE


async def away(_world: World, judge: Judge, chance: random.Random) -> Cost:
    """The nurse is called elsewhere: nobody assesses, nobody hangs a bag."""
    if judge.nurse is None:
        return FREE
    judge.nurse.away, judge.away_s = True, asyncio.get_running_loop().time()
    await asyncio.sleep(chance.choice([60, 200]))
    judge.nurse.away, judge.away_s = False, None
    return FREE


PEOPLE = {act.__name__: act for act in (go_on, wrong, twice, late_reaction, away)}
"""Every act of people by its name."""
