"""Occlusion: no phantom dose, no unseen bolus (F14)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import gap, resume
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import HoldCause
from drivers.values import Motion, PumpAlarm
from simulators.bodies.pump_options import PumpOptions
from simulators.campaign.commissioned import COMMISSIONED
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.body_pump import BodyPump
from tests.engine.plans import BACK, OVER, REST, SAME, published, small
from tests.engine.stories import FAST, infusing

D = Decimal
MIN = 60_000
NONE = D(0)
SLOW = Timing(poll_ms=2_000, latency_ms=40, tick_ms=2_000)


def castells() -> World:
    """The three-bag plan on a pump whose set is elastic."""
    plan = published("castells-12-step")
    world = World(plan, timing=SLOW, sound=False)
    bags = {solution.id: solution.volume_ml for solution in plan.solutions}
    world.pump = BodyPump(world.caps, bags, PumpOptions(flow_error=D(0)))
    return world.start()


def body(world: World) -> BodyPump:
    assert isinstance(world.pump, BodyPump)
    return world.pump


def inside(world: World, unseen_ml: Decimal) -> None:
    """The patient's truth lies in the account, whose lower bound may not yet know of `unseen_ml`."""
    for solution in world.state.plan.solutions:
        given, real = world.state.bag_given(solution.id), world.flowed_ml(solution.id)
        lead = D("0.03")
        assert given.low - unseen_ml <= real + lead, f"{solution.id}: {real} mL reached, {given} counted"
        assert real <= given.high + lead, f"{solution.id}: {real} mL reached, {given} counted"


def live(world: World, minutes: int) -> None:
    """Minute by minute; before the alarm at most what the set stores is not known to be missing."""
    for _ in range(minutes):
        world.run(MIN)
        told = world.state.doubts.occluded_ml is not None
        inside(world, NONE if told else COMMISSIONED.occlusion_ml)


def until_alarm(world: World) -> None:
    while not world.seen(ev.Occluded):
        live(world, 1)
        assert world.now < 200 * MIN, world.why()
    world.run(5_000)


@pytest.mark.parametrize("minute", range(45))
@pytest.mark.parametrize("away", [True, False])
def test_f14_an_occlusion_at_every_minute_of_the_first_steps_stays_inside_the_bounds(
    minute: int, away: bool
) -> None:
    """F14, (A) D14: steps 1-3 on an elastic set: the patient's total is inside the bounds all the time."""
    world = castells()
    live(world, minute)
    body(world).clamp()
    until_alarm(world)
    assert world.phase() is Phase.HELD
    assert HoldCause.PUMP_ALARM in (world.state.hold.causes if world.state.hold else ())
    inside(world, NONE)
    body(world).release(away=away)
    world.run(5_000)
    inside(world, NONE)
    assert "--released" in world.do(inp.Resume, choice=REST, reason="well", witness="bob")
    left = resume.options(world.state, world.now, released=away).allowed
    for choice in left:
        answer = world.do(inp.Resume, choice=choice, reason="well", witness="bob", released=away)
        if not answer.startswith("no: "):
            break
    inside(world, NONE)
    live(world, 10)


def occluded(seconds: int = 60, *, motion: Motion = Motion.STOPPED) -> World:
    """A run of the small world whose pump reports an occlusion."""
    world = infusing(seconds)
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.motion = motion
    world.run(2_000)
    return world


def free(world: World) -> World:
    """The line is freed and the alarm acknowledged at the pump."""
    world.pump.alarms.clear()
    world.run(2_000)
    return world


def test_f14_what_the_set_stores_is_not_given_and_the_release_may_be() -> None:
    """F14, (A) D11: the last 1.25 mL leave the lower bounds of step, bag and dose, the bolus is added
    above."""
    world = infusing(180)
    before, step = world.state.bag_given("A"), world.state.step_given()
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.sound = False
    world.run(1_000)
    after = world.state.bag_given("A")
    assert D("1.2") <= before.low - after.low <= D("1.25")
    assert D("0.5") <= after.high - before.high <= D("0.6")
    assert step.low - world.state.step_given().low >= D("1.2")
    assert step.high + D("0.5") <= world.state.step_given().high
    assert world.state.dose_given().low == after.low, "1 mg/mL"


def test_f14_the_gap_starts_where_the_lower_bound_ends() -> None:
    """F14, F19: 1.25 mL at 60 mL/h are 75 s: so much earlier the drug may have stopped."""
    world = occluded(180)
    judged = gap.judged_ms(world.state, world.now)
    assert 75_000 <= judged <= 75_000 + 30_000
    late = infusing(180)
    late.do(inp.HoldNow, reason="")
    late.run(2_000)
    assert gap.judged_ms(late.state, late.now) < 15_000


def test_f14_minutes_that_were_stored_are_not_proven() -> None:
    """F14, F21: minutes of proven delivery end where the lower bound ends."""
    world = infusing(180)
    proven = world.state.account.proven_ms
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.sound = False
    world.run(1_000)
    assert proven - 76_000 <= world.state.account.proven_ms <= proven - 74_000


def test_f14_one_stored_volume_is_not_taken_twice() -> None:
    """F14: an alarm that returns at once takes from the lower bound what ran since, and no more."""
    world = free(occluded(180))
    low = world.state.bag_given("A").low
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.run(2_000)
    assert len(world.seen(ev.Occluded)) == 2
    assert low - world.state.bag_given("A").low <= D("0.1")


