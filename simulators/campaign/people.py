"""People at the bed who come late, twice, wrong or two at once; what they may not do must be refused."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine.doubts import Explanation, Settlement
from daemon.engine.phases import Phase
from daemon.engine.settling import unsettled
from daemon.protocols.rules import Choice, ChoiceKind, Grade
from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.faults import dead_ml, rate_of
from simulators.campaign.judge import ZERO, Judge
from simulators.campaign.strangers import exchanged
from simulators.campaign.world import PATIENT, PUMP, World

FREE = Cost(stops=False, over_ml=ZERO)
WAITS_S = (5, 15, 60, 110, 130, 130, 250, 310)
"""Also shortly before and after the plan's gap rules change."""
TRIES_S = 60
AGAIN_S = 4
CHOICES = (
    Choice(ChoiceKind.REST_OF_STEP),
    Choice(ChoiceKind.SAME_STEP),
    Choice(ChoiceKind.BACK, 1),
    Choice(ChoiceKind.BACK, 2),
    Choice(ChoiceKind.START_OVER),
)


async def go_on(world: World, judge: Judge, chance: random.Random) -> Cost:
    """Somebody goes on from a hold, sooner or later, as loosely as the rules let; another does so as well."""
    await asyncio.sleep(chance.choice(WAITS_S))
    loosest = chance.randrange(2)
    until_s = asyncio.get_running_loop().time() + TRIES_S
    while asyncio.get_running_loop().time() < until_s and world.alive:
        _heard(world)
        if world.state.phase is Phase.OBSERVING:
            world.act(inp.ConfirmPatient, by="Ann", patient=PATIENT)
            world.act(inp.ConfirmRunning, by="Ann")
        if world.state.phase is not Phase.HELD or _gone_on(world, judge, CHOICES[loosest:]):
            break
        await asyncio.sleep(AGAIN_S)
    return FREE


def _heard(world: World) -> None:
    """Everything that sounds is acknowledged before anything is done about it."""
    for alarm, view in tuple(world.state.alarms.items()):
        if view.acknowledged_ms is None:
            world.act(inp.Acknowledge, by="Ann", alarm=alarm)


def _gone_on(world: World, judge: Judge, choices: tuple[Choice, ...]) -> bool:
    """Answer what is asked, then go on; whether it was accepted."""
    world.act(inp.ConfirmPatient, by="Ann", patient=PATIENT)
    world.act(inp.Assess, by="Ann")
    if world.state.doubts.jumps:
        world.act(inp.ClassifyCounter, by="Ann", how=Explanation.GIVEN, text="seen")
    for choice in choices:
        go: dict[str, Any] = {"choice": choice, "witness": "Bob", "released": True}
        if world.act(inp.Resume, by="Ann", reason="well", **go)[0]:
            again, _ = world.act(inp.Resume, by="Cleo", reason="me too", **go)
            judge.must("person", not again, lambda: "two people went on at once")
            return True
    if unsettled(world.state):
        world.act(inp.SettleStep, by="Ann", how=Settlement.CREDIT, reason="seen")
    return False


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
        (inp.Assess, {"by": " "}),
        (inp.ConfirmPatient, {"by": "Ann", "patient": "SOMEBODY-ELSE"}),
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
    cost = Cost(stops=True, over_ml=world.bounds.stop_ml(rate_of(world)))
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


async def at_once(world: World, judge: Judge, chance: random.Random) -> Cost:
    """One person goes on from a hold while another presses STOP, a moment before or after."""
    cost = Cost(stops=True, over_ml=world.bounds.stop_ml(bounds.rate_max_ml_h(world.plan)))
    if not world.alive:
        return FREE
    before, hold = judge.dose(), {"by": "Bob", "reason": "look"}
    world.act(inp.HoldNow, **hold)
    judge.struck(cost, before)
    await asyncio.sleep(chance.choice([4, 8]))
    if not _lives(world):
        return FREE
    if chance.random() < 0.5:
        world.act(inp.HoldNow, **hold)
        _gone_on(world, judge, CHOICES)
        return FREE
    _gone_on(world, judge, CHOICES)
    await asyncio.sleep(chance.choice([0, 0.1, 1]))
    before = judge.dose()
    if _lives(world):
        world.act(inp.HoldNow, **hold)
    judge.struck(cost, before)
    return FREE


def _lives(world: World) -> bool:
    """Asked anew after a wait."""
    return world.alive


async def late_press(world: World, judge: Judge, chance: random.Random) -> Cost:
    """Somebody decides on a screen that has changed since: what gives more drug is refused."""
    if not world.alive:
        return FREE
    seen = world.state.screen
    await asyncio.sleep(chance.choice([5, 30]))
    if not _lives(world) or world.state.screen == seen:
        return FREE
    go: dict[str, Any] = {"by": "Ann", "reason": "well", "witness": "Bob", "seen": seen}
    accepted, answer = world.act(inp.Resume, choice=Choice(ChoiceKind.REST_OF_STEP), **go)
    judge.must("person", not accepted, lambda: f"a resume decided on an older screen was accepted: {answer}")
    return FREE


async def late_reaction(world: World, judge: Judge, chance: random.Random) -> Cost:
    """The patient reacts; somebody says so a while later, unless the vital signs were quicker."""
    await world.do(do="react", grade=chance.choice([2, 3]), onset_s=0)
    await asyncio.sleep(chance.choice([5, 40, 100]))
    cost = Cost(stops=True, over_ml=world.bounds.stop_ml(rate_of(world)))
    before = judge.dose()
    if not world.alive:
        await world.do(do="press", key="stop")
    else:
        world.act(inp.ReportReaction, by="Ann", grade=chance.choice(list(Grade)), text="flush", minutes_ago=1)
    judge.struck(cost, before)
    return FREE


async def unsaid_reaction(world: World, _judge: Judge, chance: random.Random) -> Cost:
    """The patient reacts and nobody says so: only the vital signs tell."""
    await world.do(do="react", grade=chance.choice([2, 3]), onset_s=0)
    await asyncio.sleep(chance.choice([120, 200]))
    return FREE


async def away(_world: World, judge: Judge, chance: random.Random) -> Cost:
    """The nurse is called elsewhere: nobody assesses, nobody hangs a bag."""
    if judge.nurse is None:
        return FREE
    judge.nurse.away, judge.away_s = True, asyncio.get_running_loop().time()
    await asyncio.sleep(chance.choice([60, 200]))
    judge.nurse.away, judge.away_s = False, None
    return FREE


async def wrong_cable(world: World, judge: Judge, chance: random.Random) -> Cost:
    """The cable is put into another patient's pump, and somebody who has not seen it goes on.

    Not where a model has no serial number: there nobody can tell (`swapped`).
    """
    if not world.alive or not world.bounds.pump.has_serial_number:
        return FREE
    judge.lies = True
    judge.struck(Cost(stops=True, over_ml=dead_ml(world)), judge.dose())
    way = {"in_sight": False, "in_way": True}
    judge.begins(**way)
    try:
        with exchanged(world):
            for _ in range(chance.choice([2, 4, 8])):
                await asyncio.sleep(AGAIN_S)
                if not _lives(world) or (world.state.phase is Phase.HELD and _gone_on(world, judge, CHOICES)):
                    break
            await asyncio.sleep(AGAIN_S)
    finally:
        judge.ends(**way)
    return FREE


PEOPLE = {
    act.__name__: act
    for act in (go_on, wrong, twice, at_once, late_press, late_reaction, unsaid_reaction, away, wrong_cable)
}
"""Every act of people by its name."""
