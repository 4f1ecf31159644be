"""A fraction of the last tolerated dose rate, seen from the patient (F2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.engine import fraction, resume
from daemon.engine.phases import Phase
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import Choice, ChoiceKind, Grade, Then
from drivers.values import Motion
from simulators.campaign.engine.world import DIANET, World
from tests.engine.fractions import (
    HALF,
    QUARTER,
    THEN_BACK,
    THEN_REPEAT,
    THEN_SAME,
    allowed,
    at_step,
    castells,
    dose_rate,
    go_on,
    held,
    little,
    mild,
    reacted_in,
    replays,
    to_the_end_of_the_stretch,
    why_not,
)
from tests.engine.plans import BACK, BACK_2, OVER, REST, SAME, bag, plan_of, pump, rules
from tests.engine.stories import FAST

D = Decimal
STEPS = range(2, 13)
UNPROVABLE = {(QUARTER, step) for step in (2, 5)}
"""In 30 minutes or in one grant these give too few units of the counter; the choice is refused (F5, F25)."""
THENS = (THEN_SAME, THEN_BACK, THEN_REPEAT)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("choice", "then"), [*((HALF, then) for then in THENS), (QUARTER, THEN_SAME)], ids=str
)
def test_f2_a_reaction_in_every_step_of_castells(choice: Choice, then: Then, step: int) -> None:
    """F2: the patient gets at most f x the dose per hour of the step before, less than he reacted to."""
    world = reacted_in(mild(then, "30", times=2), step)
    tolerated, reacting = dose_rate(world, step - 1), dose_rate(world, step)
    given = world.flowed_dose()
    assert (choice in allowed(world)) is ((choice, step) not in UNPROVABLE)
    if choice not in allowed(world):
        assert world.resume(choice).startswith("no: ")
        return
    go_on(world, choice)
    peak, flowed = to_the_end_of_the_stretch(world)
    assert D(0) < peak <= choice.part * tolerated
    assert peak < reacting
    unit = (
        DIANET.rate_step_ml_h * world.state.plan.solution(world.state.plan.step(step).solution).concentration
    )
    assert peak > choice.part * tolerated - unit, "rounded down by one step of the pump at most"
    assert flowed - given <= choice.part * tolerated * D("0.51"), "30 minutes, and until the next readback"
    world.run(60_000)
    assert "held_guard" not in world.alarms()
    replays(world)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("choice", [SAME, BACK], ids=str)
def test_f2_no_other_choice_gives_more_than_was_reacted_to(choice: Choice, step: int) -> None:
    """F2: also without a fraction no resume gives more per hour than the reacting step."""
    world = reacted_in(mild(THEN_SAME, "30", times=2), step)
    target = resume.target_step(world.state, choice)
    if choice not in allowed(world):
        assert choice.steps >= step
        return
    go_on(world, choice)
    world.run(300_000)
    assert world.peak_dose_rate == dose_rate(world, target) <= dose_rate(world, step)


def test_f2_step_9_of_castells_is_2_ml_per_hour_of_bag_3() -> None:
    """F2: half of 9.6 mg/h is 4.8 mg/h: 2.01 mL/h of bag 3, never the 20 mL/h that would be 47.6 mg/h."""
    world = reacted_in(mild(THEN_SAME, "30", times=2), 9)
    go_on(world, HALF)
    world.run(60_000)
    assert world.pump.bag == "bag-3"
    assert world.pump.rate_ul_h == 2_010
    assert world.peak_dose_rate == D("2.01") * D("2.3811")
    coarse = World(castells(mild(THEN_SAME, "30")), pump(rate_step_ml_h=D("0.1")))
    state = replace(coarse.state, completed=8, step=9, begun=True, last_step=9)
    stretch = fraction.offer(state, HALF, mild(THEN_SAME, "30"), 9)
    assert isinstance(stretch, Stretch)
    assert (stretch.rate_ml_h, stretch.goal_ml, stretch.goal_ms) == (D("2.0"), D(1), 1_800_000)


NUMBERS = st.decimals(D("0.1"), D(500), places=2)
STRENGTHS = st.decimals(D("0.001"), D(50), places=5).map(lambda number: number / 7)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.decimals(D("0.01"), D("0.99"), places=4), NUMBERS, NUMBERS, STRENGTHS, STRENGTHS, st.booleans())
def test_f2_the_rate_is_rounded_down_and_by_less_than_one_step(
    part: Decimal, before: Decimal, now: Decimal, weak: Decimal, strong: Decimal, one_bag: bool
) -> None:
    """F2: exact for any concentration: never above f x tolerated, never a whole step of the pump below."""
    bags = (bag("A", "9000", str(weak)), bag("B", "9000", str(strong)))
    second = "A" if one_bag else "B"
    plan = plan_of((("A", str(before), "30"), (second, str(now), "30")), bags, rules())
    state = replace(World(plan).state, completed=1, step=2, begun=True, last_step=2)
    stretch = fraction.offer(state, Choice(ChoiceKind.FRACTION, 0, part), mild(THEN_SAME, "600"), 2)
    if isinstance(stretch, str):
        return
    here, most = plan.solution(second).concentration, part * before * weak
    close = D("1e-20")
    assert stretch.rate_ml_h * here <= most + close
    assert (stretch.rate_ml_h + DIANET.rate_step_ml_h) * here > most - close
    assert stretch.rate_ml_h % DIANET.rate_step_ml_h == 0
    assert stretch.rate_ml_h < now
    if one_bag and part * before % DIANET.rate_step_ml_h == 0:
        assert stretch.rate_ml_h == part * before


def test_f2_the_same_bag_is_exact() -> None:
    """F2: half of 60 mL/h of the same bag is 30 mL/h, whatever its concentration rounds to."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    go_on(world, HALF)
    world.run(30_000)
    assert world.pump.rate_ul_h == 30_000
    assert world.peak_dose_rate == D(30)


