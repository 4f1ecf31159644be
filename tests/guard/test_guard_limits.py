"""How much one grant may promise, and that one pump gives at a time (F5, F11, F23)."""

from __future__ import annotations

from bisect import bisect
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.guard.guard import Grant, GrantKind, Guard
from daemon.guard.watched import Watched
from daemon.protocols.rules import Ceilings, GateAction, GateRule
from drivers.values import Motion, PumpSetting
from simulators.campaign.engine.world import DIANET
from tests.engine.plans import bag, plan_of, rules, small
from tests.guard.one_pump import PUMP
from tests.guard.test_guard import STANDS, at_step, grant

D = Decimal
OPEN = Ceilings(D(300), D(1000), D(3), D(60), D(72))
"""An hour unattended and room for more than the dose: nothing but the step bounds a grant."""


def most(guard: Guard, step: int, rate: str, solution: str = "A", kind: str = "start") -> Decimal:
    """The largest limit, in hundredths of a millilitre, that passes."""

    def refused(limit: int) -> bool:
        return bool(guard.refuse(grant(step, rate, str(D(limit) / 100), solution, kind)))

    return D(bisect(range(1, 3000), False, key=refused)) / 100


def test_f5_a_grant_is_the_rest_of_the_step_and_a_stated_margin() -> None:
    """F5, F18: 5 mL, 30 s more (0.5), a step of the limit, a unit, and 1.2 s until it is read (0.02)."""
    assert most(at_step(1, small(ceilings=OPEN)), 1, "60") == D("5.72")


def test_f5_what_is_counted_at_this_place_is_not_granted_again() -> None:
    """F5: of 5 mL 3 are counted; more than all leaves the margin."""
    begun = replace(at_step(1, small(ceilings=OPEN)), place_ml=D(3), given_ml={"A": D(3)})
    assert most(begun, 1, "60") == D("2.72")
    over = replace(begun, place_ml=D(7))
    assert most(over, 1, "60") == D("0.72")


def test_f5_what_was_counted_before_is_not_taken_from_the_next_step() -> None:
    """F5: 5 mL earned step 2, which is granted whole: 10 mL, and 1 mL and two tenths and 0.04 of margin."""
    earned = replace(at_step(1, small(ceilings=OPEN)), place_ml=D(5), place_ms=300_000, given_ml={"A": D(5)})
    assert most(earned, 2, "120") == D("11.24")


def test_f5_an_ordered_dwell_is_granted_beside_the_rest() -> None:
    """F5: two minutes of dwell at 60 mL/h are 2 mL."""
    dwells = small(ceilings=OPEN, gate=GateRule(GateAction.DWELL, D(2)))
    assert most(at_step(1, dwells), 1, "60") == D("7.72")


def test_f5_unattended_time_bounds_every_rate() -> None:
    """F5: two minutes at 60 mL/h, and at 30."""
    assert most(at_step(1), 1, "60") == D(2)
    assert most(at_step(1), 1, "30") == D(1)


def test_f11_a_bag_cannot_give_more_than_is_left_in_it() -> None:
    """F11: 99 of 100 mL are counted: 1 mL, a unit, a step of the limit and what flows until it is read."""
    nearly = replace(at_step(1, small(ceilings=OPEN)), given_ml={"A": D(99)})
    assert most(nearly, 1, "60") == D("1.22")
    assert most(replace(nearly, given_ml={"A": D(110)}), 1, "60") == D("0.22")
    assert most(replace(nearly, given_ml={"B": D(3)}), 1, "60") == D("5.72"), "another bag's"


def test_f30_a_bag_that_is_to_run_empty_bounds_its_step() -> None:
    """F30: what is left of the bag, whatever the step says in mL."""
    plan = plan_of((("A", "60", "5"), ("A", "120", "5")), (bag("A", "12", "1"),), rules(ceilings=OPEN))
    empties = replace(plan, steps=(plan.steps[0], replace(plan.steps[1], until_empty=True)))
    guard = replace(at_step(2, empties), given_ml={"A": D(6)}, place_ml=D(1))
    assert most(guard, 2, "120") == D("6.24")


