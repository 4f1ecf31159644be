"""A stretch at a fraction: what follows it, what interrupts it, what it counts (F2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.phases import Phase
from daemon.protocols.rules import Choice, GateAction, GateRule, Grade, HoldCause
from drivers.values import Motion, Signal
from simulators.campaign.engine.world import World
from tests.engine.fractions import (
    HALF,
    QUARTER,
    THEN_BACK,
    THEN_REPEAT,
    THEN_SAME,
    allowed,
    at_step,
    go_on,
    held,
    little,
    mild,
    reacted_in,
    replays,
    to_the_end_of_the_stretch,
    why_not,
)
from tests.engine.plans import BACK, OVER, REST, SAME, bag, plan_of, rules
from tests.engine.stories import FAST

D = Decimal


def test_f2_then_the_same_step_begins_whole() -> None:
    """F2: `then = "same_step"`: the reacting step from its beginning, at its rate, and on to the end."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    go_on(world, HALF)
    to_the_end_of_the_stretch(world)
    assert (world.state.step, world.state.begun, world.state.goal_ml) == (2, True, D(10))
    world.run(60_000)
    assert world.peak_dose_rate == D(120)
    world.run_until(Phase.COMPLETED)
    assert "held_guard" not in world.alarms()
    assert world.pump.limit_ends == 0
    replays(world)


def test_f2_then_a_step_back_over_a_bag_asks_for_bag_and_line() -> None:
    """F2, F4: `then = "back=1"` on another bag: stopped, hung, the line confirmed anew, then whole."""
    world = held(at_step(little(mild(THEN_BACK)), 3))
    go_on(world, HALF)
    world.nurse_on = False
    to_the_end_of_the_stretch(world)
    assert world.phase() is Phase.AWAITING_SOLUTION
    assert (world.state.step, world.state.line_by) == (2, "")
    world.run(30_000)
    assert world.motion() is Motion.STOPPED
    world.nurse_on = True
    world.run_until(Phase.INFUSING)
    world.run(30_000)
    assert world.pump.bag == "A"
    assert world.pump.rate_ul_h == 120_000
    world.run_until(Phase.COMPLETED)
    replays(world)


def test_f2_then_a_step_back_on_the_same_bag_goes_on_running() -> None:
    """F2: no bag to change: the step before begins whole on the running pump."""
    world = held(at_step(little(mild(THEN_BACK)), 2))
    go_on(world, HALF)
    world.run(5_000)
    starts = world.pump.starts
    to_the_end_of_the_stretch(world)
    world.run(10_000)
    assert (world.state.step, world.pump.rate_ul_h, world.pump.starts) == (1, 60_000, starts)
    assert world.state.tolerated_step == 0


@pytest.mark.parametrize("times", [1, 2, 4])
def test_f2_repeat_has_an_end_and_then_a_person_decides(times: int) -> None:
    """F2: `then = "repeat"`: so many stretches as the rule has times, then the run is held."""
    world = held(at_step(little(mild(THEN_REPEAT, "2", times=times)), 2))
    before = world.flowed_dose()
    go_on(world, HALF)
    world.run_until(Phase.HELD)
    world.run(5_000)
    assert len(world.seen(ev.StretchEnded)) == times
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.OPERATOR}
    assert world.peak_dose_rate == D(30)
    assert D(1) * times * D("0.9") <= world.flowed_dose() - before <= D(1) * times + D(1)
    assert world.state.stretch is None
    replays(world)
    assert SAME in allowed(world)
    go_on(world, SAME)
    world.run(60_000)
    assert (world.state.step, world.pump.rate_ul_h) == (2, 120_000)
    assert "held_guard" not in world.alarms()


def test_f2_repeated_stretches_use_the_rule_up() -> None:
    """F2: every stretch counts against `max_times` of the run, chosen or repeated."""
    world = held(at_step(little(mild(THEN_REPEAT, "2", times=2)), 2))
    go_on(world, HALF)
    world.run_until(Phase.HELD)
    world.run(5_000)
    go_on(world, SAME)
    while world.state.step != 3 or not world.state.begun:
        world.run(5_000)
    world.run(60_000)
    held(world)
    assert allowed(world) == ()
    assert "already resumed 2 times" in why_not(world)


@pytest.mark.parametrize("offered", [True, False])
def test_f11_f2_the_stretch_counts_before_it_is_offered(offered: bool) -> None:
    """F11, F2: what was given, 5 in the stretch, then steps 2 and 3: above the most it is refused."""
    world = held(at_step(little(mild(THEN_SAME)), 2, seconds=60))
    given = world.state.dose_given().high
    total = given + D(5) + D(10) + D(50)
    ceiling = total if offered else total - D("0.001")
    ceilings = replace(rules().ceilings, max_total_dose=ceiling)
    state = replace(world.state, plan=little(mild(THEN_SAME), ceilings=ceilings))
    left = resume.options(state, world.now)
    assert (HALF in left.allowed) is offered
    assert offered or f"{ceiling} is the most" in "; ".join(left.refused)


