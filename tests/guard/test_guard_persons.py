"""What a person's word does to the place the guard keeps, and where it does nothing (F21, F26, F27, F34)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.guard.bound import nothing
from daemon.guard.doubt import Doubt
from daemon.guard.guard import Guard
from drivers.values import Motion
from tests.engine.plans import bag, plan_of, small
from tests.guard.one_pump import PUMP, guard_of, pump_of
from tests.guard.test_guard import STANDS, at_step, grant

D = Decimal
RUNS = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(120))
ADVANCE = grant(3, "30", "0.5", "B")


def part_given(ml: str = "4", ms: int = 300_000) -> Guard:
    """Step 2 of 10 mL in 5 minutes, of which so much is counted."""
    return replace(at_step(2), place_ml=D(ml), place_ms=ms)


def running(guard: Guard) -> Guard:
    return guard.see(PUMP, RUNS, pump_of(guard).read_ms)


def next_bag(guard: Guard) -> Guard:
    return guard.hang(PUMP, "B")


def test_f21_a_signature_earns_one_advance() -> None:
    """F21: what lacks volume and time passes on a named person's word, for this place alone."""
    short = part_given("1", 0)
    assert "not earned" in next_bag(short).refuse(ADVANCE)
    signed = short.settle(2, credit=True, missing_ml=D(9), by="ann")
    assert next_bag(signed).refuse(ADVANCE) == ""
    assert signed.place_ml == D(1), "nothing is given again"
    assert next_bag(signed).passed(ADVANCE).doubt.credit == 0


@pytest.mark.parametrize(
    ("by", "step", "runs"), [(" ", 2, False), ("ann", 1, False), ("ann", 3, False), ("ann", 2, True)]
)
@pytest.mark.parametrize("credit", [True, False])
def test_f21_a_word_needs_a_name_the_present_step_and_a_standing_pump(
    by: str, step: int, *, runs: bool, credit: bool
) -> None:
    guard = running(part_given()) if runs else part_given()
    assert guard.settle(step, credit=credit, missing_ml=D(1), by=by) == guard


@pytest.mark.parametrize(
    ("counted", "missing", "left"),
    [("4", "1", "3"), ("4", "4", "0"), ("4", "5", "0"), ("12", "1", "9"), ("12", "99", "0"), ("4", "0", "4")],
)
def test_f21_what_is_missing_may_be_given_again_and_no_more(counted: str, missing: str, left: str) -> None:
    """F21: of a step of 10 mL at most what the counter says beyond is taken back, once."""
    regiven = part_given(counted).settle(2, credit=False, missing_ml=D(missing), by="ann")
    assert regiven.place_ml == D(left)
    assert regiven.settle(2, credit=False, missing_ml=D(1), by="ann") == regiven


def test_f26_a_leap_is_explained_at_most_as_far_as_it_went() -> None:
    """F26: 3 mL of A went past the patient of the 3 mL the counter leapt, however much is said."""
    leapt = replace(part_given("4"), doubt=Doubt(leapt_ml=D(3)), given_ml={"A": D(8)})
    assert leapt.explain(D(2), by="ann").place_ml == D(2)
    everything = leapt.explain(D(99), by="ann")
    assert everything.place_ml == D(1)
    assert everything.doubt.spared_ml == {"A": D(3)}
    assert everything.explain(D(1), by="ann") == everything
    assert replace(leapt, place_ml=D(1)).explain(D(3), by="ann").place_ml == 0


def test_f26_a_leap_is_explained_by_name_and_for_a_bag() -> None:
    leapt = replace(part_given("4"), doubt=Doubt(leapt_ml=D(3)))
    assert leapt.explain(D(1), by=" ") == leapt
    assert leapt.explain(D(0), by="ann") == leapt
    assert leapt.take_down(PUMP).explain(D(1), by="ann") == leapt.take_down(PUMP)


def test_f26_f11_what_was_spared_is_no_dose() -> None:
    """F11: 80 mg may be given in all; 78 counted leave no room for 3 more, 75 do."""
    full = replace(at_step(3), given_ml={"A": D(8), "B": D(7)}, doubt=Doubt(leapt_ml=D(3)))
    asked = grant(3, "30", "0.3", "B")
    assert "exceed" in full.refuse(asked)
    assert full.explain(D("0.3"), by="ann").refuse(asked) == ""


def test_f34_each_choice_uses_one_up() -> None:
    """F34: the rules of the plan allow so many choices in all, each after the pump ran."""
    guard = part_given()
    most = sum(rule.max_times for rule in guard.plan.rules.resume)
    for number in range(1, most + 1):
        begun = replace(guard, ran=True, place_ml=D(1), place_ms=1, doubt=Doubt(credit=2, leapt_ml=D(1)))
        guard = begun.choose(2, whole=True, by="ann")
        assert (guard.place_ml, guard.place_ms, guard.ran, guard.choices) == (D(0), 0, False, number)
        assert (guard.doubt.credit, guard.doubt.leapt_ml) == (0, D(0))
        assert replace(guard, place_ml=D(1)).choose(2, whole=True, by="ann").place_ml == D(1), (
            "it did not run"
        )
    last = replace(guard, ran=True, place_ml=D(1))
    assert last.choose(2, whole=True, by="ann") == last
    assert last.choose(1, whole=True, by="ann") == last


def test_f34_it_ran_is_what_a_readback_said() -> None:
    """F34: KVO and a bolus are running too; standing and standing is not."""
    assert not at_step(1).see(PUMP, STANDS, 5).ran
    for motion in (Motion.INFUSING, Motion.BOLUS):
        assert at_step(1).see(PUMP, replace(STANDS, motion=motion), 5).ran
    assert at_step(1).see(PUMP, RUNS, 5).see(PUMP, STANDS, 9).ran