def test_f18_a_slow_wire_is_given_time_to_answer() -> None:
    """F18: the margin of replies and of the last readback grows with the wire's factor; 30 s do not."""
    slow = replace(at_step(1, small(ceilings=OPEN)), wire_factor=D(10))
    assert most(slow, 1, "60") == D("6.38"), "59 s of replies, 12 s of cycle, a unit, a step"


def test_f11_the_total_dose_ends_every_grant() -> None:
    """F11: 80 mg in all, what was counted of each bag at its strength and what no counter saw."""
    guard = replace(at_step(3), given_ml={"A": D(10), "B": D("6.6")})
    assert most(guard, 3, "30", "B") == D("0.4")
    flushed = replace(guard, uncounted=replace(guard.uncounted, given=D(3)))
    assert most(flushed, 3, "30", "B") == D("0.1")


@pytest.mark.parametrize(("factor", "renewed"), [(1, "0.37"), (4, "0.35")])
def test_f11_what_runs_until_a_new_limit_is_taken_is_part_of_the_total(factor: int, renewed: str) -> None:
    """F11: of 4 mg left, 3 s at 30 mL/h of 10 mg/mL take 0.25 mg; where the wire is slower, 6 s take 0.5."""
    guard = replace(at_step(3), given_ml={"A": D(10), "B": D("6.6")}, wire_factor=D(factor))
    caps = replace(DIANET, reply_limit_s=D(2))
    guard = replace(guard, pumps={PUMP: replace(guard.pumps[PUMP], caps=caps)})
    runs = guard.see(PUMP, replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(30)), 1)
    assert most(runs, 3, "30", "B", kind="renew") == D(renewed)
    by_hand = replace(runs, by_hand=True)
    assert most(by_hand, 3, "30", "B", kind="renew") == D("0.3"), "all that its limit of 0.1 mL leaves"


def test_f1_the_ceiling_of_the_dose_rate_is_kept_beside_the_steps_rate() -> None:
    """F1: 250 mg/h where the step orders 300: 25 mL/h of B and not a hundredth more."""
    lower = at_step(3, small(ceilings=replace(OPEN, max_dose_rate_h=D(250))))
    assert lower.refuse(grant(3, "25", "0.1", "B")) == ""
    assert "dose rate" in lower.refuse(grant(3, "25.01", "0.1", "B"))


def test_f34_a_pump_is_not_asked_for_more_than_it_takes() -> None:
    """F34: the pump's highest rate and largest limit pass, a step more does not."""
    little = replace(DIANET, rate_max_ml_h=D(60), limit_max_ml=D(2))
    guard = at_step(1)
    guard = replace(guard, pumps={PUMP: replace(guard.pumps[PUMP], caps=little)})
    assert guard.refuse(grant(1, "60", "2")) == ""
    assert "takes" in guard.refuse(grant(1, "60", "2.1"))
    faster = replace(little, rate_max_ml_h=D("59.9"))
    guard = replace(guard, pumps={PUMP: replace(guard.pumps[PUMP], caps=faster)})
    assert "takes" in guard.refuse(grant(1, "60", "1"))


def test_f30_only_the_lowest_rate_of_the_plan_with_the_least_limit_disarms() -> None:
    """F30: 30 mL/h is the plan's lowest; 0.1 mL the pump's least limit."""
    assert at_step(1).refuse(grant(1, "30", "0.1", kind="disarm")) == ""
    assert at_step(1).refuse(grant(1, "30.01", "0.1", kind="disarm"))


@pytest.mark.parametrize(("place", "step", "passes"), [(1, 0, 0), (1, 1, 1), (3, 4, 0)])
def test_f34_the_plan_has_a_first_and_a_last_step(place: int, step: int, passes: int) -> None:
    asked = Grant(GrantKind.START, PumpSetting(D(30), D("0.1")), step, "A" if place == 1 else "B", PUMP)
    told = at_step(place).refuse(asked)
    assert (told == "") is bool(passes)
    assert passes or "no step" in told


def two() -> Guard:
    """A on one pump, B on the other; both were read standing at 0."""
    pumps = {"left": Watched(DIANET, frozenset("A"), "A"), "right": Watched(DIANET, frozenset("B"), "B")}
    return Guard(plan=small(), pumps=pumps, place=3).see("left", STANDS, 0).see("right", STANDS, 0)