@pytest.mark.parametrize("stated", [False, True])
def test_f2_a_rate_under_the_minimum_of_the_pump_refuses_the_choice(stated: bool) -> None:
    """F2: 6 mL/h of B on a pump that starts at 7: refused with the reason; back is still there."""
    caps = DIANET if stated else pump(rate_min_ml_h=D(7))
    world = World(little(mild(THEN_SAME)), caps, FAST)
    if stated:
        world.channel.identity = replace(world.channel.identity, rate_min_ml_h=D(7))
    world.start()
    while world.state.step != 3 or not world.state.begun:
        world.run(5_000)
    world.run(60_000)
    held(world)
    assert allowed(world) == (SAME, BACK, BACK_2, OVER)
    assert "at least 7 mL/h" in why_not(world)
    assert "at least 7 mL/h" in world.resume(HALF)
    assert world.motion() is Motion.STOPPED


@pytest.mark.parametrize(
    ("minutes", "changes", "told"),
    [
        ("0.7", {}, "counter units"),
        ("10", {"limit_min_ml": D("0.9"), "counter_unit_ml": D("0.2")}, "one grant of 2 min"),
    ],
)
def test_f2_f25_a_stretch_the_pump_cannot_prove_is_refused(
    minutes: str, changes: dict[str, Decimal], told: str
) -> None:
    """F2, F25, F5: too few counter units, or no limit small enough for the unattended time."""
    world = World(little(mild(THEN_SAME, minutes)), pump(**changes))
    state = replace(world.state, completed=1, step=2, begun=True, last_step=2)
    reason = fraction.offer(state, HALF, mild(THEN_SAME, minutes), 2)
    assert told in str(reason)


def test_f2_a_fraction_that_is_not_less_than_the_reaction_is_refused() -> None:
    """F2: never as much per hour as was reacted to, also where a plan goes down between two steps."""
    rows = (("A", "120", "5"), ("A", "30", "5"), ("A", "60", "5"))
    plan = plan_of(rows, (bag("A", "100", "1"),), little(mild(THEN_SAME)).rules)
    world = held(at_step(plan, 2))
    assert HALF not in allowed(world)
    assert QUARTER not in allowed(world), "30 of 30 mL/h is not less"
    assert "not less than what was reacted to" in why_not(world)