def test_f27_what_is_told_counts_when_the_pump_is_read_running_so() -> None:
    """F27: a person sets the pump: being told is no place; nor is another rate, or the pump standing."""
    asked = grant(2, "120", "1")
    told = replace(at_step(1), by_hand=True, place_ml=D(5), place_ms=1).passed(asked)
    assert (told.place, told.place_ml) == (1, D(5))
    assert told.see(PUMP, replace(RUNS, motion=Motion.STOPPED), 5).place == 1
    assert told.see(PUMP, replace(RUNS, rate_ml_h=D(60)), 5).place == 1
    runs = told.see(PUMP, RUNS, 5)
    assert (runs.place, runs.place_ml, runs.place_ms) == (2, D(0), 0)
    counted = runs.see(PUMP, replace(RUNS, counter_ml=D(2)), 60_005)
    assert (counted.place, counted.place_ml, counted.place_ms) == (2, D(2), 60_000), "it entered once"
    assert told.withdraw().see(PUMP, RUNS, 5).place == 1
    assert runs.told is None, "what was told once is not told for the next time it is set so"


@pytest.mark.parametrize("kind", ["disarm", "program"])
def test_f34_what_starts_nothing_is_no_new_place(kind: str) -> None:
    guard = part_given()
    assert guard.passed(grant(1, "0.1", "0.1", kind=kind)) == guard


def test_f34_two_steps_on_is_refused_although_its_bag_hangs() -> None:
    """F1, F34: from step 1 to step 3, whatever was counted or signed."""
    whole = replace(at_step(1).hang(PUMP, "B"), place_ml=D(5), place_ms=300_000, doubt=Doubt(credit=1))
    assert "more than one step" in whole.refuse(ADVANCE)


def test_f26_another_pump_in_its_place_may_have_given_its_limit() -> None:
    """F26: the counter of another serial number is not compared; the limit of the one before is counted."""
    guard = at_step(2).join(PUMP, "7").see(PUMP, replace(RUNS, limit_left_ml=D("0.7"), counter_ml=D(5)), 9)
    before = guard.place_ml
    assert guard.join(PUMP, "7") == guard
    other = guard.join(PUMP, "8")
    assert other.place_ml - before == D("0.7")
    assert other.given_ml["A"] - guard.given_ml["A"] == D("0.7")
    assert other.see(PUMP, replace(RUNS, counter_ml=D(900)), 10).place_ml == other.place_ml
    assert at_step(2).join(PUMP, "").place_ml == 0
    unlimited = guard.see(PUMP, replace(RUNS, limit_left_ml=None, counter_ml=D(5)), 11)
    assert unlimited.join(PUMP, "8").place_ml == unlimited.place_ml
    new = guard_of(small(), hung="A").join(PUMP, "7").see(PUMP, STANDS, 1)
    assert new.join(PUMP, "7") == new, "it is known since it first answered"


def test_f3_hanging_a_flush_drives_out_what_the_line_holds() -> None:
    """F3, F30: the flush itself is no drug; another bag only fills its own line, if it is primed."""
    rinse = replace(bag("F", "100", "0"), flush=True, dead_volume_ml=D(2))
    drug = replace(bag("A", "100", "1"), dead_volume_ml=D(2))
    plan = plan_of((("A", "60", "5"), ("F", "60", "5")), (drug, rinse))
    guard = guard_of(plan).hang(PUMP, "A")
    assert (guard.uncounted.given, guard.uncounted.line) == (D(0), D(2))
    assert guard_of(plan).hang(PUMP, "A", primed=False).uncounted.line == 0
    flushed = guard.hang(PUMP, "F")
    assert (flushed.uncounted.given, flushed.uncounted.line) == (D(2), D(0))
    assert (guard.flush().uncounted.given, pump_of(flushed).hung) == (D(2), "F")


def test_f3_a_line_handled_once_the_step_is_earned_may_be_for_the_next_one() -> None:
    """F3, F34: before, it is full of A at most; after, of B, the stronger; of a stretch, once earned."""
    bags = (
        replace(bag("A", "100", "1"), dead_volume_ml=D(2)),
        replace(bag("B", "100", "10"), dead_volume_ml=D(2)),
    )
    plan = plan_of((("A", "60", "5"), ("A", "120", "5"), ("B", "30", "10")), bags)
    part = guard_of(plan, place=2, hung="A")
    earned = replace(part, place_ml=D(10), place_ms=300_000)
    assert part.handle_line().uncounted.line == D(2)
    assert earned.handle_line().uncounted.line == D(20)
    stretch = replace(earned, bound=nothing(2), place_ml=D(0), place_ms=0)
    assert stretch.handle_line().uncounted.line == D(2)
    last = replace(earned, place=3)
    assert last.handle_line().uncounted.line == D(20)


def test_f26_the_counter_tells_the_guard_of_a_leap() -> None:
    """F26: a standing pump whose counter rose by 3 mL; it goes with the place."""
    leapt = at_step(2).see(PUMP, replace(STANDS, counter_ml=D(3)), 1000)
    assert leapt.doubt.leapt_ml == D(3)
    assert leapt.explain(D(3), by="ann").place_ml == 0


def test_f34_a_new_guard_stands_at_the_first_step_and_has_seen_nothing() -> None:
    new = Guard(plan=small(), pumps={})
    assert (new.place, new.place_ml, new.place_ms, new.ran, new.choices) == (1, D(0), 0, False, 0)
    assert (new.by_hand, new.bound, new.told) == (False, None, None)
    seen = at_step(1).pumps[PUMP]
    assert (seen.silent, seen.untimed, seen.read_ms, seen.still_ms) == (False, False, 0, 0)
