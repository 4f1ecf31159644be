"""Counter resets, priming, bolus, pump swap: bounded, held, explained by a person (F26)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.doubts import CounterFault, Explanation
from daemon.engine.phases import OPEN, Phase
from daemon.protocols.rules import HoldCause
from drivers.values import Motion
from simulators.campaign.engine.pump import whole
from simulators.campaign.engine.world import World
from tests.engine.plans import REST, SAME, rules, small
from tests.engine.stories import FAST, in_phase, infusing
from tests.engine.truth import Truth

D = Decimal
PHASES = (
    Phase.CHECKING,
    Phase.INFUSING,
    Phase.WAITING_GATE,
    Phase.AWAITING_SOLUTION,
    Phase.HELD,
    Phase.OBSERVING,
    Phase.MANUAL,
    Phase.AFTER_WATCH,
)
Story = Callable[[World], None]


def cleared(world: World) -> None:
    """VI cleared at the pump."""
    world.pump.counter = 0


def power_cycle(world: World) -> None:
    """Off, and on again without memory."""
    world.channel.link_up = False
    world.run(3_000)
    world.pump.motion, world.pump.counter, world.pump.rate_ul_h = Motion.STOPPED, 0, 0
    world.pump.set_limit(D("0.1"))
    world.run(7_000)
    world.channel.link_up = True


def bolus_key(world: World) -> None:
    """Three seconds on the bolus key, at 600 mL/h into the patient."""
    before, world.pump.motion = world.pump.motion, Motion.BOLUS
    world.run(3_000)
    if world.motion() is Motion.BOLUS:
        world.pump.motion = before


def primed_off(world: World) -> None:
    """20 mL through the line, which hangs over a cup."""
    world.pump.counter += whole(D(20))


def primed_in(world: World) -> None:
    """20 mL through the line, which nobody took off the patient."""
    world.pump.counter += whole(D(20))
    flowed = world.pump.flowed
    flowed[world.pump.bag] = flowed.get(world.pump.bag, 0) + whole(D(20))


def other_pump(world: World) -> None:
    """The pump died and a spare stands there; the old one had given up to its limit by then."""
    world.channel.link_up = False
    world.run(8_000)
    limit = world.pump.limit_set
    if world.motion() is not Motion.STOPPED and limit is not None:
        left = max(limit - world.pump.since_limit, 0)
        world.pump.flowed[world.pump.bag] = world.pump.flowed.get(world.pump.bag, 0) + left
    world.pump.motion, world.pump.counter = Motion.STOPPED, whole(D(300))
    world.pump.set_limit(D("0.1"))
    world.channel.identity = replace(world.channel.identity, serial="S2")
    world.channel.link_up = True


EVENTS: dict[Story, Explanation | None] = {
    cleared: Explanation.CLEARED,
    power_cycle: Explanation.CLEARED,
    bolus_key: Explanation.GIVEN,
    primed_off: Explanation.PRIMED_OFF_PATIENT,
    primed_in: Explanation.GIVEN,
    other_pump: None,
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("story", EVENTS, ids=lambda story: story.__name__)
def test_f26_whatever_happens_to_the_counter_the_account_holds_the_patients_truth(
    phase: Phase, story: Story
) -> None:
    """F26, (A) D11: each event in each phase: the truth is inside the bounds before and after it is
    explained."""
    world = in_phase(phase)
    world.nurse_on = False
    truth = Truth(world)
    story(world)
    truth.live(6)
    explanation = EVENTS[story]
    while world.state.doubts.jumps and explanation is not None:
        answer = world.do(inp.ClassifyCounter, how=explanation, text="seen at the pump")
        assert not answer.startswith("no: "), answer
        truth.inside()
    if world.phase() is Phase.HELD and story is not other_pump:
        world.resume(SAME, witness="bob")
        truth.live(20)


@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase in OPEN and phase is not Phase.MANUAL])
@pytest.mark.parametrize("story", [cleared, primed_off], ids=lambda story: story.__name__)
def test_f26_a_counter_that_falls_or_leaps_holds_the_run_until_a_person_says_what_it_was(
    phase: Phase, story: Story
) -> None:
    """F26: an event of its own in every phase; HIGH alarm, held, no resume before it is classified."""
    world = in_phase(phase)
    world.sound, world.nurse_on = False, False
    story(world)
    world.run(4_000)
    assert world.seen(ev.CounterBroken)
    assert "counter_broken" in world.alarms()
    assert world.phase() is Phase.HELD
    assert "classify" in world.resume(SAME, witness="bob")
    how = Explanation.CLEARED if story is cleared else Explanation.PRIMED_OFF_PATIENT
    assert world.do(inp.ClassifyCounter, how=how, text=" ").startswith("no: this needs a text")
    assert world.do(inp.ClassifyCounter, by=" ", how=how, text="x").startswith("no: this needs the name")
    assert not world.do(inp.ClassifyCounter, how=how, text="seen").startswith("no: ")
    assert "counter_broken" not in world.state.alarms
    assert world.do(inp.ClassifyCounter, how=how, text="again").startswith("no: ")
    assert "classify" not in world.resume(SAME, witness="bob")


def test_f26_before_the_start_nothing_begins_while_the_counter_is_unexplained() -> None:
    """F26: priming after the bag was confirmed: the checklist asks what it was."""
    world = in_phase(Phase.CHECKING)
    primed_off(world)
    world.run(2_000)
    assert "say what it was" in world.do(inp.Start, witness="bob")
    world.do(inp.ClassifyCounter, how=Explanation.PRIMED_OFF_PATIENT, text="primed")
    assert "say what it was" not in world.do(inp.Start, witness="bob")
    assert world.state.dose_given().high < D("0.3")


@pytest.mark.parametrize(
    ("how", "low", "high"),
    [
        (Explanation.PRIMED_OFF_PATIENT, "0", "0.1"),
        (Explanation.GIVEN, "19.9", "20.1"),
    ],
)
def test_f26_an_explanation_narrows_only_as_far_as_it_is_true(how: Explanation, low: str, high: str) -> None:
    """F26: 20 mL through a standing pump: off the patient is rate x time, given is the counter's word."""
    world = infusing(60)
    world.do(inp.HoldNow, reason="")
    world.run(4_000)
    before = world.state.bag_given("A")
    world.sound = False
    primed_off(world)
    world.run(1_000)
    wide = world.state.bag_given("A")
    assert wide.low <= before.low + D("0.1")
    assert before.high + 20 <= wide.high <= before.high + D("22.5")
    world.do(inp.ClassifyCounter, how=how, text="seen")
    after = world.state.bag_given("A")
    assert before.low + D(low) - D("0.11") <= after.low
    assert after.high <= before.high + D(high) + D("0.11")
    drawn = world.state.bag_drawn_ml("A") - before.high
    assert drawn >= D("19.8"), "F11: it left the bag"


