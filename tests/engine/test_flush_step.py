"""A flush as the plan's last step: gated, counted and guarded like any other (F30)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, ChoiceKind
from drivers.values import PumpAlarm
from simulators.campaign.engine.world import World
from tests.engine.lines import flush as flushed
from tests.engine.lines import hold, lined
from tests.engine.plans import bag, steps_of
from tests.engine.stories import FAST

D = Decimal


def flushing(rate: str = "30", *, percent: int | None = 90) -> Plan:
    """The small lined plan, and 2.5 mL without drug behind its last bag; 20 mg were primed into the line."""
    plan = lined("2", empty_from_percent=D(percent) if percent is not None else None)
    saline = replace(bag("F", "50", "0"), dead_volume_ml=D(2), primed=False, flush=True)
    bags = (*plan.solutions, saline)
    steps = (*plan.steps, steps_of((("F", rate, "5"),), bags)[0])
    last = replace(steps[-1], number=4, dose=D(20), cumulative=D(85), exposure=D(20))
    ceilings = replace(plan.rules.ceilings, max_total_dose=D(90), max_dose_rate_h=D(400))
    rules = replace(plan.rules, ceilings=ceilings)
    return replace(plan, solutions=bags, steps=(*steps[:-1], last), rules=rules)


def nursed(plan: Plan) -> World:
    """A run whose nurse hangs the flush into the line that is there."""
    world = World(plan, timing=FAST).start()
    while world.state.step < 4:
        world.run(1_000)
    world.priming = False
    return world


def test_f30_the_flush_gives_what_the_line_held_and_counts_it() -> None:
    """F30: 20 mg more at the patient; the pump's account has them, and the line is empty of drug."""
    world = nursed(flushing())
    before = world.side.reached
    world.run_until(Phase.AFTER_WATCH)
    world.run(5_000)
    assert abs(world.side.reached - before - 20) < D("0.6")
    told = view(world.state, world.now)
    for account in ("dose", "exposure"):
        assert told[account]["low"] <= world.side.reached <= told[account]["high"]
    assert told["line"]["dose"]["high"] < 1
    assert world.guard.uncounted.given == 20


def test_f30_the_flush_is_no_faster_at_the_patient_than_the_last_dose() -> None:
    """F30: at most the last step's dose per hour comes out; the same rate is not above it."""
    world = nursed(flushing())
    world.side.peak_h = D(0)
    world.run_until(Phase.AFTER_WATCH)
    assert 0 < world.side.peak_h <= world.state.plan.step(3).dose_rate_h + D("1e-9")


def test_f30_a_flush_ordered_too_fast_is_not_begun() -> None:
    """F30: a plan that says 31 mL/h where 30 were tolerated never starts its flush."""
    world = nursed(flushing("31"))
    world.nurse_on = False
    world.run(3_000)
    assert world.hang("F").startswith("no: the line may still hold B")
    before = world.side.reached
    world.run(120_000)
    assert "line:stronger" in world.state.gate_shut
    assert world.side.reached == before


def test_f30_the_flush_is_gated_like_any_step() -> None:
    """F30: a shut gate keeps the pump standing; a reaction in the flush holds, and no fraction is offered."""
    world = nursed(flushing())
    world.missing.update(world.vitals)
    world.measure()
    before = world.side.reached
    world.run(50_000)
    assert not world.state.running
    assert world.side.reached == before
    world.missing.clear()
    world.measure()
    world.run(60_000)
    assert world.phase() is Phase.INFUSING, world.why()
    hold(world)
    flushed(world, FlushTo.NOBODY)
    kinds = {choice.kind for choice in resume.options(world.state, world.now).allowed}
    assert ChoiceKind.FRACTION not in kinds
    assert not world.resume(Choice(ChoiceKind.REST_OF_STEP)).startswith("no: ")
    world.run_until(Phase.AFTER_WATCH)


def test_f30_without_a_flush_the_line_keeps_its_drug_and_says_so() -> None:
    """F30: nothing is flushed: 20 mg stay in the line, and both accounts agree that they were not given."""
    world = World(lined("2"), timing=FAST).start()
    world.run_until(Phase.AFTER_WATCH)
    world.run(5_000)
    told = view(world.state, world.now)
    assert world.side.held == 20
    assert told["line"]["dose"] == {"low": 20, "high": 20}
    assert told["exposure"]["low"] <= world.side.reached <= told["exposure"]["high"]


@pytest.mark.parametrize(("percent", "taken"), [(90, False), (50, True), (None, False)])
def test_f30_from_where_on_a_bag_is_empty_is_ordered(percent: int | None, *, taken: bool) -> None:
    """F30: with 60 % of the step in: refused where 90 are ordered, taken where 50 are, never unordered."""
    plan = flushing(percent=percent)
    steps = tuple(replace(step, until_empty=step.number == 3) for step in plan.steps)
    bags = tuple(replace(one, volume_ml=D(5)) if one.id == "B" else one for one in plan.solutions)
    world = World(replace(plan, steps=steps, solutions=bags), timing=FAST).start()
    while world.state.step < 3 or world.state.step_given().low < 3:
        world.run(1_000)
    world.pump.stop()
    world.pump.alarms.add(PumpAlarm.EMPTY)
    world.run(6_000)
    assert world.phase() is Phase.HELD
    flushed(world, FlushTo.NOBODY)
    answer = world.do(inp.ConfirmEmpty)
    assert answer.startswith("no: ") is not taken
    if taken:
        assert "step 4 is next" in answer
        assert str(world.phase()) == Phase.AWAITING_SOLUTION
