"""A step that is full by one bound and not by the other: a named person decides (F21)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume, settling
from daemon.engine.account import Account, Span
from daemon.engine.doubts import Settlement
from daemon.engine.phases import Phase
from daemon.guard.guard import Guard
from daemon.protocols.rules import Choice
from drivers.values import Motion, PumpAlarm
from simulators.campaign.engine.world import DIANET, World
from tests.engine.plans import BACK, REST, SAME, rules, small
from tests.engine.stories import FAST, infusing
from tests.guard.one_pump import PUMP
from tests.guard.test_guard import STANDS, at_step, grant

D = Decimal
UNIT = D("0.1")


def plenty() -> World:
    """The small world with a total dose that allows every way back."""
    return World(small(ceilings=replace(rules().ceilings, max_total_dose=D(120))), timing=FAST)


@pytest.mark.parametrize("percent", [0, 1, 50, 99, 100])
@pytest.mark.parametrize(("step", "choice"), [(1, REST), (1, SAME), (2, REST), (2, SAME), (2, BACK)], ids=str)
def test_f21_a_hold_at_every_share_of_a_step_gives_what_the_choice_says(
    percent: int, step: int, choice: Choice
) -> None:
    """F21: rest_of_step gives planned minus given, same_step and back=1 whole steps, to one counter unit."""
    world = plenty()
    world.nurse_on = False
    world.start()
    while world.state.step != step:
        world.run(200)
    begun, planned = world.flowed_ml("A"), {1: D(5), 2: D(10)}
    end_ms = world.now + 300_000 * percent // 100
    while world.now < end_ms - 200 and world.state.step == step:
        world.run(100)
    world.do(inp.HoldNow, reason="")
    world.run(4_000)
    given = world.flowed_ml("A") - begun
    assert not world.resume(choice, witness="bob").startswith("no: ")
    first = resume.target_step(world.state, choice)
    world.run_until(Phase.AWAITING_SOLUTION, Phase.WAITING_GATE, Phase.HELD)
    world.run(3_000)
    assert world.phase() is Phase.AWAITING_SOLUTION, world.why()
    whole = sum((planned[number] for number in range(first, 3)), D(0))
    expected = {REST: whole, SAME: given + whole, BACK: given + whole}[choice]
    reached = world.flowed_ml("A") - begun
    lead = D(120) / 3600 * 2
    steps = 3 - first
    assert abs(reached - expected) <= UNIT * steps + lead, f"{reached} mL, {expected} mL expected"


def stuck(permille: int = 0, *, at_s: int = 100) -> World:
    """A run whose counter falls behind what the pump says it does."""
    world = plenty().start()
    world.run(at_s * 1_000)
    world.sound = False
    world.pump.counter_permille = permille
    return world


def unsettled() -> World:
    """A run that stands at the end of step 1: by time it is full, by the counter it is not."""
    world = stuck()
    for _ in range(20):
        if settling.unsettled(world.state):
            break
        world.run_until(Phase.WAITING_GATE, Phase.HELD, most_ms=900_000)
        world.pump.counter_permille = 0
        world.run(4_000)
        if not settling.unsettled(world.state):
            world.do(inp.HoldNow, reason="")
            world.run(4_000)
            answer = world.resume(REST, witness="bob")
            assert not answer.startswith("no: "), answer
    world.run(4_000)
    world.pump.counter_permille = 1_000
    assert settling.unsettled(world.state), world.why()
    assert world.motion() is Motion.STOPPED
    return world


def settle(world: World, how: Settlement, *, by: str = "ann", reason: str = "seen") -> str:
    return world.do(inp.SettleStep, by=by, how=how, reason=reason)


def on(world: World) -> World:
    """From a stand to running again, by the rules."""
    world.run(3_000)
    if world.phase() is Phase.HELD:
        answer = world.resume(REST, witness="bob")
        assert not answer.startswith("no: "), answer
    world.run(3_000)
    assert world.phase() is Phase.INFUSING, world.why()
    return world


def test_f21_bounds_apart_at_a_steps_end_stop_the_pump_and_ask() -> None:
    """F21: full by the upper bound, not by the lower: the pump stands, MEDIUM alarm, nothing advances."""
    world = unsettled()
    assert "step_unsettled" in world.alarms() or "volume_time_differ" in world.alarms()
    given = world.state.step_given()
    assert given.high - given.low > settling.tolerance_ml(world.state)
    assert world.state.step == 1
    world.run(60_000)
    assert world.state.step == 1
    assert world.motion() is Motion.STOPPED


def test_f21_credit_counts_the_step_as_given_and_the_dose_keeps_its_bounds() -> None:
    """F21: a named person credits: the run advances, guard included; the dose accounts stay true."""
    world = unsettled()
    dose = world.state.dose_given()
    assert settle(world, Settlement.CREDIT, by=" ").startswith("no: ")
    assert settle(world, Settlement.CREDIT, reason=" ").startswith("no: ")
    assert not settle(world, Settlement.CREDIT).startswith("no: ")
    assert world.state.dose_given() == dose
    assert world.state.step == 2
    on(world)
    assert world.state.step == 2
    assert world.pump.rate_ul_h == 120_000
    assert "held_guard" not in world.alarms()
    credited = [event for event in world.seen(ev.StepSettled) if isinstance(event, ev.StepSettled)]
    assert (credited[0].by, credited[0].reason, credited[0].how) == ("ann", "seen", Settlement.CREDIT)


def test_f21_give_gives_what_the_step_lacks_by_its_lower_bound() -> None:
    """F21: the missing volume is given at the step's rate, then the step is full by both bounds."""
    world = unsettled()
    lacks = world.state.goal_ml - world.state.step_given().low
    low = world.state.dose_given().low
    flowed = world.flowed_ml("A")
    assert not settle(world, Settlement.GIVE).startswith("no: ")
    on(world)
    while world.state.step == 1:
        world.run(300)
        assert world.phase() in (Phase.INFUSING, Phase.WAITING_GATE), world.why()
    assert abs(world.flowed_ml("A") - flowed - lacks) <= UNIT + D("0.1")
    assert "held_guard" not in world.alarms()
    assert world.state.dose_given().low >= low + lacks - 3 * UNIT


