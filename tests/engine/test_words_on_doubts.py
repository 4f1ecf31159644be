"""What a person's word about a doubtful volume may change, and what it may not (F14, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import inputs as inp
from daemon.engine import totals
from daemon.engine.doubts import CounterFault, Explanation
from daemon.engine.line import FlushTo, Handling
from daemon.engine.phases import Phase
from drivers.values import Motion, PumpAlarm
from simulators.campaign.engine.pump import PER_ML, whole
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, hold, lined, renew, world_of
from tests.engine.plans import SAME, rules
from tests.engine.stories import FAST

D = Decimal


def leaps(world: World, volume_ml: str, *, flowed: bool = True) -> None:
    """The standing pump counts so much more, and it left the pump, or did not."""
    world.pump.counter += whole(D(volume_ml))
    if flowed:
        world.pump.flowed[world.pump.bag] += whole(D(volume_ml))
    world.run(2_000)
    assert world.state.doubts.jumps


@pytest.mark.parametrize("how", [Explanation.GIVEN, Explanation.PRIMED_OFF_PATIENT])
def test_f26_a_counter_that_rose_was_not_cleared(how: Explanation) -> None:
    """F26: 3 mL by hand: "cleared" is refused, and the bounds go on holding what left the pump."""
    world = at_step(lined("2"), 3, 60)
    world.sound = False
    hold(world)
    leaps(world, "3")
    before = totals.worst(world.state)
    answer = world.do(inp.ClassifyCounter, how=Explanation.CLEARED, text="cleared")
    assert answer.startswith("no: ")
    assert "rose by 3.0 mL" in answer
    assert world.state.doubts.jumps
    assert totals.worst(world.state) == before >= world.side.reached
    assert not world.do(inp.ClassifyCounter, how=how, text="seen").startswith("no: ")


def near_empty() -> World:
    """Step 2 runs bag A empty, as it may from 75 % of the step on; 92 % of it are in."""
    plan = lined("0", empty_from_percent=D(75))
    steps = (plan.steps[0], replace(plan.steps[1], until_empty=True), *plan.steps[2:])
    bags = (replace(plan.solutions[0], volume_ml=D(15)), *plan.solutions[1:])
    world = World(replace(plan, steps=steps, solutions=bags), timing=FAST).start()
    world.nurse_on = False
    while world.state.step != 2 or world.state.step_given().low < D("9.2"):
        world.run(1_000)
    world.sound = False
    return world


def empty(world: World) -> None:
    world.pump.motion = Motion.STOPPED
    world.pump.alarms.add(PumpAlarm.EMPTY)
    world.run(3_000)
    assert world.phase() is Phase.HELD


def test_f26_a_bag_is_not_called_empty_over_an_unexplained_leap() -> None:
    """F26, F30: the next bag waits until a person says what the counter did."""
    world = near_empty()
    world.pump.counter += whole(D(3))
    empty(world)
    assert "classify" in world.do(inp.ConfirmEmpty)
    assert world.phase() is Phase.HELD
    world.do(inp.ClassifyCounter, how=Explanation.PRIMED_OFF_PATIENT, text="seen")
    assert not world.do(inp.ConfirmEmpty).startswith("no: ")
    assert world.phase() is Phase.AWAITING_SOLUTION


def test_f26_a_bag_is_not_called_empty_on_another_pump() -> None:
    """F26: another pump answers: first it is put in its place, or the run's own is connected again."""
    world = near_empty()
    empty(world)
    assert world.state.pump.identity is not None
    world.channel.link_up = False
    world.run(1_000)
    world.channel.identity = replace(world.channel.identity, serial="S2")
    world.channel.link_up = True
    world.run(5_000)
    assert world.do(inp.ConfirmEmpty).startswith("no: ")
    assert world.phase() is Phase.HELD


@pytest.mark.parametrize("released", [True, False])
def test_f14_a_bag_is_not_called_empty_over_pressure_in_the_line(*, released: bool) -> None:
    """F14, F30: asked first; released away the next bag follows, into the patient at most a step back."""
    world = near_empty()
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    empty(world)
    assert "pressure" in world.do(inp.ConfirmEmpty)
    assert world.phase() is Phase.HELD
    high = world.state.bag_given("A").high
    answer = world.do(inp.ConfirmEmpty, released=released)
    assert answer.startswith("no: ") is not released, answer
    assert str(world.phase()) == (Phase.AWAITING_SOLUTION if released else Phase.HELD)
    given = world.state.bag_given("A").high
    assert given == (high - world.state.commissioned.release_bolus_ml if released else high)


def unprimed() -> World:
    """Held; the line is free of drug, 0.5 mL of A are in it; 1.2 mL more were pushed by hand."""
    world = world_of(lined("2", primed=False))
    world.priming = False
    world.start().run(30_000)
    world.sound = False
    hold(world)
    leaps(world, "1.2")
    return world


def test_f26_f39_a_leap_is_explained_before_the_line_is_touched() -> None:
    """F26, F39: what leapt went through the line that was there, not through the one attached afterwards."""
    world = unprimed()
    assert not flush(world, FlushTo.NOBODY).startswith("no: ")
    for handling, ml in ((Handling.REPLACED, "0"), (Handling.CLEARED, "2")):
        answer = world.do(inp.ConfirmLine, handling=handling, cleared_ml=D(ml))
        assert "classify" in answer, answer
    for to in (FlushTo.PATIENT, FlushTo.DISCARDED):
        assert "classify" in world.do(inp.FlushLine, to=to, volume_ml=D(2))
    world.do(inp.ClassifyCounter, how=Explanation.GIVEN, text="pushed")
    assert not renew(world).startswith("no: ")
    reached = totals.exposure(world.state)
    assert reached.low <= world.side.reached <= reached.high
    world.match()
    world.do(inp.Assess)
    world.measure()
    world.run(1_000)
    assert not world.resume(SAME, witness="bob").startswith("no: ")
    for _ in range(10):
        world.run(15_000)
        reached = totals.exposure(world.state)
        assert reached.low <= world.side.reached <= reached.high


