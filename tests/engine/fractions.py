"""Plans and runs with a fraction rule: a reaction in any step, and what is resumed after it (F2)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from functools import cache

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.decide import Decision
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.plan import Plan
from daemon.protocols.rules import (
    Choice,
    ChoiceKind,
    Grade,
    HoldCause,
    ResumeRule,
    StretchRule,
    Then,
    ThenKind,
)
from simulators.campaign.engine.checks import check
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.lines import flush
from tests.engine.plans import BACK, BACK_2, OVER, SAME, published, rules, small
from tests.engine.stories import FAST

D = Decimal
HALF = Choice(ChoiceKind.FRACTION, 0, D("0.5"))
QUARTER = Choice(ChoiceKind.FRACTION, 0, D("0.25"))
THEN_SAME = Then(ThenKind.SAME_STEP)
THEN_BACK = Then(ThenKind.BACK, 1)
THEN_REPEAT = Then(ThenKind.REPEAT)
SLOW = Timing(poll_ms=1_400, latency_ms=60, tick_ms=2_000)


def mild(
    then: Then,
    minutes: str = "10",
    *,
    times: int = 3,
    allow: tuple[Choice, ...] = (SAME, HALF, QUARTER, BACK, BACK_2, OVER),
    first: tuple[Choice, ...] = (),
) -> ResumeRule:
    """What a mild reaction allows; any other reaction goes by the rules of the plan."""
    return ResumeRule(HoldCause.REACTION, Grade.MILD, allow, times, StretchRule(D(minutes), then), first)


def with_rule(plan: Plan, rule: ResumeRule) -> Plan:
    """The plan with this rule in place of its own."""
    others = tuple(one for one in plan.rules.resume if one.key != rule.key)
    return replace(plan, rules=replace(plan.rules, resume=(rule, *others)))


def little(rule: ResumeRule, **changes: object) -> Plan:
    """The small world with this rule and room for more than its dose."""
    ceilings = replace(rules().ceilings, max_total_dose=D(1000))
    return with_rule(small(**{"ceilings": ceilings, **changes}), rule)


def castells(rule: ResumeRule) -> Plan:
    """The published plan with this rule and room for repeated steps."""
    plan = with_rule(published("castells-12-step"), rule)
    return replace(
        plan, rules=replace(plan.rules, ceilings=replace(plan.rules.ceilings, max_total_dose=D(900)))
    )


@cache
def _walked(rule: ResumeRule) -> dict[int, World]:
    """Castells in the middle of every step, each a world of its own."""
    world = World(castells(rule), timing=SLOW).start()
    found: dict[int, World] = {}
    for step in world.state.plan.steps:
        while world.state.step != step.number or not world.state.begun:
            world.run(5_000)
        world.run(int(min(step.minutes, D(60)) * 24_000))
        found[step.number] = deepcopy(world)
    return found


def reacted_in(rule: ResumeRule, step: int) -> World:
    """Castells held for a mild reaction in the middle of this step."""
    return held(deepcopy(_walked(rule)[step]))


def at_step(plan: Plan, step: int, *, seconds: int = 60) -> World:
    """A run so far into a step, in the ordinary way."""
    world = World(plan, timing=FAST).start()
    while world.state.step != step or not world.state.begun:
        world.run(5_000)
    world.run(seconds * 1_000)
    return world


def held(world: World) -> World:
    """A mild reaction, the pump seen stopped and disarmed; what flows from here on is measured anew."""
    assert world.phase() is Phase.INFUSING, world.why()
    world.react(Grade.MILD)
    world.run(6_000)
    assert world.phase() is Phase.HELD, world.why()
    world.forget_peak()
    return world


def dose_rate(world: World, step: int) -> Decimal:
    """Dose per hour the plan orders in a step."""
    planned = world.state.plan.step(step)
    return planned.rate_ml_h * world.state.plan.solution(planned.solution).concentration


def go_on(world: World, choice: Choice) -> None:
    """Say that nobody flushed the line, and resume with this choice, which must be allowed."""
    if world.state.line.asked:
        flush(world, FlushTo.NOBODY)
    answer = world.resume(choice)
    assert not answer.startswith("no: "), answer


def to_the_end_of_the_stretch(world: World) -> tuple[Decimal, Decimal]:
    """Live until the present stretch is over; peak dose per hour and dose that had flowed at that moment."""
    stretch = world.state.stretch
    assert stretch is not None
    found: list[tuple[Decimal, Decimal]] = []

    def watch(before: RunState, given: inp.Input, decision: Decision, now: int) -> None:
        check(before, given, decision, now)
        if any(isinstance(event, ev.StretchEnded) for event in decision.events):
            found.append((world.peak_dose_rate, world.flowed_dose()))

    world.judge = watch
    end = world.now + 3 * stretch.goal_ms
    while not found:
        assert world.now < end, world.why()
        world.run(1_000)
    world.judge = check
    return found[0]


def allowed(world: World) -> tuple[Choice, ...]:
    return resume.options(world.state, world.now).allowed


def why_not(world: World) -> str:
    return "; ".join(resume.options(world.state, world.now).refused)


def replays(world: World) -> None:
    """replay == live, for the engine and for what the guard grants."""
    state, guard = world.replayed()
    assert state == world.state
    assert (guard.place, guard.bound) == (world.guard.place, world.guard.bound)
