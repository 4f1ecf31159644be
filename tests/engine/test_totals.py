"""What may have been given in all, and what the rest of the plan adds to it (F11, F39)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import ahead, totals
from daemon.engine.account import Span
from daemon.engine.state import RunState
from daemon.protocols.plan import Plan
from drivers.values import Authority, Motion
from tests.engine.lines import at_step, lined
from tests.engine.plans import bag, plan_of, rules
from tests.engine.states import with_second
from tests.engine.stories import infusing

D = Decimal


@pytest.fixture(scope="module")
def lined_run() -> RunState:
    """A minute into step 1, through 2 mL of line that was full of A."""
    return at_step(lined(), 1).state


def reached(state: RunState, low: str, high: str) -> RunState:
    """So much may have come out at the vein, whatever the pump says."""
    line = state.line
    hung = replace(line, low=replace(line.low, reached=D(low)), high=replace(line.high, reached=D(high)))
    return replace(state, line=hung)


def test_f11_the_worst_is_the_upper_bound_of_the_worse_account(lined_run: RunState) -> None:
    """F11, F39: of what left the pump or reached the patient, with the upper bound of the runs before."""
    given = lined_run.dose_given()
    assert given.low < given.high
    assert totals.worst(lined_run) == max(given.high, totals.exposure(lined_run).high)
    linked = replace(lined_run, linked=Span(D(1), D(3)))
    assert totals.worst(linked) == totals.worst(lined_run) + 3
    more = reached(lined_run, "7", "20")
    assert totals.exposure(more).low >= 7
    assert totals.worst(more) == totals.exposure(more).high > 20


def test_f39_nothing_less_than_nothing_has_reached_the_patient(lined_run: RunState) -> None:
    """F39: a taken back volume may leave the lower line in debt; the dose it tells is none."""
    assert totals.exposure(reached(lined_run, "-9", "1")).low == 0
    assert totals.exposure_by(reached(lined_run, "-9", "1"), lined_run.at_ms).low == 0


def test_f11_what_flows_until_a_new_limit_is_taken_counts(lined_run: RunState) -> None:
    """F11: 3 s and two answers of 0.3 s at 60 mL/h of 1 mg/mL are 0.06 mg; of a hand all that is left."""
    state, now = lined_run, lined_run.pump.read_ms
    reading = state.pump.reading
    assert reading is not None
    assert totals.taken_ms(state, state.pump_name) == 3_600
    assert totals.taken_ms(replace(state, wire_factor=D(2)), state.pump_name) == 7_200
    by_now = max(state.dose_by(now).high, totals.exposure_by(state, now).high)
    assert totals.worst_when_taken(state, now) == by_now + D("0.06")
    linked = replace(state, linked=Span(D(1), D(3)))
    assert totals.worst_when_taken(linked, now) == by_now + D("3.06")
    told = replace(state, authority=Authority.MONITOR)
    assert totals.worst_when_taken(told, now) == by_now + (reading.limit_left_ml or 0)
    stands = replace(state, pump=replace(state.pump, reading=replace(reading, motion=Motion.STOPPED)))
    assert totals.worst_when_taken(stands, now) == by_now


def test_f11_a_dose_is_so_many_ml_of_what_is_given_now(lined_run: RunState) -> None:
    assert totals.volume_of(lined_run, D(4)) == 4
    third = replace(lined_run, step=3)
    assert totals.volume_of(third, D(4)) == D("0.4")


def run(plan: Plan, **changes: Any) -> RunState:
    """Nothing given yet."""
    state = infusing().state
    empty = replace(state, plan=plan, bags={}, line=replace(state.line, hung=None))
    return replace(empty, **changes)


ROWS = (("A", "60", "5"), ("A", "120", "5"), ("B", "30", "10"), ("B", "60", "5"))
BAGS = (bag("A", "20", "1"), bag("B", "12", "10"))
PLAN = plan_of(ROWS, BAGS, rules())
"""5 and 10 mL of A, 5 and 5 of B: 115 mg in all."""
EMPTIES = replace(PLAN, steps=(PLAN.steps[0], replace(PLAN.steps[1], until_empty=True), *PLAN.steps[2:]))
"""Step 2 takes all of A, 15 of 20 mL."""


@pytest.mark.parametrize(("step", "total"), [(1, "115"), (2, "110"), (3, "100"), (4, "50")])
def test_f11_the_rest_of_the_plan_is_every_step_from_there_on(step: int, total: str) -> None:
    assert ahead.expected_total(run(PLAN), step, {}) == D(total)


@pytest.mark.parametrize(("step", "total"), [(1, "120"), (2, "120"), (3, "100")])
def test_f30_a_step_to_the_empty_bag_takes_what_the_steps_before_leave(step: int, total: str) -> None:
    """F30, F11: from step 1 they share the 20 mL; from step 2 it takes all of them by itself."""
    assert ahead.expected_total(run(EMPTIES), step, {}) == D(total)


def test_f2_what_a_stretch_takes_before_is_part_of_it() -> None:
    """F2, F11: 2 mL of A count and are no longer in a bag that runs empty; of B they are 20 mg."""
    assert ahead.expected_total(run(PLAN), 2, {"A": D(2)}) == 112
    assert ahead.expected_total(run(EMPTIES), 2, {"A": D(2)}) == 120
    assert ahead.expected_total(run(EMPTIES), 2, {"A": D(99)}) == 199
    assert ahead.expected_total(run(PLAN), 4, {"B": D(2)}) == 70


@pytest.mark.parametrize(
    ("plan", "step", "taken", "short"),
    [
        (PLAN, 3, {}, False),
        (PLAN, 3, {"B": D(2)}, False),
        (PLAN, 3, {"B": D("2.1")}, True),
        (PLAN, 3, {"A": D(20)}, False),
        (PLAN, 3, {"A": D("20.1")}, True),
        (EMPTIES, 1, {"A": D(6)}, False),
        (EMPTIES, 1, {"A": D("6.1")}, True),
        (EMPTIES, 2, {"A": D(11)}, False),
        (EMPTIES, 2, {"A": D("11.1")}, True),
    ],
)
def test_f11_a_bag_holds_what_is_still_drawn_from_it(
    plan: Plan, step: int, taken: dict[str, Decimal], *, short: bool
) -> None:
    """F11, F30: 12 mL of B for 10; of a bag that runs empty 9 mL, 90 % of the step, are enough."""
    assert ahead.bag_short(run(plan), step, taken) is short


def test_f30_of_the_last_step_any_drop_is_enough() -> None:
    """F30: nothing follows it, and a plan without a rule for empty bags asks for no more either."""
    last = replace(PLAN, steps=(*PLAN.steps[:3], replace(PLAN.steps[3], until_empty=True)))
    assert not ahead.bag_short(run(last), 4, {"B": D("11.9")})
    assert ahead.bag_short(run(last), 4, {"B": D("12")})
    free = replace(EMPTIES, rules=replace(EMPTIES.rules, empty_from_percent=None))
    assert not ahead.bag_short(run(free), 2, {"A": D("19.9")})


def test_f39_since_the_last_reading_each_pump_may_have_gone_on(lined_run: RunState) -> None:
    """F39: a minute at 60 mL/h through a line full of A, and at 5 % more: 1.05 mg; beside it 30 mL/h of the
    strongest there is, 10 mg/mL, straight to the patient: 5.25 mg.
    """
    assert lined_run.caps.accuracy == D("0.05")
    read_ms = lined_run.pump.read_ms
    then, later = (totals.exposure_by(lined_run, read_ms + ms) for ms in (0, 60_000))
    assert then == totals.exposure(lined_run)
    assert (later.high - then.high, later.low) == (D("1.05"), then.low)
    reading = lined_run.pump.reading
    assert reading is not None
    slower = replace(reading, rate_ml_h=D(30))
    for hung, beside in (("B", "5.25"), (None, "0")):
        two = with_second(
            lined_run, carries=("B",), hung=hung, reading=slower, approved=None, may_run_ml_h=D(0)
        )
        both = totals.exposure_by(two, read_ms + 60_000)
        assert both.high - later.high == D(beside)


@pytest.mark.parametrize(("came_out", "by_line"), [("-5", False), ("20", True)])
def test_f11_when_a_setting_is_taken_the_worse_account_counts(
    lined_run: RunState, came_out: str, *, by_line: bool
) -> None:
    """F11, F39: what may have left the pump by then, or come out of the line if that is more."""
    assert lined_run.pump.reading is not None
    still = replace(lined_run.pump.reading, motion=Motion.STOPPED)
    state = replace(reached(lined_run, "0", came_out), pump=replace(lined_run.pump, reading=still))
    now = state.pump.read_ms + 60_000
    left, line = state.dose_by(now), totals.exposure_by(state, now)
    assert left.low < left.high
    assert (line.high > left.high) is by_line
    assert totals.worst_when_taken(state, now) == (line.high if by_line else left.high)


@pytest.mark.parametrize(("hung", "more"), [("B", "0.3"), (None, "0")])
def test_f11_f23_a_pump_beside_that_runs_gives_its_own_drug_until_then(
    lined_run: RunState, hung: str | None, more: str
) -> None:
    """F11, F23: 30 mL/h of 10 mg/mL for 3.6 s; without a bag it gives none."""
    reading = lined_run.pump.reading
    assert reading is not None
    slower = replace(reading, rate_ml_h=D(30))
    two = with_second(lined_run, carries=("B",), hung=hung, reading=slower, approved=None, may_run_ml_h=D(0))
    now = lined_run.pump.read_ms
    assert totals.worst_when_taken(two, now) - totals.worst_when_taken(lined_run, now) == D(more)


def test_f11_f27_of_a_hand_what_is_left_of_its_limit_comes_before_a_new_one(lined_run: RunState) -> None:
    """F11, F27: and nothing that can be named where no limit is shown."""
    reading, now = lined_run.pump.reading, lined_run.pump.read_ms
    assert reading is not None
    by_hand = replace(lined_run, authority=Authority.MONITOR)
    given = max(by_hand.dose_by(now).high, totals.exposure_by(by_hand, now).high)
    for left, coming in ((D("0.7"), D("0.7")), (None, D(0))):
        shown = replace(by_hand, pump=replace(by_hand.pump, reading=replace(reading, limit_left_ml=left)))
        assert totals.worst_when_taken(shown, now) - given == coming