def test_f11_f2_repeated_stretches_count_all_at_once() -> None:
    """F11: of `repeat` all stretches that may follow are counted before the first."""
    world = held(at_step(little(mild(THEN_REPEAT, times=3)), 2))
    total = world.state.dose_given().high + 3 * D(5) + D(10) + D(50)
    for most, offered in ((total, True), (total - D("0.001"), False)):
        ceilings = replace(rules().ceilings, max_total_dose=most)
        state = replace(world.state, plan=little(mild(THEN_REPEAT, times=3), ceilings=ceilings))
        assert (HALF in resume.options(state, world.now).allowed) is offered


@pytest.mark.parametrize(("volume", "offered"), [("24", True), ("21.5", False)])
def test_f11_f2_the_stretch_is_drawn_from_its_bag(volume: str, offered: bool) -> None:
    """F11: a bag that would not hold the stretch and the steps after it refuses the choice."""
    rows = (("A", "60", "5"), ("A", "120", "5"), ("B", "30", "10"))
    plan = plan_of(rows, (bag("A", volume, "1"), bag("B", "100", "10")), little(mild(THEN_SAME)).rules)
    world = held(at_step(plan, 2, seconds=50))
    assert (HALF in allowed(world)) is offered
    assert offered or "a bag does not hold" in why_not(world)


def test_f11_f2_the_dose_of_the_stretch_is_in_every_account() -> None:
    """F11: the bag and the total count the stretch; the account holds the patient's truth."""
    world = held(at_step(little(mild(THEN_BACK)), 3))
    before = world.state.dose_given()
    go_on(world, HALF)
    to_the_end_of_the_stretch(world)
    world.run(10_000)
    given = world.state.dose_given()
    assert abs(given.low - before.low - D(10)) < D(2)
    assert given.low <= world.flowed_dose() <= given.high


@pytest.mark.parametrize("nearly", [REST, SAME])
def test_f2_a_stretch_that_is_interrupted_goes_on_as_a_stretch(nearly: Choice) -> None:
    """F2: rest_of_step and same_step inside a stretch mean the stretch, never the step at its own rate."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    go_on(world, HALF)
    world.run(300_000)
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    before = world.flowed_dose()
    go_on(world, nearly)
    peak, flowed = to_the_end_of_the_stretch(world)
    assert peak == D(30)
    assert abs(flowed - before - (D(5) if nearly is SAME else D("2.5"))) < D("0.3")
    assert (world.state.step, world.state.stretch) == (2, None)
    world.run(10_000)
    replays(world)


def test_f2_back_out_of_a_stretch_goes_below_it() -> None:
    """F2: step 2 gives 120 mg/h, the stretch 60: back=1 out of it may not lead there, but to step 1."""
    plan = little(mild(THEN_SAME))
    world = held(at_step(plan, 3))
    go_on(world, HALF)
    world.run(60_000)
    assert world.peak_dose_rate == D(60)
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    assert BACK in allowed(world)
    assert resume.target_step(world.state, BACK) == 1
    world.forget_peak()
    go_on(world, BACK)
    world.run_until(Phase.INFUSING)
    world.run(60_000)
    assert world.peak_dose_rate == D(60)
    assert "held_guard" not in world.alarms()


@pytest.mark.parametrize("choice", [REST, SAME, HALF, QUARTER, BACK, OVER], ids=str)
def test_f2_after_a_reaction_in_a_stretch_only_less_is_left(choice: Choice) -> None:
    """F2: whatever is chosen after it gives less per hour than the stretch did."""
    rule = mild(THEN_SAME, times=9, allow=(REST, SAME, HALF, QUARTER, BACK, OVER))
    world = held(at_step(little(rule, reactions_per_step_max=9), 3))
    go_on(world, HALF)
    world.run(60_000)
    stretch_rate = world.peak_dose_rate
    held(world)
    answer = world.resume(choice, witness="bob")
    if not answer.startswith("no: "):
        world.run(120_000)
    assert world.peak_dose_rate < stretch_rate


def test_f2_where_nothing_gives_less_nothing_is_left_but_a_way_out() -> None:
    """F2, F32: step 1 gives twice what the stretch did: only manual and abort remain, and they do."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    go_on(world, HALF)
    world.run(60_000)
    held(world)
    assert allowed(world) == ()
    assert "more per hour" in why_not(world)
    assert not world.do(inp.GoManual, reason="by hand").startswith("no: ")


