"""An unknown time off: when it is known again, and what it makes of the bags (F4, F19, F20)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import gap, resume
from daemon.engine import inputs as inp
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.protocols.rules import GapAction
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, hold, lined
from tests.engine.plans import OVER, REST, rules

D = Decimal


def unknown(world: World) -> bool:
    return world.state.gap.unknown


def observed(step: int = 1, seconds: int = 60) -> World:
    """A host came back without a clock within moments; the pump ran on, and a person confirms it."""
    world = at_step(lined("0"), step, seconds)
    world.restart(0, gap_known=False)
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING, world.why()
    world.match()
    world.do(inp.Assess)
    world.measure()
    answer = world.do(inp.ConfirmRunning)
    assert not answer.startswith("no: "), answer
    return world


@pytest.mark.parametrize("step", [1, 2])
def test_f19_f20_delivery_proven_after_an_unknown_time_ends_it(step: int) -> None:
    """F19, F20: 60 s and a unit of proven delivery: the next bag is no resume over an unknown gap."""
    world = observed(step)
    assert unknown(world)
    world.run(45_000)
    assert unknown(world), "not before it is proven"
    world.run(60_000)
    assert not unknown(world)
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(10_000)
    assert world.phase() is Phase.AWAITING_SOLUTION, world.why()
    world.run(90_000)
    assert world.phase() is Phase.INFUSING, world.why()


def test_f20_nobody_confirmed_what_runs_and_the_time_stays_unknown() -> None:
    """F20: an observed run proves nothing to anybody: at the hold that ends it the strictest rule holds."""
    world = at_step(lined("0", ceilings=replace(rules().ceilings, unattended_max_min=D(15))), 1, 60)
    world.restart(0, gap_known=False)
    world.run(100_000)
    assert world.phase() is Phase.OBSERVING, world.why()
    assert unknown(world)
    world.run_until(Phase.HELD)
    assert unknown(world)
    assert resume.options(world.state, world.now).allowed == ()


def rebooted() -> World:
    """Held in step 2, and the host is away for a time that no clock tells."""
    world = hold(at_step(lined("2"), 2))
    flush(world, FlushTo.NOBODY)
    world.restart(0, gap_known=False)
    world.run(3_000)
    world.match()
    world.do(inp.Assess)
    world.measure()
    world.run(1_000)
    return world


def test_f4_f20_the_time_entered_is_taken_off_what_the_bags_have_left() -> None:
    """F4, F20: off for 3 min by two persons' word, a minute of it seen: so much earlier the bag expires."""
    world = rebooted()
    before, seen_ms = world.state.expires_ms["A"], gap.proven_ms(world.state, world.now)
    assert not world.do(inp.EnterTime, minutes_ago=D(3), witness="bob").startswith("no: ")
    unattended_ms = int(world.state.plan.rules.ceilings.unattended_max_min * 60_000)
    assert world.state.expires_ms["A"] == before - (180_000 - seen_ms) - unattended_ms
    assert not world.resume(REST).startswith("no: ")
    assert world.phase() is Phase.INFUSING


def test_f4_f20_a_time_too_long_for_the_bag_ends_its_use() -> None:
    """F4, F20: 4 min are left on the bag by what was watched, and the drug was off for 4 min more."""
    world = rebooted()
    left_ms = 240_000 + int(world.state.plan.rules.ceilings.unattended_max_min * 60_000)
    world.state = replace(world.state, expires_ms={"A": world.now + left_ms})
    assert not world.do(inp.EnterTime, minutes_ago=D("4.5"), witness="bob").startswith("no: ")
    assert world.resume(REST).startswith("no: ")


def test_f4_f20_where_nobody_tells_the_time_the_bags_label_is_read_again() -> None:
    """F4, F20: the gap's strictest rule lets the plan start over, and A must say how old it is."""
    rules_ = rules()
    never = tuple(
        replace(rule, action=GapAction.START_OVER) if rule.action is GapAction.ABANDON else rule
        for rule in rules_.gap.rules
    )
    plan = lined(
        "2", gap=replace(rules_.gap, rules=never), ceilings=replace(rules_.ceilings, max_total_dose=D(300))
    )
    world = hold(at_step(plan, 1))
    world.nurse_on = False
    flush(world, FlushTo.NOBODY)
    world.restart(0, gap_known=False)
    world.run(3_000)
    world.match()
    world.do(inp.Assess)
    world.measure()
    world.run(1_000)
    assert not world.resume(OVER, witness="bob").startswith("no: ")
    world.run(5_000)
    assert world.phase() is Phase.AWAITING_SOLUTION
    old = {**world.label("A"), "made_min": world.state.plan.solution("A").stable_h * 60}
    assert "made" in world.do(inp.ConfirmSolution, **old)
    world.run(5_000)
    assert world.phase() is Phase.AWAITING_SOLUTION
    world.match()
    assert not world.hang("A").startswith("no: ")
    world.do(inp.ConfirmLine)
    world.run(5_000)
    assert world.phase() is Phase.INFUSING, world.why()
    state, _ = world.replayed()
    assert state == world.state
