"""Stepping back over a bag, old bags, unprimed lines: what comes out at the simulated patient (F4, F39)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.control.view import view
from daemon.engine import inputs as inp
from daemon.engine import line_rules, resume
from daemon.engine.line import FlushTo, Handling
from daemon.engine.phases import Phase
from daemon.protocols.rules import Ceilings
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, clear, flush, hold, lined, renew, world_of
from tests.engine.plans import BACK, OVER, REST, SAME, published
from tests.engine.stories import FAST

D = Decimal
ROOMY = Ceilings(D(300), D(200), D(3), D(2), D(72))
"""Total dose enough for any step back."""


def stepped_back(own_ml: str = "2", shared_ml: str = "0") -> World:
    """Back from bag B to the weaker bag A, which is wanted next; B is ten times as strong and in the line."""
    world = hold(at_step(lined(own_ml, shared_ml, ceilings=ROOMY), 3))
    world.nurse_on = False
    flush(world, FlushTo.NOBODY)
    assert not world.resume(BACK).startswith("no: ")
    world.run(3_000)
    assert world.phase() is Phase.AWAITING_SOLUTION
    world.match()
    world.side.peak_h = world.side.strongest = D(0)
    return world


def refused(world: World) -> bool:
    """The weak bag may not hang and nothing runs, whatever else is confirmed."""
    told = world.hang("A", primed=False)
    world.run(10_000)
    return (
        told.startswith("no: ") and str(world.phase()) == Phase.AWAITING_SOLUTION and not world.state.running
    )


def test_f4_no_strong_drug_first() -> None:
    """F4: without the line replaced or cleared nothing is given; the text says how much must be cleared."""
    world = stepped_back()
    assert "line:stronger" in world.state.gate_shut
    assert "clear 2 mL away from the patient" in view(world.state, world.now)["todo"]
    assert "clear at least 2 mL" in world.do(inp.ConfirmLine)
    assert refused(world)
    assert world.side.peak_h == 0


@pytest.mark.parametrize("shared", ["0", "0.5"])
def test_f4_clearing_less_than_the_dead_volume_is_not_enough(shared: str) -> None:
    """F4: the dead volume includes the part behind a Y-site."""
    world = stepped_back("2", shared)
    whole = D(2) + D(shared)
    assert f"{whole} mL" in clear(world, str(whole - D("0.1")), "A")
    assert refused(world)


@pytest.mark.parametrize("way", ["cleared with the weak bag", "cleared with saline", "replaced"])
@pytest.mark.parametrize("shared", ["0", "0.5"])
def test_f4_after_clearing_the_patient_gets_no_more_than_the_step_orders(way: str, shared: str) -> None:
    """F4: at the simulated patient never more per hour than the step resumed."""
    world = stepped_back("2", shared)
    if way == "replaced":
        answer = renew(world)
    elif way == "cleared with saline":
        world.side.flush(D(3), to_patient=False)
        answer = world.do(inp.ConfirmLine, handling=Handling.CLEARED, cleared_ml=D(3))
    else:
        answer = clear(world, "3", "A")
    assert not answer.startswith("no: ")
    assert not world.hang("A").startswith("no: ")
    world.run(200_000)
    assert world.phase() is Phase.INFUSING, world.why()
    assert 0 < world.side.peak_h <= world.state.current.dose_rate_h


def test_f4_a_primed_weak_bag_does_not_hide_what_is_in_the_line() -> None:
    """F4: 'own solution to the hub' is no word on the strong drug in the line; the line comes first."""
    world = stepped_back()
    assert "stronger" in world.do(inp.ConfirmSolution, **world.label("A"))


def test_f4_starting_over_is_stepping_back() -> None:
    """F4: with bag 3 in the line nothing of bag 1 is given before the line is clear."""
    world = hold(at_step(lined(ceilings=ROOMY), 3))
    world.nurse_on = False
    flush(world, FlushTo.NOBODY)
    world.resume(OVER, witness="bob")
    world.run(3_000)
    world.match()
    assert world.state.step == 1
    assert refused(world)


def test_f4_the_published_worst_case_is_refused() -> None:
    """F4: back from step 9 to step 8, 10 mL of bag 3 in the line: 95 mg/h for 9.6, never given."""
    world = hold(at_step(published("castells-12-step"), 9))
    world.nurse_on = False
    flush(world, FlushTo.NOBODY)
    assert not world.resume(BACK).startswith("no: ")
    world.run(3_000)
    world.match()
    rest = line_rules.stronger(world.state)
    assert rest is not None
    assert (rest.solution, int(rest.volume_ml)) == ("bag-3", 10)
    world.pump.bag = "bag-2"
    assert world.do(inp.ConfirmSolution, **world.label("bag-2")).startswith("no: ")
    world.run(30_000)
    assert not world.state.running


CHOICES = st.sampled_from([REST, SAME, BACK, OVER])
STORY = st.lists(
    st.tuples(st.integers(5, 400), CHOICES, st.sampled_from(["replace", "clear", "none"]), st.booleans()),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORY, st.sampled_from(["0.5", "2"]), st.sampled_from(["0", "0.5"]), st.booleans())
def test_f4_f11_after_any_resume_the_patient_gets_what_the_step_orders(
    story: list[tuple[int, object, str, bool]], own: str, shared: str, primed: bool
) -> None:
    """F4, F11: any holds, choices and hands at the line.

    Nothing stronger than the bag that hangs comes out, no total is broken, no bag gives more than it holds.
    """
    plan = lined(own, shared)
    plan = replace(plan, exposure_accepted_by="Dr. Example")
    world = world_of(plan).start()
    for seconds, choice, way, answered in story:
        world.run(seconds * 1_000)
        if world.phase() is not Phase.INFUSING:
            continue
        hold(world)
        if answered:
            flush(world, FlushTo.NOBODY)
        allowed = resume.options(world.state, world.now).allowed
        if choice not in allowed:
            world.resume(allowed[0], witness="bob") if allowed else None
        else:
            world.resume(choice, witness="bob")
        world.run(2_000)
        if world.phase() is Phase.AWAITING_SOLUTION and way == "clear" and world.state.pump.disarmed:
            clear(world, "3", world.state.current.solution)
        world.priming = primed
    world.run(400_000)
    assert world.side.strongest <= 1
    most = plan.rules.ceilings.max_total_dose
    assert world.side.reached <= most + D(2)
    for bag in plan.solutions:
        assert world.flowed_ml(bag.id) <= bag.volume_ml


def test_f39_not_primed_at_the_second_bag_is_recomputed_and_refused() -> None:
    """F39: 'no' at bag 2: the patient would meet it at 8 times its rate; shut until it is primed."""
    world = at_step(published("castells-12-step"), 4)
    world.priming = False
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(60_000)
    assert world.state.hung == "bag-2"
    assert world.state.gate_shut == ("exposure",)
    assert str(world.phase()) == Phase.AWAITING_SOLUTION
    assert world.side.peak_h <= world.state.plan.step(4).dose_rate_h + D("1e-9")
    assert not world.hang("bag-2", primed=True).startswith("no: ")
    world.run(60_000)
    assert str(world.phase()) == Phase.INFUSING, world.why()


def test_f39_not_primed_at_the_first_bag_is_refused_at_the_start() -> None:
    """F39: the checklist says so before anything is given."""
    world = World(published("castells-12-step"), timing=FAST)
    world.run(3_000)
    world.check()
    world.hang("bag-1", primed=False)
    answer = world.do(inp.Start, by="ann", witness="bob")
    assert "gate: exposure" in answer


def test_f39_an_exposure_accepted_by_name_runs_and_both_accounts_hold_the_truth() -> None:
    """F39: unprimed lines with a name behind them: what reached the patient is in the books all along."""
    plan = replace(lined("2", primed=False), exposure_accepted_by="Dr. Example")
    world = world_of(plan)
    world.priming = False
    world.start()
    world.run_until(Phase.COMPLETED)
    told = view(world.state, world.now)
    reached, books = world.side.reached, told["exposure"]
    assert books["low"] <= reached <= books["high"]
    assert told["dose"]["low"] - reached > 15
    assert told["worse"] == "pump"
    assert told["line"]["dose"]["high"] >= world.side.held


@pytest.mark.parametrize(
    ("made_h", "why"),
    [
        ("24", "was made"),
        ("25", "was made"),
        ("23.9", "its steps take"),
        ("23.8", ""),
        ("0", ""),
        ("-0.1", "in the future"),
    ],
)
def test_f4_a_bag_is_not_hung_that_expires_before_its_steps_are_over(made_h: str, why: str) -> None:
    """F4: 24 h from making, and the steps of bag A take 10 min from the start on."""
    world = world_of(lined())
    world.run(3_000)
    words = {**world.label("A"), "made_min": D(made_h) * 60}
    answer = world.do(inp.ConfirmSolution, **words)
    assert answer.startswith("no: ") == bool(why)
    assert why in answer


def test_f4_a_bag_that_expires_on_the_pump_gives_nothing_more() -> None:
    """F4: held past its hours, the bag is not gone on with; while it runs the gate shuts and it stops."""
    world = at_step(lined(), 1)
    state = world.state
    world.state = replace(state, expires_ms={"A": world.now + 30_000})
    world.run(150_000)
    assert "bag:expired" in world.state.gate_shut
    assert not world.state.running
    before = world.side.by_pump
    hold(world)
    assert "may no longer be used" in world.resume(REST)
    world.run(60_000)
    assert world.side.by_pump == before


def test_f4_a_bag_that_still_hangs_does_not_start_behind_a_stronger_line() -> None:
    """F4: the line was filled with B, A hangs yet; stepping back onto A clears the line first."""
    world = at_step(lined(), 2)
    world.nurse_on = False
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(10_000)
    hold(world)
    flush(world, FlushTo.NOBODY)
    world.match()
    world.measure()
    clear(world, "2", "B")
    world.side.peak_h = D(0)
    assert not world.resume(BACK).startswith("no: ")
    world.run(30_000)
    assert world.phase() is Phase.AWAITING_SOLUTION
    assert "line:stronger" in world.state.gate_shut
    world.match()
    clear(world, "2", "A")
    world.run_until(Phase.INFUSING)
    world.run(60_000)
    assert world.side.peak_h <= world.state.current.dose_rate_h


def test_f19_a_step_back_over_a_bag_that_the_gap_orders_may_be_gone() -> None:
    """F19: six minutes without drug order back=1, over the bag; who does so is not held for the same gap."""
    world = at_step(lined(ceilings=ROOMY), 3)
    hold(world)
    world.run(360_000)
    flush(world, FlushTo.NOBODY)
    world.match()
    world.do(inp.Assess)
    world.measure()
    assert not world.resume(BACK).startswith("no: ")
    world.run(10_000)
    assert world.phase() is Phase.AWAITING_SOLUTION, world.why()
    world.nurse_on = False
    world.run(1_200_000)
    assert world.phase() is Phase.HELD
    assert "too long" in world.why()