def test_f14_what_the_bag_before_gave_is_uncertain_too() -> None:
    """F14: an occlusion just after a bag change reaches back into the bag before."""
    world = infusing(330)
    while world.state.hung != "B" or world.phase() is not Phase.INFUSING:
        world.run(1_000)
    world.run(30_000)
    before = world.state.bag_given("A").low
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.run(2_000)
    assert world.state.bag_given("B").low == 0
    assert before - world.state.bag_given("A").low >= D("0.9")


def test_f14_the_resume_asks_and_no_allows_at_most_one_step_back() -> None:
    """F14: unanswered: refused; released: as ordered; not released: the most generous choice is back=1."""
    world = free(occluded(400))
    assert "clamp it at the patient" in world.resume(SAME)
    assert world.state.doubts.pressure_of == "A"
    high = world.state.bag_given("A").high
    answer = world.do(inp.Resume, choice=SAME, reason="well", witness="", released=False)
    assert "F14" in answer
    left = resume.options(world.state, world.now, released=False).allowed
    assert left
    assert all(choice.strictness >= BACK.strictness for choice in left)
    assert BACK in left
    assert not world.do(inp.Resume, choice=BACK, reason="well", witness="", released=False).startswith("no")
    assert world.state.bag_given("A").high >= high, "the bolus counts as given"
    assert not world.state.doubts.pressure_of


def test_f14_in_the_first_step_a_release_into_the_patient_leaves_starting_over() -> None:
    """F14: before step 1 there is no step: start over, with two persons, and no dead end."""
    world = free(occluded(200))
    assert resume.options(world.state, world.now, released=False).allowed == (OVER,)


def test_f14_released_away_takes_the_bolus_off_and_asks_only_once() -> None:
    """F14: released away from the patient: the bolus was not given; the next resume does not ask again."""
    world = free(occluded(200))
    high = world.state.bag_given("A").high
    answer = world.do(inp.Resume, choice=SAME, reason="well", witness="", released=True)
    assert not answer.startswith("no: "), answer
    assert world.state.bag_given("A").high <= high - D("0.5")
    world.run(5_000)
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert not world.resume(SAME).startswith("no: ")


def test_f14_not_released_is_refused_where_the_protocol_knows_no_way_back() -> None:
    """F14: the stricter of the rules holds: never stays never."""
    rules = small().rules
    never = tuple(
        replace(rule, allow=(resume.NEVER,), max_times=0) if rule.cause is HoldCause.PUMP_ALARM else rule
        for rule in rules.resume
    )
    world = World(small(resume=never), timing=FAST).start()
    world.run(60_000)
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.run(1_000)
    free(world)
    assert resume.options(world.state, world.now, released=False).allowed == ()


@pytest.mark.parametrize("when", ["running", "after a stand"])
def test_f14_a_pump_that_restarts_itself_is_a_hand(when: str) -> None:
    """F14: its own automatic restart, seen, is a hand change: STOP, held, and the rule of a hand holds."""
    world = occluded(60, motion=Motion.INFUSING if when == "running" else Motion.STOPPED)
    if when == "after a stand":
        world.pump.start()
    world.run(4_000)
    assert world.motion() is Motion.STOPPED
    assert world.state.hold is not None
    assert HoldCause.HAND_CHANGE in world.state.hold.causes
    assert any("automatic restart" in reason for reason in world.state.hold.reasons)


def test_f14_an_alarm_that_came_and_went_between_two_readings_still_counts() -> None:
    """F14: latched by the driver and shown by one reading of a running pump: uncertain all the same."""
    world = infusing(180)
    low = world.state.bag_given("A").low
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    while not world.seen(ev.Occluded):
        world.run(100)
    world.pump.alarms.clear()
    world.run(3_000)
    assert world.phase() is Phase.HELD
    assert low - world.state.bag_given("A").low >= D("1.1")
    assert "--released" in world.resume(SAME)


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION])
def test_f14_an_occlusion_while_the_pump_waits_is_held(phase: Phase) -> None:
    """F14: nothing goes on by itself over an occlusion, also when its alarm has been silenced."""
    from tests.engine.stories import in_phase  # noqa: PLC0415

    world = in_phase(phase)
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.run(1_000)
    world.pump.alarms.clear()
    world.run(2_000)
    assert world.phase() is Phase.HELD
    assert world.state.doubts.pressure_of


def test_f14_a_restart_remembers_the_question() -> None:
    """F14: the journal keeps the occlusion; the new process asks as the old one did."""
    world = free(occluded(180))
    given, bounds = world.state.doubts, world.state.bag_given("A")
    world.restart(2_000)
    world.run(3_000)
    assert world.state.doubts.pressure_of == given.pressure_of
    after = world.state.bag_given("A")
    assert after.low == bounds.low
    assert bounds.high <= after.high <= bounds.high + D("0.01")
    assert "--released" in world.resume(SAME)


def test_f14_the_rest_of_an_occluded_step_is_never_more_than_by_the_upper_bound() -> None:
    """F14, F21: the remainder takes stored volume and bolus as given, completion does not."""
    world = free(occluded(240))
    rest = world.state.goal_ml - world.state.step_given().high
    answer = world.do(inp.Resume, choice=REST, reason="well", witness="", released=True)
    assert not answer.startswith("no: "), answer
    flowed = world.flowed_ml("A")
    world.run_until(Phase.WAITING_GATE, Phase.HELD)
    assert world.flowed_ml("A") - flowed <= rest + D("0.7"), "the bolus was not given, one unit, one lead"
    assert "step_unsettled" in world.alarms()
    assert world.state.step == 1