def test_f26_a_bag_is_not_hung_over_an_unexplained_leap() -> None:
    """F26: in manual too the leap comes first, the new bag with its own line afterwards."""
    world = at_step(lined("2"), 3, 60)
    world.sound, world.nurse_on = False, False
    world.do(inp.GoManual, reason="by hand")
    world.pump.stop()
    world.run(2_000)
    leaps(world, "3")
    answer = world.do(inp.ConfirmSolution, **world.label("B"))
    assert "classify" in answer, answer


@pytest.mark.parametrize("how", [Explanation.PRIMED_OFF_PATIENT, Explanation.GIVEN])
def test_f3_f26_no_flush_told_first_changes_nothing_about_a_leap(how: Explanation) -> None:
    """F3, F26: nobody flushed: the explanation narrows the line's account as if it had come first."""
    worlds = [unprimed(), unprimed()]
    flush(worlds[0], FlushTo.NOBODY)
    for world in worlds:
        assert not world.do(inp.ClassifyCounter, how=how, text="seen").startswith("no: ")
    flush(worlds[1], FlushTo.NOBODY)
    first, second = (totals.exposure(world.state) for world in worlds)
    assert first == second


def occluded(world: World) -> None:
    world.pump.motion = Motion.STOPPED
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.run(3_000)
    world.pump.alarms.clear()
    world.run(3_000)


def by_hand(world: World, seconds: int) -> None:
    """A nurse runs the pump in manual, and stops it."""
    world.pump.set_limit(D(50))
    world.pump.rate_ul_h = 60_000
    world.pump.start()
    world.run(seconds * 1_000)


def back(world: World) -> str:
    """Out of manual, checked anew, and resumed with the pressure released away from the patient."""
    world.do(inp.GoAutomatic, witness="bob")
    world.run(5_000)
    world.match()
    world.do(inp.Assess)
    world.measure()
    world.run(1_000)
    flush(world, FlushTo.NOBODY)
    return world.do(inp.Resume, choice=SAME, reason="well", witness="bob", released=True)


def through_line(world: World) -> Decimal:
    """The most that went through the line since it was last touched, mL."""
    state = world.state
    return state.line.stretch.given(state.pump.odometer, state.caps.accuracy).high


def in_manual(step: int = 2) -> World:
    ceilings = replace(rules().ceilings, max_total_dose=D(300))
    world = at_step(lined("2", ceilings=ceilings), step, 60)
    world.sound, world.nurse_on = False, False
    world.do(inp.GoManual, reason="by hand")
    return world


def test_f14_an_answer_is_about_the_last_occlusion_only() -> None:
    """F14: the first bolus went into the patient by hand; released away was said of the second."""
    world = in_manual()
    occluded(world)
    by_hand(world, 120)
    world.pump.flowed["A"] += whole(D("0.5"))
    occluded(world)
    before = world.state.bag_given("A").high
    assert not back(world).startswith("no: ")
    given = world.state.bag_given("A")
    assert given.high == before - world.state.commissioned.release_bolus_ml
    assert given.low <= world.flowed_ml("A") <= given.high


def test_f14_an_alarm_that_comes_again_on_a_standing_pump_is_the_same_pressure() -> None:
    """F14: acknowledged at the pump and back: one answer about one pressure."""
    world = in_manual()
    world.pump.stop()
    world.run(5_000)
    before = world.state.bag_given("A").high
    for _ in range(3):
        occluded(world)
    assert not back(world).startswith("no: ")
    assert world.state.bag_given("A").high <= before + D("0.1")


def test_f14_f39_a_bolus_before_the_line_was_replaced_is_not_taken_off_the_new_one() -> None:
    """F14, F39: what flowed through the new line stays inside its bounds, whatever came of the old one."""
    world = in_manual(3)
    occluded(world)
    assert not flush(world, FlushTo.PATIENT, "2").startswith("no: ")
    assert not renew(world).startswith("no: ")
    by_hand(world, 20)
    world.pump.stop()
    world.run(2_000)
    world.pump.alarms.clear()
    truly = D(60) * 20 / 3600
    assert through_line(world) >= truly
    assert not back(world).startswith("no: ")
    assert through_line(world) >= truly
    assert totals.exposure(world.state).high >= world.side.reached


@pytest.mark.parametrize("cleared", [False, True])
@pytest.mark.parametrize("seconds", range(40, 46))
def test_f11_f26_what_was_primed_off_the_patient_has_left_the_bag(seconds: int, *, cleared: bool) -> None:
    """F11, F26: 3 mL into a cup, counted or with a clear before: no dose, and all of it is out of the bag."""
    world = at_step(lined("2"), 3, seconds)
    world.sound = False
    hold(world)
    if cleared:
        world.pump.counter = 0
    room = -world.pump.counter % whole(D("0.1"))
    leaps(world, str(3 + D(room - 1) / PER_ML))
    assert world.state.doubts.jumps[0].why is (CounterFault.FELL if cleared else CounterFault.STANDING)
    given = world.state.bag_given("B").high
    answer = world.do(inp.ClassifyCounter, how=Explanation.PRIMED_OFF_PATIENT, text="cup")
    assert not answer.startswith("no: ")
    assert world.state.bag_given("B").high <= given - D("1.9")
    assert world.flowed_ml("B") <= world.state.bag_drawn_ml("B") <= given