def occluded_at_the_end(world: World) -> World:
    """Just before step 1 is full the line is found blocked; freed and acknowledged."""
    while world.state.step_given().high < D("4.7"):
        world.run(1_000)
        assert world.phase() is Phase.INFUSING, world.why()
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.run(2_000)
    world.pump.alarms.clear()
    world.run(2_000)
    assert settling.unsettled(world.state), settling.apart(world.state)
    return world


def freed(world: World, choice: Choice) -> None:
    """On after an occlusion, its pressure released into a cup."""
    answer = world.do(inp.Resume, choice=choice, reason="well", witness="bob", released=True)
    assert not answer.startswith("no: "), answer
    world.run(3_000)
    assert world.phase() is Phase.INFUSING, world.why()


@pytest.mark.parametrize("how", Settlement)
def test_f21_each_way_counts_once_a_step(how: Settlement) -> None:
    """F21, F34: what was credited, or given again, once is not so a second time; the other way is left."""
    world = occluded_at_the_end(plenty().start())
    other = next(one for one in Settlement if one is not how)
    assert not settle(world, how).startswith("no: ")
    freed(world, BACK if how is Settlement.CREDIT else REST)
    assert world.state.step == 1
    occluded_at_the_end(world)
    assert "once already" in settle(world, how)
    assert not settle(world, other).startswith("no: ")
    assert "held_guard" not in world.alarms()


def test_f21_nothing_is_settled_while_drug_runs_or_where_the_bounds_agree() -> None:
    """F21: credit is no short cut: refused running, refused on a step that lies within its tolerance."""
    world = infusing(60)
    for how in Settlement:
        assert settle(world, how).startswith("no: nothing is to be settled")
    world.do(inp.HoldNow, reason="")
    world.run(4_000)
    for how in Settlement:
        assert settle(world, how).startswith("no: nothing is to be settled")


def test_f21_the_rest_of_an_unsettled_step_is_not_resumed_unasked() -> None:
    """F21: by the upper bound nothing is left: rest_of_step asks for the decision, other choices stand."""
    world = unsettled()
    world.do(inp.HoldNow, reason="")
    world.run(4_000)
    assert "infusiond settle" in world.resume(REST, witness="bob")
    assert not world.resume(SAME, witness="bob").startswith("no: ")


def test_f21_the_last_step_credited_is_the_end_of_the_plan() -> None:
    """F21: an occlusion near the end: counted as given, the patient is watched."""
    world = plenty().start()
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run_until(Phase.INFUSING)
    while slices_left(world) > 30_000:
        world.run(2_000)
    world.sound = False
    world.pump.alarms.add(PumpAlarm.OCCLUSION)
    world.pump.stop()
    world.run(2_000)
    world.pump.alarms.clear()
    world.run(2_000)
    assert settling.unsettled(world.state), settling.apart(world.state)
    assert "watch the patient" in settle(world, Settlement.CREDIT)
    assert world.phase() is Phase.AFTER_WATCH
    world.run_until(Phase.COMPLETED)