def test_f26_an_explanation_never_widens_and_never_falls_below_what_was_counted_before() -> None:
    """F26: cleared while it ran: before and after the clear are known, the interval is rate x time."""
    world = infusing(120)
    before = world.state.bag_given("A")
    world.sound = False
    cleared(world)
    world.run(2_000)
    wide = world.state.bag_given("A")
    world.do(inp.ClassifyCounter, how=Explanation.CLEARED, text="VI cleared")
    after = world.state.bag_given("A")
    assert before.low <= after.low <= after.high <= wide.high
    assert after.high - after.low <= before.high - before.low + D("0.3")


def test_f26_a_fallen_counter_is_bounded_by_rate_time_and_the_ordered_allowance() -> None:
    """F26: between the two readings the dose is bounded by [0, rate x time + bolus allowance]."""
    world = infusing(60)
    world.sound = False
    cleared(world)
    world.run(2_000)
    broken = [event for event in world.seen(ev.CounterBroken) if isinstance(event, ev.CounterBroken)]
    assert broken[0].why is CounterFault.FELL
    assert broken[0].bounds.low == 0
    allowance = world.state.commissioned.bolus_allowance_ml
    assert allowance <= broken[0].bounds.high <= allowance + D("0.6")


@pytest.mark.parametrize("off", ["2.5", "-2.5"])
def test_f26_the_remaining_limit_is_the_second_witness(off: str) -> None:
    """F26: remaining VTBI and counter apart by more than 2 units: held."""
    world = infusing(20)
    limit = world.pump.limit_set
    assert limit is not None
    world.pump.limit_set = limit + whole(D(off) / 10)
    world.run(8_000)
    assert world.phase() is Phase.HELD
    assert any("volume limit" in reason for reason in (world.state.hold.reasons if world.state.hold else ()))


@pytest.mark.parametrize("motion", [Motion.BOLUS, Motion.PROGRAM, Motion.KVO])
def test_f26_bolus_purge_and_program_forbid_a_start(motion: Motion) -> None:
    """F26: whatever the pump does by itself, nothing is started over it."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    world.check()
    world.sound = False
    world.pump.rate_ul_h = 1_000
    world.pump.motion = motion
    world.run(2_000)
    assert "stop it by hand" in world.do(inp.Start, witness="bob")
    assert world.pump.starts == 0


# another pump


def swapped() -> World:
    """A spare stands in the place of the run's pump."""
    world = infusing(60)
    world.sound = False
    other_pump(world)
    world.run(6_000)
    return world