@pytest.mark.parametrize("next_bag", [False, True])
def test_f2_f21_a_reaction_between_two_steps_belongs_to_the_one_that_gave(next_bag: bool) -> None:
    """F2, F21: step 2 is full and was reacted to: tolerated is step 1, with the bag of step 2."""
    world = World(little(mild(THEN_SAME)), timing=FAST).start()
    world.nurse_on = False
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(5_000)
    if next_bag:
        world.missing.add(Signal.HR)
        world.measure()
        world.nurse_on = True
        world.run(60_000)
        assert world.state.hung == "B"
        world.missing.clear()
        world.measure()
    world.react(Grade.MILD)
    world.run(5_000)
    assert world.state.tolerated_step == 1
    world.forget_peak()
    world.nurse_on = True
    world.match()
    go_on(world, HALF)
    world.run_until(Phase.INFUSING)
    world.run(60_000)
    assert (world.state.step, world.pump.bag, world.pump.rate_ul_h) == (2, "A", 30_000)
    to_the_end_of_the_stretch(world)
    world.run(30_000)
    assert (world.state.step, world.pump.rate_ul_h) == (2, 120_000)
    assert "held_guard" not in world.alarms()


def test_f16_f2_a_gate_shut_at_the_end_of_a_stretch_stops_and_then_does_what_follows() -> None:
    """F16, F2: full and the gate shut: stopped; when it opens the step begins whole."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    go_on(world, HALF)
    world.run(575_000)
    world.nurse_on = False
    world.missing.add(Signal.HR)
    world.run_until(Phase.WAITING_GATE, most_ms=120_000)
    assert world.seen(ev.StretchEnded)
    assert world.state.stretch is None
    world.run(3_000)
    assert world.motion() is Motion.STOPPED
    world.missing.clear()
    world.measure()
    world.run(10_000)
    assert (world.phase(), world.state.step, world.pump.rate_ul_h) == (Phase.INFUSING, 2, 120_000)


def test_f16_f2_a_dwell_at_the_end_of_a_stretch_keeps_its_rate() -> None:
    """F16, F2: dwell goes on at the rate really set, and no longer than ordered."""
    plan = little(mild(THEN_SAME), gate=GateRule(GateAction.DWELL, D(1)))
    world = held(at_step(plan, 2))
    go_on(world, HALF)
    world.run(580_000)
    before = world.flowed_dose()
    world.nurse_on = False
    world.missing.add(Signal.HR)
    world.run_until(Phase.WAITING_GATE, Phase.HELD, most_ms=200_000)
    world.run(3_000)
    assert world.peak_dose_rate == D(30)
    assert world.flowed_dose() - before <= D(30) * D(110) / 3600


@pytest.mark.parametrize("permille", [700, 1300])
def test_f25_f2_time_and_volume_are_compared_at_the_rate_really_set(permille: int) -> None:
    """F25, F2: 30 % off in a stretch is found as in a step: no advance, or held."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    world.sound = False
    go_on(world, HALF)
    world.pump.counter_permille = permille
    world.run(640_000)
    assert {"volume_time_differ", "held_pump_alarm"} & set(world.alarms())
    assert world.peak_dose_rate == D(30)
    assert world.state.step == 2


def test_f35_f2_a_restart_inside_a_stretch_keeps_it() -> None:
    """F2, F35: the journal knows the stretch: observed at its rate, gone on with, then what follows."""
    world = held(at_step(little(mild(THEN_SAME)), 2))
    go_on(world, HALF)
    world.run(300_000)
    world.restart(2_000)
    world.run(5_000)
    assert world.phase() is Phase.OBSERVING
    assert world.state.stretch is not None
    world.measure()
    world.match()
    assert not world.do(inp.ConfirmRunning).startswith("no: "), world.why()
    to_the_end_of_the_stretch(world)
    world.run(30_000)
    assert (world.state.step, world.pump.rate_ul_h) == (2, 120_000)
    replays(world)


def test_f2_a_stretch_in_the_last_step_is_not_the_end_of_the_bag() -> None:
    """F2, F30: step 12 runs its bag empty, a stretch in its place does not; the run ends as planned."""
    world = reacted_in(mild(THEN_SAME, "30", times=2), 12)
    go_on(world, HALF)
    to_the_end_of_the_stretch(world)
    ended = world.seen(ev.StretchEnded)[-1]
    assert isinstance(ended, ev.StretchEnded)
    assert ended.proven_ms >= 30 * 60_000, "not by its volume alone, as a step to the empty bag ends"
    assert world.state.step == 12
    assert world.phase() is Phase.INFUSING
    world.run_until(Phase.AFTER_WATCH)
    assert world.flowed_dose() <= D(600)
    assert world.flowed_dose() >= D(590)
    assert world.seen(ev.StepEnded)