def slices_left(world: World) -> int:
    from daemon.engine import slices  # noqa: PLC0415

    return slices.left_ms(world.state)


@pytest.mark.parametrize(
    ("low", "high", "asks"),
    [
        ("4.94", "5.10", False),
        ("4.94", "5.50", True),
        ("4.96", "5.60", False),
        ("4.40", "5.00", True),
        ("4.54", "5.00", False),
        ("4.45", "4.96", True),
        ("4.40", "4.94", False),
    ],
)
def test_f21_the_bound_is_the_larger_of_two_units_and_ten_percent(low: str, high: str, asks: bool) -> None:
    """F21: at the end by the upper bound, more than max(2 units, 10 %) apart, and not full by the lower."""
    state = infusing(60).state
    assert state.goal_ml == 5
    odometer = replace(state.pump.odometer, hidden=Span(D(0), D(0)))
    account = Account.opened(odometer, Span(D(low), D(high)))
    state = replace(state, account=account, pump=replace(state.pump, odometer=odometer))
    assert settling.unsettled(state) is asks


# the guard alone


def earned_nothing() -> Guard:
    """A guard at step 1 that has counted a third of it."""
    return replace(at_step(1), place_ml=D("1.5"), place_ms=90_000)


def test_f34_the_guard_takes_a_credit_once_and_only_from_a_named_person() -> None:
    """F21, F34: one signed advance at the place it was signed for, on a pump read back stopped."""
    guard, next_step = earned_nothing(), grant(2, "120", "1")
    assert guard.refuse(next_step)
    assert guard.settle(1, credit=True, missing_ml=D(3), by=" ").refuse(next_step)
    assert guard.settle(2, credit=True, missing_ml=D(3), by="ann").refuse(next_step)
    running = guard.see(PUMP, replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(60)), 1)
    assert running.settle(1, credit=True, missing_ml=D(3), by="ann").doubt.credit == 0
    signed = guard.settle(1, credit=True, missing_ml=D(3), by="ann")
    assert signed.refuse(next_step) == ""
    back = signed.passed(next_step).choose(1, whole=True, by="ann")
    assert back.place == 1
    assert back.refuse(next_step), "the credit is used up"
    assert back.settle(1, credit=True, missing_ml=D(3), by="ann").refuse(next_step), "and not given again"


def test_f34_the_guard_lets_the_missing_volume_be_given_once_and_no_more_than_the_step() -> None:
    """F21, F34: an engine that says that ten litres are missing gets one step's volume, once."""
    full = replace(at_step(1), place_ml=D(5), place_ms=300_000)
    assert full.refuse(grant(1, "60", "1.9"))
    again = full.settle(1, credit=False, missing_ml=D(2), by="ann")
    assert again.place_ml == 3
    assert again.refuse(grant(1, "60", "1.9")) == ""
    assert full.settle(1, credit=False, missing_ml=D(10_000), by="ann").place_ml == 0
    twice = replace(again, place_ml=D(5)).settle(1, credit=False, missing_ml=D(2), by="ann")
    assert twice.place_ml == 5
    assert DIANET.counter_unit_ml == UNIT


def test_f21_how_many_reactions_a_step_may_have_is_ordered() -> None:
    """F21: after as many holds for reaction as `reactions_per_step_max` says, only back remains."""
    from daemon.protocols.rules import Grade  # noqa: PLC0415

    for most, only_back in ((1, True), (2, False)):
        world = World(small(reactions_per_step_max=most), timing=FAST).start()
        world.run(330_000)
        world.react(Grade.MILD)
        world.run(4_000)
        allowed = resume.options(world.state, world.now).allowed
        assert (allowed == (BACK,)) is only_back, allowed


def test_f21_minutes_proven_before_a_hold_stay_proven_where_the_witnesses_begin_anew() -> None:
    """F21: bounds too far apart close the stretch; what time had proved of the step is not given again."""
    state = infusing(60).state
    blurred = replace(state.account, timed=Span(D(0), D(10)))
    state = replace(state, account=blurred)
    carried = settling.carried(state)
    assert carried.timed == Span(D(0), D(0))
    assert carried.settled == state.step_given()
    assert carried.proven_ms == blurred.proven_ms > 50_000