def test_f26_another_pump_gives_nothing_until_two_persons_put_it_in_place() -> None:
    """F26, (A) D9: held, STOP sent to it too, no resume; two names and its own serial number are the way
    back."""
    world = swapped()
    assert world.phase() is Phase.HELD
    assert HoldCause.PUMP_LOST in (world.state.hold.causes if world.state.hold else ())
    assert world.pump.stops > 0
    starts = world.pump.starts
    assert "replace-pump" in world.resume(REST, witness="bob")
    assert world.do(inp.ReplacePump, serial="S2", witness="").startswith("no: ")
    assert world.do(inp.ReplacePump, serial="S2", witness="Ann").startswith("no: ")
    assert "not the serial number" in world.do(inp.ReplacePump, serial="S1", witness="bob")
    assert not world.do(inp.ReplacePump, serial="S2", witness="bob").startswith("no: ")
    assert world.state.hung is None, "the bag on the new pump is confirmed anew"
    assert world.state.line_by == "", "and so is its line"
    assert "own pump" in world.do(inp.ReplacePump, serial="S2", witness="bob")
    assert world.pump.starts == starts


def test_f26_after_the_swap_bag_and_line_are_confirmed_and_the_run_goes_on_by_differences() -> None:
    """F26: the new counter begins anywhere: only its differences count; the rest of the step follows."""
    world = swapped()
    truth = Truth(world)
    before = world.state.dose_given()
    world.do(inp.ReplacePump, serial="S2", witness="bob")
    answer = world.resume(SAME, witness="bob")
    assert not answer.startswith("no: "), answer
    assert world.phase() is Phase.AWAITING_SOLUTION
    world.run(4_000)
    world.match()
    world.hang("A")
    world.do(inp.ConfirmLine)
    world.run(60_000)
    assert world.phase() is Phase.INFUSING, world.why()
    truth.live(10)
    assert world.state.dose_given().high < before.high + 2, "300 mL on the new display are no dose"


def test_f26_the_run_s_own_pump_back_on_its_cable_needs_no_replacing() -> None:
    """F26: the spare was only plugged in for a moment."""
    world = swapped()
    truth = Truth(world)
    world.channel.link_up = False
    world.run(6_000)
    world.channel.identity = replace(world.channel.identity, serial="S1")
    world.pump.counter = whole(D("1.2"))
    world.channel.link_up = True
    world.run(5_000)
    truth.inside()
    assert "replace" not in world.resume(SAME, witness="bob")


def test_f26_replacing_is_for_held_runs_only() -> None:
    """F26: not while drug runs, not before the start."""
    for phase in (Phase.CHECKING, Phase.INFUSING, Phase.MANUAL, Phase.COMPLETED):
        world = in_phase(phase)
        assert world.do(inp.ReplacePump, serial="S1", witness="bob").startswith("no: ")


def test_f26_the_guard_lets_the_run_go_on_after_a_leap_that_went_past_the_patient() -> None:
    """F26, F34: the guard has counted the leap; a named explanation takes off at most what leapt."""
    ceilings = replace(rules().ceilings, max_total_dose=D(75))
    world = World(small(ceilings=ceilings), timing=FAST).start()
    world.run(60_000)
    world.sound = False
    primed_off(world)
    world.run(3_000)
    assert world.guard.given_ml["A"] > 20
    world.do(inp.ClassifyCounter, how=Explanation.PRIMED_OFF_PATIENT, text="primed")
    assert not world.resume(SAME, witness="bob").startswith("no: ")
    world.nurse_on = True
    world.run_until(Phase.COMPLETED, Phase.HELD)
    assert world.phase() is Phase.COMPLETED, world.why()
    assert "held_guard" not in world.alarms()
    state, guard = world.replayed()
    assert state == world.state
    assert guard.doubt.spared_ml == world.guard.doubt.spared_ml


def test_f26_the_guard_takes_off_no_more_than_leapt() -> None:
    """F34: an engine that claims more than the guard saw gains nothing."""
    world = infusing(60)
    given = dict(world.guard.given_ml)
    guard = world.guard.explain(D(1), by="ann")
    assert guard._total_dose() == world.guard._total_dose()
    assert guard.given_ml == given
    assert world.guard.explain(D(1), by=" ") is world.guard
