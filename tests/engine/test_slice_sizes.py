"""How much a slice grants, when it is due, when a step is full: each bound by itself (F5, F11, F25)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine import slices, totals
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.state import RunState
from daemon.protocols.rules import Ceilings, GateAction, GateRule, Rules
from drivers.values import Authority, Motion, PumpIdentity, PumpReading, PumpSetting
from simulators.campaign.engine.world import DIANET
from tests.engine.stories import infusing

D = Decimal
NONE = Span(D(0), D(0))
MINUTE = 60_000
OPEN = Ceilings(D(300), D(1000), D(3), D(60), D(72))
"""An hour unattended and room for more than the dose."""


@cache
def _running() -> RunState:
    return infusing(60).state


def given(ml: str = "0", ms: int = 0, **ordered: object) -> RunState:
    """Step 1, 5 mL in 5 minutes at 60 mL/h, of which so much is certain; every witness is exact."""
    state = _running()
    odometer = Odometer(D(ml), NONE, D("0.1"))
    account = Account(NONE, NONE, Span(D(ml), D(ml)), D(ml), ms)
    caps = replace(DIANET, accuracy=D(0))
    plan_rules: Rules = replace(state.plan.rules, ceilings=OPEN)
    plan_rules = replace(plan_rules, **ordered)  # type: ignore[arg-type]
    return replace(
        state,
        plan=replace(state.plan, rules=plan_rules),
        fitted=replace(state.fitted, caps=caps),
        wire_factor=D(1),
        pump=replace(state.pump, odometer=odometer, pending=None),
        account=account,
        bags={"A": account},
        goal_ml=D(5),
        goal_ms=5 * MINUTE,
        dwell_ms=None,
    )


def granted(state: RunState, limit: str, left: str, rate: str = "60", read_ms: int = 1) -> RunState:
    """A limit that was read back at 0 ms, and what a later readback says is left of it."""
    reading = PumpReading(Motion.INFUSING, D(rate), D(left), state.pump.odometer.shown_ml, remote=True)
    pump = replace(
        state.pump, reading=reading, read_ms=read_ms, approved=PumpSetting(D(60), D(limit)), approved_ms=0
    )
    return replace(state, pump=pump)


@pytest.mark.parametrize(
    ("done", "grant"), [("0", "5.6"), ("3", "2.6"), ("4.95", "0.6"), ("5", "0.6"), ("9", "0.6")]
)
def test_f5_a_slice_is_what_the_step_lacks_a_margin_and_a_step_of_the_limit(done: str, grant: str) -> None:
    """F5, F18, F38: 5 mL, 0.5 mL of margin (30 s), 0.1 mL for rounding, in whole tenths downwards."""
    assert slices.slice_ml(given(done), 0) == D(grant)


def test_f5_unattended_time_the_pump_and_the_dose_bound_it_each() -> None:
    assert slices.slice_ml(given(ceilings=replace(OPEN, unattended_max_min=D(2))), 0) == D(2)
    up_to_four = given("1", ceilings=replace(OPEN, max_total_dose=D(4)))
    assert slices.slice_ml(up_to_four, 0) == D("2.9"), "less what flows until the pump has it"
    assert slices.slice_ml(given("5", ceilings=replace(OPEN, max_total_dose=D(4))), 0) == D(0)
    small = given()
    little = replace(small.fitted.caps, limit_max_ml=D("1.5"))
    assert slices.slice_ml(replace(small, fitted=replace(small.fitted, caps=little)), 0) == D("1.5")


def test_f11_a_bag_gives_what_is_in_it() -> None:
    """F11: 98 of 100 mL left it; 3 mL past its end are nothing."""
    state = given()
    drawn = Account(NONE, NONE, Span(D(98), D(98)), D(98), 0)
    nearly = replace(
        state, bags={"A": drawn}, pump=replace(state.pump, odometer=Odometer(D(98), NONE, D("0.1")))
    )
    nearly = replace(nearly, account=replace(nearly.account, mark=Span(D(98), D(98))))
    assert slices.bag_left_ml(nearly) == D(2)
    assert slices.slice_ml(nearly, 0) == D(2)
    over = replace(nearly, bags={"A": replace(drawn, settled=Span(D(3), D(5)))})
    assert slices.bag_left_ml(over) == D(0)


def test_f16_a_dwell_grants_its_minutes() -> None:
    """F16: of an ordered dwell of 2 minutes what is left of it, and nothing where none goes on."""
    dwells = given("5", gate=GateRule(GateAction.DWELL, D(2)))
    assert slices.dwell_left_ms(dwells, 30_000) == 0
    dwells = replace(dwells, dwell_ms=10_000)
    assert slices.dwell_left_ms(dwells, 30_000) == 100_000
    assert slices.dwell_left_ms(dwells, 131_000) == 0
    assert slices.slice_ml(dwells, 10_000) == D("2.6")
    assert slices.dwell_left_ms(replace(dwells, plan=given("5").plan), 30_000) == 0, "none is ordered"


@pytest.mark.parametrize(("stated", "lowest"), [(None, "0.1"), ("0.05", "0.1"), ("0.1", "0.1"), ("1", "1")])
def test_the_lowest_rate_is_the_models_or_what_the_pump_states_above_it(
    stated: str | None, lowest: str
) -> None:
    identity = None
    if stated is not None:
        identity = PumpIdentity("m", "1", "v", "p", rate_min_ml_h=D(stated))
    assert slices.lowest_ml_h(DIANET, identity) == D(lowest)


def test_f16_what_the_pump_still_gives_is_the_smaller_of_readback_and_time() -> None:
    """F16: 2 mL granted at 0; after 30 s at 60 mL/h 1.5 mL are left, whatever an older readback said."""
    state = given()
    assert slices.limit_left_ml(granted(state, "2", "2"), 30_001) == pytest.approx(D("1.5"), abs=D("0.001"))
    assert slices.limit_left_ml(granted(state, "2", "1"), 30_001) == D("0.5")
    assert slices.limit_left_ml(granted(state, "2", "1.9", read_ms=60_000), 60_000) == D(1)
    assert slices.limit_left_ml(granted(state, "2", "0.3", read_ms=60_000), 60_000) == D("0.3")
    assert slices.limit_left_ml(granted(state, "2", "2", rate="30"), 60_000) == D("1.5"), "the slower of both"
    assert slices.limit_left_ml(granted(state, "2", "2", read_ms=0), 30_000) == D("1.5"), "not read since"
    assert slices.limit_left_ml(granted(state, "2", "2"), 999_999) == 0


def test_f7_what_is_not_known_to_be_left_is_nothing() -> None:
    state = granted(given(), "2", "2")
    unread = replace(state, pump=replace(state.pump, reading=None))
    assert slices.limit_left_ml(unread, 1) == 0
    assert state.pump.reading is not None
    open_promise = replace(state.pump.reading, limit_left_ml=None)
    assert slices.limit_left_ml(replace(state, pump=replace(state.pump, reading=open_promise)), 1) == 0


def test_f16_a_limit_ends_within_one_unit_and_seven_tenths_of_a_second() -> None:
    """F16: 0.1 mL and 0.7 s at 60 mL/h (0.01167 mL); of a slower wire more."""
    state = given()
    assert slices.ending(granted(state, "2", "0.111"), 1)
    assert not slices.ending(granted(state, "2", "0.112"), 1)
    assert slices.ending(replace(granted(state, "2", "0.112"), wire_factor=D(2)), 1)


@pytest.mark.parametrize(
    ("limit", "left", "due"),
    [("2", "1", 1), ("2", "1.1", 0), ("5.6", "5", 0), ("5.6", "2.7", 1), ("2", "0.05", 1)],
)
def test_f5_a_slice_is_renewed_at_its_half_if_that_reaches_further(limit: str, left: str, due: int) -> None:
    assert slices.due(granted(given(), limit, left), 1) is bool(due)


def test_f5_a_slice_that_reaches_no_further_is_not_renewed() -> None:
    """F5: the step lacks 0.5 mL: 1.1 with margin and rounding; at 0.9 left two tenths more are worth it."""
    state = given("4.5")
    assert not slices.due(granted(state, "2", "1"), 1)
    assert slices.due(granted(state, "2", "0.9"), 1)
    assert not slices.due(granted(state, "2", "0.91"), 1)


def test_f25_nothing_is_granted_once_a_witness_is_past_the_goal() -> None:
    """F25: 5 mL, half a millilitre of margin, two units: 5.7 mL are the most."""
    assert not slices.over(given("5.7"), 0)
    assert slices.over(given("5.71"), 0)
    assert not slices.due(granted(given("5.71"), "2", "0.1"), 1)
    state = replace(given("5.71", gate=GateRule(GateAction.DWELL, D(2))), dwell_ms=0)
    assert not slices.over(state, 0), "a dwell goes on beyond the goal"
    assert not slices.over(replace(given("7.7", gate=GateRule(GateAction.DWELL, D(2))), dwell_ms=0), 30_000)
    assert slices.over(replace(given("7.71", gate=GateRule(GateAction.DWELL, D(2))), dwell_ms=0), 30_000)


@pytest.mark.parametrize(
    ("ml", "ms", "full"),
    [("5", 5 * MINUTE, 1), ("4.95", 5 * MINUTE, 1), ("4.94", 5 * MINUTE, 0), ("5", 5 * MINUTE - 1, 0)],
)
def test_f25_a_step_is_full_by_volume_and_by_time(ml: str, ms: int, full: int) -> None:
    """F25: half a unit may lack, of the minutes nothing."""
    assert slices.full(given(ml, ms)) is bool(full)


@pytest.mark.parametrize(
    ("ml", "ms", "left"),
    [("0", 0, 300_000), ("3", 0, 300_000), ("0", 200_000, 300_000), ("4", 270_000, 60_000)],
)
def test_f25_what_is_left_of_a_step_is_the_longer_of_both(ml: str, ms: int, left: int) -> None:
    assert slices.left_ms(given(ml, ms)) == left
    assert slices.left_ms(given("6", 400_000)) == 0


def wide(low: str, high: str, ms: int = 0) -> RunState:
    """The same step, of which between so much and so much was given."""
    state = given("0", ms)
    account = Account(Span(D(low), D(high)), NONE, NONE, D(0), ms)
    return replace(state, account=account, bags={"A": account})


def test_f21_f25_what_is_still_to_give_goes_by_the_upper_and_what_is_full_by_the_lower_bound() -> None:
    """F21, F25: between 3 and 4 mL of 5: 1 mL is granted, and 2 mL are missing for a full step."""
    state = wide("3", "4", 5 * MINUTE)
    assert slices.remainder_ml(state) == D(1)
    assert slices.slice_ml(state, 0) == D("1.6")
    assert slices.left_ms(state) == 120_000
    assert not slices.full(wide("4.94", "9", 5 * MINUTE))
    assert slices.full(wide("4.95", "9", 5 * MINUTE))
    assert slices.bag_left_ml(state) == D(96)


def empties(low: str, high: str, left: str) -> RunState:
    """A bag of 5 mL that is to run empty in step 1."""
    state = granted(wide(low, high), "2", left)
    bag = replace(state.plan.solution("A"), volume_ml=D(5))
    others = tuple(one for one in state.plan.solutions if one.id != "A")
    first, *rest = state.plan.steps
    steps = (replace(first, until_empty=True), *rest)
    return replace(state, plan=replace(state.plan, solutions=(bag, *others), steps=steps))


def test_f30_a_bag_that_is_to_run_empty_is_granted_to_its_last_tenth() -> None:
    """F30: never less than one step of the limit, so that it can run dry; another step ends with its bag."""
    assert slices.slice_ml(empties("3", "4", "1"), 0) == D(1)
    assert slices.slice_ml(empties("5", "5", "1"), 0) == D("0.1")
    assert slices.slice_ml(empties("4.95", "4.95", "1"), 0) == D("0.1")
    ordinary = empties("5", "5", "1")
    assert slices.slice_ml(replace(ordinary, plan=replace(ordinary.plan, steps=given().plan.steps)), 0) == 0


@pytest.mark.parametrize(
    ("low", "left", "emptied"),
    [("4.9", "0.1", 1), ("4.789", "0.1", 1), ("4.788", "0.1", 0), ("4.9", "0.12", 0)],
)
def test_f30_a_bag_is_empty_when_its_last_slice_ends(low: str, left: str, *, emptied: int) -> None:
    """F30: two units and 0.7 s at 60 mL/h (0.0117 mL) may lack, and the limit is about to end."""
    state = empties(low, "9", left)
    assert slices.emptied(state, 1) is bool(emptied)
    by_volume = replace(state, plan=given().plan)
    assert not slices.emptied(by_volume, 1)


def told_by_hand(limit: str, left: str, ml: str = "0", **changes: object) -> RunState:
    """A pump set by hand in a plan with two minutes of dwell; step 2 hangs on the same bag."""
    state = granted(given(ml, gate=GateRule(GateAction.DWELL, D(2))), limit, left)
    return replace(state, authority=Authority.MONITOR, **changes)  # type: ignore[arg-type]


def test_f16_f27_of_a_pump_set_by_hand_the_dwell_is_granted_before() -> None:
    """F27: 5 mL, 2 of dwell, 0.5 of margin, 0.1 for rounding; not before another bag, nor at the end."""
    assert slices.slice_ml(told_by_hand("2", "2"), 0) == D("7.6")
    driven = replace(told_by_hand("2", "2"), authority=Authority.CONTROL)
    assert slices.slice_ml(driven, 0) == D("5.6")
    stops = given()
    assert slices.slice_ml(replace(stops, authority=Authority.MONITOR), 0) == D("5.6"), "no dwell is ordered"
    before_b = told_by_hand("2", "2", step=2, goal_ml=D(10))
    assert slices.slice_ml(before_b, 0) == D("11.1")
    last = told_by_hand("2", "2", step=3, hung="B", bags={}, goal_ml=D(5))
    assert slices.slice_ml(last, 0) == D("5.3")
    dwelling = told_by_hand("2", "2", "5", dwell_ms=0)
    assert slices.slice_ml(dwelling, 60_000) == D("1.6"), "what is left of it, and nothing in advance"


@pytest.mark.parametrize(("left", "due"), [("7.5", 0), ("7.4", 0), ("3.7", 1), ("3.8", 0), ("0.05", 1)])
def test_f27_a_hand_is_told_a_new_limit_only_when_the_half_is_used(left: str, *, due: int) -> None:
    """F27: not while what is set reaches the end of the step and the dwell."""
    assert slices.due(told_by_hand("7.4", left), 1) is bool(due)


def test_f27_a_hand_is_not_told_a_limit_that_reaches_no_further() -> None:
    """F27: at 4.5 of 5 mL what is needed is 0.5 + 2 + 0.5 mL; with 3 mL left nothing is told."""
    assert not slices.due(told_by_hand("9", "3", "4.5"), 1)


def test_f5_a_slice_near_its_end_is_renewed_for_half_a_step_of_the_limit() -> None:
    """F5: about to end, with 0.05 mL more to grant."""
    state = given("5.5")
    assert slices.due(granted(state, "2", "0.05"), 1)
    assert not slices.due(granted(replace(state, goal_ml=D(0)), "0.6", "0.56"), 1)


def later(state: RunState, approved_ms: int) -> RunState:
    return replace(state, pump=replace(state.pump, approved_ms=approved_ms))


def test_f16_a_grant_counts_from_when_it_was_read_back() -> None:
    """F16: 2 mL at 10 s; a readback of the same instant or before says nothing of them, a later one does."""
    state = granted(given(), "2", "0.3", read_ms=10_000)
    assert slices.limit_left_ml(later(state, 10_000), 10_000) == D(2)
    assert slices.limit_left_ml(later(state, 10_001), 40_001) == D("1.5")
    assert slices.limit_left_ml(later(state, 9_999), 10_000) == D("0.3")
    read = granted(given(), "2", "2", read_ms=20_000)
    assert slices.limit_left_ml(later(read, 10_000), 40_000) == D("1.5")


@pytest.mark.parametrize("approved", [None, PumpSetting(D(60), None)])
def test_f16_without_a_confirmed_limit_the_readback_alone_tells(approved: PumpSetting | None) -> None:
    state = granted(given(), "2", "1", read_ms=0)
    state = replace(state, pump=replace(state.pump, approved=approved))
    assert slices.limit_left_ml(state, 30_000) == D("0.5")
    assert not slices.due(state, 30_000), "nothing that could be renewed"


def test_f5_a_slice_about_to_end_is_renewed_before_its_half_is_used() -> None:
    """F5: 0.15 mL were granted and 0.1 are left; a hand has until the half of it."""
    near = granted(given(), "0.15", "0.1")
    assert slices.due(near, 1)
    assert not slices.due(replace(near, authority=Authority.MONITOR), 1)


@pytest.mark.parametrize(("left", "due"), [("0.05", 1), ("0.051", 0)])
def test_f5_a_slice_about_to_end_is_renewed_for_half_a_tenth_and_no_less(left: str, *, due: int) -> None:
    """F5: 0.1 mL more is all that a bag run empty is granted."""
    state = granted(empties("5", "5", "1"), "0.08", left)
    assert slices.slice_ml(state, 1) == D("0.1")
    assert slices.due(state, 1) is bool(due)


def test_f25_a_large_goal_is_overrun_by_a_tenth_of_it() -> None:
    """F25: 10 mL: a tenth is more than the margin of 0.5 mL."""
    assert not slices.over(replace(given("11.2"), goal_ml=D(10)), 0)
    assert slices.over(replace(given("11.21"), goal_ml=D(10)), 0)


def test_f16_a_dwell_begun_late_is_no_longer() -> None:
    state = replace(given("7.7", gate=GateRule(GateAction.DWELL, D(2))), dwell_ms=10_000)
    assert not slices.over(state, 40_000)
    assert slices.over(replace(state, pump=given("7.71").pump, account=given("7.71").account), 40_000)


def test_f16_a_limit_is_about_to_end_at_exactly_a_unit_and_the_lead() -> None:
    lead = D(60) * slices.STOP_LEAD_MS / 3_600_000
    assert slices.ending(granted(given(), "2", str(D("0.1") + lead)), 1)


def test_f5_unattended_time_is_counted_to_the_minute() -> None:
    """F5: an hour at 60 mL/h of a step of 70 mL is 60 mL, not 59."""
    assert slices.slice_ml(replace(given(), goal_ml=D(70)), 0) == D(60)


def nearly(missing: str, *, left: str = "0.1", most: str = "0") -> RunState:
    """Of 5 mL so much lacks; `left` mL are on the pump's limit, and `most` mg may still be given."""
    state = _running()
    low = 5 - D(missing)
    odometer = Odometer(low, Span(D(0), D(0)), D("0.1"))
    account = Account.opened(odometer, Span(low, low))
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, limit_left_ml=D(left))
    approved = PumpSetting(D(60), D(2))
    pump = replace(state.pump, odometer=odometer, reading=reading, approved=approved, pending=None)
    pump = replace(pump, approved_ms=state.pump.read_ms - 1)
    ceilings = replace(state.plan.rules.ceilings, max_total_dose=D(0))
    plan = replace(state.plan, rules=replace(state.plan.rules, ceilings=ceilings))
    found = replace(state, plan=plan, account=account, bags={"A": account}, pump=pump, goal_ml=D(5))
    given = totals.worst_when_taken(found, found.pump.read_ms)
    ceilings = replace(ceilings, max_total_dose=given + D(most))
    return replace(found, plan=replace(plan, rules=replace(plan.rules, ceilings=ceilings)))


@pytest.mark.parametrize(
    ("state", "over"),
    [
        (("0.6",), True),
        (("0.66",), True),
        (("0.68",), False),
        (("0.6", "0.2"), False),
        (("0.6", "0.1", "1"), False),
    ],
    ids=str,
)
def test_f11_a_step_is_over_where_nothing_more_may_be_given_and_next_to_nothing_lacks(
    state: tuple[str, ...], *, over: bool
) -> None:
    """F11: a tenth of 5 mL, a unit, 0.7 s before the limit, 3.6 s until another is taken: 0.67 mL at 60 mL/h.

    Not before the limit is about to end, and not where a new one would reach further.
    """
    missing, left, most = (*state, *("0", "0.1", "0")[len(state) :])
    found = nearly(missing, left=left, most=most)
    now = found.pump.read_ms
    assert slices.spent(found, now) is over
    assert slices.at_end(found, now) is over
