"""A plan whose dose is its own ceiling: it completes, and not a millilitre passes the ceiling (F11, F34)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.phases import Phase
from daemon.guard.guard import Grant, GrantKind, Guard
from daemon.guard.watched import Watched
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Ceilings
from drivers.registry import PUMPS
from drivers.values import Motion, PumpReading, PumpSetting
from simulators.campaign.engine.several import Several
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import SMALL_BAGS, bag, plan_of, small
from tests.guard.one_pump import PUMP

D = Decimal
WIRES = [Timing(300), Timing(1_000), Timing(350, 300), Timing(300, 40, 700)]
MOST = D(65)
"""The dose of the small plan."""


def to_the_ceiling(plan: Plan) -> Plan:
    """The same with its own dose as the highest total."""
    ceilings = replace(plan.rules.ceilings, max_total_dose=plan.steps[-1].cumulative)
    return replace(plan, rules=replace(plan.rules, ceilings=ceilings))


@pytest.mark.parametrize("bed", [World, Several])
@pytest.mark.parametrize("timing", WIRES, ids=str)
def test_f11_a_plan_up_to_its_ceiling_completes_and_stays_under_it(bed: type[World], timing: Timing) -> None:
    """F11: no hold, no alarm; what it ends short by lies within the tolerance of its step and is told."""
    world = bed(to_the_ceiling(small()), timing=timing).start()
    world.run_until(Phase.AFTER_WATCH, Phase.HELD)
    world.run(5_000)
    assert world.phase() is Phase.AFTER_WATCH, world.why()
    assert world.alarms() == []
    last = [event for event in world.seen(ev.StepEnded) if isinstance(event, ev.StepEnded)][-1]
    flowed = world.flowed_dose()
    assert flowed <= MOST
    assert MOST - flowed <= D("0.5") * 10, "F21: 10 % of the step"
    assert last.given.low <= world.flowed_ml("B")
    assert world.pump.limit_ends == 0, "F16"


@pytest.mark.parametrize("seconds", range(0, 60, 7))
def test_f11_a_hold_in_the_last_slice_leaves_the_ceiling_whole(seconds: int) -> None:
    """F11: held and resumed at the end, each time with a little more doubt: never more than the ceiling."""
    world = World(to_the_ceiling(small()), timing=Timing(700)).start()
    world.run(700_000)
    world.run_until(Phase.INFUSING)
    while world.state.account.proven_ms < 540_000:
        world.run(1_000)
    world.run(seconds * 1_000)
    if world.phase() is Phase.INFUSING:
        world.restart(4_000)
        world.run(8_000)
    world.run_until(Phase.AFTER_WATCH, Phase.HELD)
    world.run(5_000)
    assert world.flowed_dose() <= MOST


def test_f11_a_ceiling_far_below_the_step_is_a_hold_with_its_reason() -> None:
    """F11: a tenth of the step and more is lacking: no third restart, a person decides."""
    world = World(small(ceilings=Ceilings(D(300), D(65), D(3), D(2), D(72))), timing=Timing(300)).start()
    world.run(700_000)
    world.run_until(Phase.INFUSING)
    lower = replace(world.state.plan.rules.ceilings, max_total_dose=D(50))
    plan = replace(world.state.plan, rules=replace(world.state.plan.rules, ceilings=lower))
    world.state = replace(world.state, plan=plan)
    world.run_until(Phase.HELD, Phase.AFTER_WATCH, Phase.WAITING_GATE)
    assert world.phase() is Phase.HELD, world.why()
    assert world.state.hold is not None
    assert "nothing more to give" in world.state.hold.reasons[0]
    assert world.flowed_dose() <= D(50)


def test_f11_a_bag_that_holds_just_its_steps_is_enough() -> None:
    """F11: the same of a bag: 5 mL in it, 5 mL ordered."""
    bags = (SMALL_BAGS[0], bag("B", "5", "10"))
    world = World(plan_of((("A", "60", "1"), ("B", "30", "10")), bags), timing=Timing(300)).start()
    world.run_until(Phase.AFTER_WATCH, Phase.HELD)
    assert world.phase() is Phase.AFTER_WATCH, world.why()
    assert world.flowed_ml("B") <= 5


@pytest.mark.parametrize("model", ["dianet-star", "alaris-asena", "ne-1000"])
def test_f11_f34_the_guard_counts_what_runs_on_until_the_new_limit_is_taken(model: str) -> None:
    """F34: 60 mL/h for the second of the guard and the answer the pump may owe; standing, not a drop."""
    caps = PUMPS[model].capabilities
    late_ml = D(60) * (1 + caps.reply_limit_s) / 3600
    plan = small(ceilings=Ceilings(D(300), D(4), D(3), D(2), D(72)))
    runs = PumpReading(Motion.INFUSING, D(60), D(1), D(3), remote=True)
    stands = replace(runs, motion=Motion.STOPPED)
    for reading, least in ((runs, late_ml), (stands, D(0))):
        guard = Guard(plan=plan, pumps={PUMP: Watched(caps, frozenset({"A", "B"}), "A")})
        guard = guard.see(PUMP, replace(stands, counter_ml=D(0)), 0).see(PUMP, reading, 180_000)
        room = D(1) - least
        kind = GrantKind.RENEW if reading is runs else GrantKind.START
        for more, lets in ((D("-0.001"), True), (D("0.001"), False)):
            grant = Grant(kind, PumpSetting(D(60), room + more), 1, "A", PUMP)
            assert ("exceed" not in guard.refuse(grant)) is lets, (model, reading.motion, more)