START_B = replace(grant(3, "30", "0.5", "B"), pump="right")


@pytest.mark.parametrize(("ms", "factor", "passes"), [(899, 1, 0), (900, 1, 1), (1799, 2, 0), (1800, 2, 1)])
def test_f23_the_other_pump_is_seen_standing_for_a_while(ms: int, factor: int, *, passes: int) -> None:
    """F23: 0.9 s of wire time of readbacks that agree, before the next pump starts."""
    guard = replace(two().see("left", STANDS, ms), wire_factor=D(factor))
    told = guard.refuse(START_B)
    assert (told == "") is bool(passes)
    assert passes or "F23" in told


def test_f23_a_pump_that_runs_is_silent_or_was_never_read_gives_for_all_we_know() -> None:
    """F23: nothing but a program without a start goes to the other one."""
    still = two().see("left", STANDS, 5000)
    runs = still.see("left", replace(STANDS, motion=Motion.INFUSING), 5001)
    unread = replace(still, pumps={**still.pumps, "left": Watched(DIANET, frozenset("A"), "A")})
    for guard in (runs, still.lose("left"), unread):
        assert "F23" in guard.refuse(START_B)
        assert guard.refuse(replace(START_B, kind=GrantKind.PROGRAM)) == ""
    assert still.lose("left").see("left", STANDS, 5002).refuse(START_B) == "", (
        "its counter says that it stood"
    )


def test_f23_a_pump_gives_only_what_it_carries() -> None:
    guard = two().see("left", STANDS, 5000).see("right", STANDS, 5000).hang("left", "B")
    assert "does not carry" in guard.refuse(replace(START_B, pump="left"))
    assert "is confirmed" in guard.take_down("right").refuse(START_B)
    assert (guard.carrier("A"), guard.carrier("B")) == ("left", "right")


def test_f23_f34_a_choice_waits_until_every_pump_stands() -> None:
    """F34: the place does not fall while any pump of the bed runs or was not read."""
    guard = replace(two(), ran=True)
    assert guard.choose(2, whole=True, by="ann").place == 2
    runs = guard.see("left", replace(STANDS, motion=Motion.INFUSING), 1)
    assert runs.choose(2, whole=True, by="ann").place == 3


def test_f20_after_lost_time_every_pump_may_have_given_its_limit() -> None:
    """F20, F26: counters that fell meanwhile are worth two units and what the limit still held."""
    guard = two()
    for name in ("left", "right"):
        guard = guard.see(name, replace(STANDS, limit_left_ml=D("0.7"), counter_ml=D(5)), 10)
    fell = guard.lose_time().see("left", STANDS, 20).see("right", STANDS, 20)
    assert fell.given_ml["A"] - guard.given_ml["A"] == D("0.9")
    assert fell.given_ml["B"] - guard.given_ml["B"] == D("0.9")
    again = fell.see("left", replace(STANDS, counter_ml=D(1)), 30)
    assert again.given_ml["A"] - fell.given_ml["A"] == D(1)


def test_f34_only_what_runs_for_the_present_step_counts_there() -> None:
    """F34: minutes and millilitres of another bag earn nothing here, and are a dose all the same."""
    run = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(30))
    guard = two().see("left", run, 0).see("left", replace(run, counter_ml=D(1)), 60_000)
    assert (guard.place_ml, guard.place_ms, guard.given_ml["A"]) == (D(0), 0, D(1))
    guard = guard.see("right", run, 60_000).see("right", replace(run, counter_ml=D(1)), 120_000)
    assert (guard.place_ml, guard.place_ms, guard.given_ml["B"]) == (D(1), 60_000, D(1))
    stops = guard.see("right", replace(STANDS, counter_ml=D(1)), 180_000)
    assert stops.place_ms == 60_000, "minutes in which it stopped are not proven"


def test_f34_a_bag_nobody_confirmed_counts_for_the_step() -> None:
    """F34: what runs without a confirmed bag is counted at the place, and for no bag."""
    run = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(30))
    guard = at_step(1).take_down(PUMP).see(PUMP, run, 0).see(PUMP, replace(run, counter_ml=D(1)), 60_000)
    assert (guard.place_ml, guard.place_ms, guard.given_ml.get("A", D(0))) == (D(1), 0, D(0))