@pytest.mark.parametrize(("first", "left"), [((), ()), ((SAME,), (SAME,)), ((OVER,), (OVER,))])
def test_f2_at_step_1_nothing_was_tolerated(first: tuple[Choice, ...], left: tuple[Choice, ...]) -> None:
    """F2: a reaction in step 1 allows only what is ordered for it, otherwise never."""
    world = held(at_step(little(mild(THEN_SAME, first=first)), 1))
    assert allowed(world) == left
    assert "before any step was completed" in why_not(world)
    assert world.resume(HALF).startswith("no: ")
    assert world.resume(BACK).startswith("no: ")


def test_f2_what_was_tolerated_in_an_earlier_ascent_does_not_count() -> None:
    """F2: after starting over, step 1 has nothing before it again; after going back, only what lies below."""
    plan = little(mild(THEN_SAME, times=9))
    world = held(at_step(plan, 3))
    assert world.state.tolerated_step == 2
    world.resume(OVER, witness="bob")
    world.run_until(Phase.INFUSING)
    world.run(60_000)
    held(world)
    assert world.state.tolerated_step == 0
    assert allowed(world) == ()
    world = held(at_step(plan, 3))
    go_on(world, BACK)
    world.run_until(Phase.INFUSING)
    world.run(60_000)
    held(world)
    assert world.state.tolerated_step == 1
    go_on(world, HALF)
    world.run(60_000)
    assert world.peak_dose_rate == D(30)


def test_f2_a_step_that_was_gone_back_over_is_not_tolerated_any_more() -> None:
    """F2: back from step 3 to 2, and a reaction before step 2 begins: only step 1 counts."""
    ceilings = replace(rules().ceilings, unattended_max_min=D(5), max_total_dose=D(1000))
    plan = little(mild(THEN_SAME, "20", times=9), reactions_per_step_max=9, ceilings=ceilings)
    world = held(at_step(plan, 3))
    world.nurse_on = False
    go_on(world, BACK)
    world.run(5_000)
    assert world.phase() is Phase.AWAITING_SOLUTION
    world.react(Grade.MILD)
    world.run(5_000)
    assert world.state.tolerated_step == 1
    world.match()
    world.nurse_on = True
    go_on(world, HALF)
    world.run_until(Phase.INFUSING)
    world.run(60_000)
    assert (world.state.step, world.pump.bag) == (2, "A")
    assert "held_guard" not in world.alarms()
    assert world.peak_dose_rate == D(30)


def test_f2_a_gap_rule_that_orders_more_wins() -> None:
    """F19, F2: back=1 for the gap is stricter than any fraction."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    world.run(6 * 60_000)
    assert allowed(world) == (BACK,)


def test_f2_the_strictness_of_choices() -> None:
    """F2: same_step < fraction < back; of two fractions the smaller is the stricter."""
    mixed = [OVER, QUARTER, REST, BACK_2, HALF, BACK, SAME]
    order = [REST, SAME, HALF, QUARTER, BACK, BACK_2, OVER]
    assert sorted(mixed, key=lambda choice: choice.strictness) == order
    assert resume.strictest(((SAME, BACK), (HALF, BACK))) == (HALF, BACK)
    assert resume.strictest(((HALF, BACK), (QUARTER, BACK))) == (QUARTER, BACK)
    assert resume.strictest(((HALF, BACK), (BACK,))) == (BACK,)


def test_f2_from_the_second_step_the_way_back_is_the_first() -> None:
    """F2: a stretch after which one step back is ordered has one to go to there."""
    state = held(at_step(little(mild(THEN_BACK)), 2)).state
    (rule,) = (one for one in state.plan.rules.resume if one.key == "reaction:mild")
    found = fraction.offer(state, HALF, rule, 2)
    assert isinstance(found, Stretch), found
    assert fraction.after(2, found) == 1
    further = replace(rule, stretch=replace(rule.stretch, then=replace(THEN_BACK, steps=2)))  # type: ignore[type-var]
    assert isinstance(fraction.offer(state, HALF, further, 2), str)
