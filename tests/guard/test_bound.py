"""The guard alone keeps what a person chose as a fraction, whatever the engine does (F2, F34)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from daemon.engine import course, fraction, slices
from daemon.engine import events as ev
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.guard.bound import least_ml, nothing, ordered
from daemon.guard.guard import Grant, GrantKind, Guard
from daemon.protocols.rules import Choice, ChoiceKind, Then
from daemon.runtime.guarding import follow
from drivers.values import Motion, PumpReading, PumpSetting
from simulators.campaign.engine.world import DIANET
from tests.engine.fractions import (
    HALF,
    QUARTER,
    THEN_BACK,
    THEN_REPEAT,
    THEN_SAME,
    at_step,
    go_on,
    held,
    little,
    mild,
)
from tests.engine.plans import plan_of
from tests.guard.one_pump import PUMP, guard_of, pump_of

D = Decimal
STANDS = PumpReading(Motion.STOPPED, D(0), D("0.1"), D(0), remote=True)
MILD = "reaction:mild"


def chosen(then: Then = THEN_SAME, *, step: int = 3, times: int = 3, choice: Choice = HALF) -> Guard:
    """A guard that ran in a step, was stopped by a reaction and told of the choice."""
    plan = little(mild(then, times=times))
    guard = guard_of(plan, place=step, hung=plan.step(step).solution, ran=True)
    return guard.see(PUMP, STANDS, 0).choose_fraction(step, choice, rule=MILD, by="ann")


def grant(step: int, rate: str, solution: str = "B", limit: str = "0.2", kind: str = "start") -> Grant:
    return Grant(GrantKind(kind), PumpSetting(D(rate), D(limit)), step, solution, PUMP)


def ran(guard: Guard, ml: str, minutes: str) -> Guard:
    """After so much counted delivery."""
    last = pump_of(guard).reading
    assert last is not None
    counter = last.counter_ml
    begun = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(1), counter_ml=counter)
    guard = guard.see(PUMP, begun, pump_of(guard).read_ms)
    done = replace(begun, counter_ml=counter + D(ml))
    return guard.see(PUMP, done, pump_of(guard).read_ms + int(D(minutes) * 60_000))


def stopped(guard: Guard) -> Guard:
    last = pump_of(guard).reading
    assert last is not None
    return guard.see(PUMP, replace(last, motion=Motion.STOPPED), pump_of(guard).read_ms)


def test_f2_f34_at_most_f_times_the_tolerated_dose_rate_passes() -> None:
    """F2, F34: half of 120 mg/h is 6 mL/h of B; 6.01 mL/h, the step, its neighbours: refused."""
    guard = chosen()
    assert guard.refuse(grant(3, "6")) == ""
    assert guard.refuse(grant(3, "0.1", limit="0.1", kind="disarm")) == ""
    assert "F2" in guard.refuse(grant(3, "6.01"))
    assert "F2" in guard.refuse(grant(3, "30"))
    assert guard.hang(PUMP, "A").refuse(grant(2, "120", "A"))
    assert guard.hang(PUMP, "A").refuse(grant(1, "60", "A"))
    assert chosen(choice=QUARTER).refuse(grant(3, "3", limit="0.1")) == ""
    assert chosen(choice=QUARTER).refuse(grant(3, "3.01", limit="0.1"))


def test_f2_f34_a_stretch_has_a_volume_of_its_own() -> None:
    """F2, F5: 1 mL in 10 minutes: no grant beyond what is left of it and the margin."""
    guard = ran(chosen(), "0.9", "9")
    assert guard.refuse(grant(3, "6", kind="renew", limit="0.2")) == ""
    assert guard.refuse(grant(3, "6", kind="renew", limit="1"))


@pytest.mark.parametrize(
    ("ml", "minutes", "passes"), [("1", "10", 1), ("0.9", "9", 1), ("1", "8.9", 0), ("0.7", "10", 0)]
)
def test_f2_f34_what_follows_is_earned_by_ninety_percent(ml: str, minutes: str, passes: int) -> None:
    """F2, F34: until 90 % of the minutes and the volume are counted nothing but the stretch passes."""
    guard = ran(chosen(), ml, minutes)
    asked = grant(3, "30", kind="change")
    assert (guard.refuse(asked) == "") is bool(passes)
    after = guard.passed(asked)
    assert after.bound is None
    assert (after.place, after.place_ml, after.place_ms) == (3, D(0), 0)


def test_f2_f34_only_what_is_ordered_follows() -> None:
    """F2: after the stretch the one step that `then` names, and no other."""
    back = ran(chosen(THEN_BACK), "1", "10")
    assert back.refuse(grant(3, "30", kind="change"))
    assert stopped(back).hang(PUMP, "A").refuse(grant(2, "120", "A", limit="1")) == ""
    assert stopped(back).hang(PUMP, "A").refuse(grant(1, "60", "A"))
    again = ran(chosen(THEN_REPEAT), "1", "10")
    assert again.refuse(grant(3, "30", kind="change"))
    assert stopped(again).hang(PUMP, "A").refuse(grant(2, "120", "A"))


def test_f2_f34_a_stretch_is_repeated_as_often_as_the_rule_says() -> None:
    """F2: `max_times` stretches in all, each only after the one before was earned."""
    guard = chosen(THEN_REPEAT, times=2)
    assert guard.stretched(again=True) == guard, "not earned"
    guard = ran(guard, "1", "10")
    assert guard.refuse(grant(3, "6", kind="renew", limit="1"))
    guard = guard.stretched(again=True)
    assert guard.refuse(grant(3, "6", kind="renew")) == ""
    guard = ran(guard, "1", "10")
    assert guard.stretched(again=True) == guard, "twice, not three times"
    assert guard.refuse(grant(3, "6", kind="renew", limit="1"))


@pytest.mark.parametrize(
    ("step", "choice", "rule", "by"),
    [
        (1, HALF, MILD, "ann"),
        (3, HALF, "reaction:moderate", "ann"),
        (3, HALF, "operator", "ann"),
        (3, HALF, "", "ann"),
        (3, Choice(ChoiceKind.FRACTION, 0, D("0.9")), MILD, "ann"),
        (3, HALF, MILD, " "),
        (4, HALF, MILD, "ann"),
        (99, HALF, MILD, "ann"),
    ],
)
def test_f2_f34_a_choice_no_rule_allows_lets_nothing_pass(
    step: int, choice: Choice, rule: str, by: str
) -> None:
    """F2, F34: the guard looks the choice up in its own plan; what is not there binds to nothing."""
    plan = little(mild(THEN_SAME))
    guard = guard_of(plan, place=3, hung="B", ran=True).see(PUMP, STANDS, 0)
    guard = guard.choose_fraction(step, choice, rule=rule, by=by)
    for rate in ("0.1", "6", "30"):
        assert guard.refuse(grant(3, rate))
    assert guard.hang(PUMP, "A").refuse(grant(1, "60", "A"))


def test_f2_f34_nothing_but_less_is_chosen_out_of_a_stretch() -> None:
    """F2: before it is earned no choice leads to more per hour; after it a person decides anew."""
    guard = stopped(ran(chosen(), "0.3", "3"))
    for step in (2, 3):
        tried = guard.choose(step, whole=True, by="ann")
        assert tried.bound is not None
        assert tried.refuse(grant(3, "30"))
        assert tried.hang(PUMP, "A").refuse(grant(2, "120", "A"))
    lower = guard.choose(1, whole=True, by="ann").hang(PUMP, "A")
    assert lower.refuse(grant(1, "60", "A", limit="1")) == ""
    assert guard.choose_fraction(3, QUARTER, rule=MILD, by="ann").refuse(grant(3, "6"))
    weaker = stopped(ran(chosen(choice=QUARTER), "0.1", "1"))
    assert weaker.choose_fraction(3, HALF, rule=MILD, by="ann").refuse(grant(3, "6"))
    over = stopped(ran(chosen(THEN_REPEAT), "1", "10").stretched(again=False))
    assert over.refuse(grant(3, "30"))
    assert over.choose(3, whole=True, by="ann").refuse(grant(3, "30", limit="1")) == ""


def test_f2_a_bound_is_less_than_the_step_reacted_to() -> None:
    """F2: a plan that goes down between two steps: its fraction may be more than the step; nothing passes."""
    plan = little(mild(THEN_SAME))
    slower = replace(plan.steps[2], rate_ml_h=D(6))
    assert ordered(replace(plan, steps=(*plan.steps[:2], slower)), 3, HALF, MILD).dose_rate_h == 0


Mutation = Callable[[pytest.MonkeyPatch], None]


def full_rate(patch: pytest.MonkeyPatch) -> None:
    """The step's own rate is set in the stretch."""
    patch.setattr(RunState, "rate_ml_h", property(lambda state: state.current.rate_ml_h))


def half_the_ml(patch: pytest.MonkeyPatch) -> None:
    """Half of the mL/h that were tolerated, whatever hangs now: the mistake F2 is about."""

    def rate(state: RunState, part: Decimal, _at: int) -> Decimal:
        return part * state.plan.step(state.tolerated_step).rate_ml_h

    patch.setattr(fraction, "_rate_ml_h", rate)
    patch.setattr(fraction, "_impossible", lambda _state, _stretch, _at: "")


def of_the_reacting(patch: pytest.MonkeyPatch) -> None:
    """A part of the step that was reacted to."""
    patch.setattr(fraction, "_rate_ml_h", lambda state, part, at: part * state.plan.step(at).rate_ml_h)


def at_once(patch: pytest.MonkeyPatch) -> None:
    """The stretch is full after 20 s."""
    patch.setattr(slices, "full", lambda state: state.account.proven_ms > 20_000)


def forgotten(patch: pytest.MonkeyPatch) -> None:
    """The stretch is forgotten at the first renewal."""
    order = course.order

    def forget(draft: Draft, kind: ev.OrderKind) -> None:
        if kind is ev.OrderKind.RENEW:
            draft.state = replace(draft.state, stretch=None)
        order(draft, kind)

    patch.setattr(course, "order", forget)


@pytest.mark.parametrize("mutation", [full_rate, half_the_ml, of_the_reacting, at_once, forgotten])
@pytest.mark.parametrize("then", [THEN_SAME, THEN_BACK, THEN_REPEAT], ids=str)
def test_f2_f34_the_guard_alone_keeps_the_fraction(
    mutation: Mutation, then: Then, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F2, F34: refused, held, and the patient never gets more than half of the tolerated 120 mg/h."""
    world = held(at_step(little(mild(then)), 3))
    mutation(monkeypatch)
    world.judge = lambda *_args: None
    world.sound = False
    go_on(world, HALF)
    world.nurse_on = False
    world.run(400_000)
    assert world.peak_dose_rate <= D(60)
    ended_early = mutation is at_once and then is not THEN_SAME
    assert ended_early or "held_guard" in world.alarms()
    assert ended_early or world.motion() is Motion.STOPPED


def test_f2_f34_too_many_repeats_are_refused_by_the_guard_alone() -> None:
    """F2, F34: an engine that repeats for ever gets as many stretches as the rule has times."""
    world = held(at_step(little(mild(THEN_REPEAT, "2", times=2)), 2))
    world.judge = lambda *_args: None
    world.sound = False
    go_on(world, HALF)
    assert world.state.stretch is not None
    world.state = replace(world.state, stretch=replace(world.state.stretch, again=9))
    before = world.flowed_dose()
    world.run_until(Phase.HELD, most_ms=3_000_000)
    world.run(5_000)
    assert "held_guard" in world.alarms()
    assert world.flowed_dose() - before <= D(1) * 2 + D(1)


def test_f2_f34_the_guard_is_told_by_the_journal_alone() -> None:
    """F34: choice and end of a stretch reach the guard as facts, the same live and at replay."""
    guard = chosen()
    again = guard_of(guard.plan, place=3, hung="B", ran=True).see(PUMP, STANDS, 0)
    stretch = Stretch(D(6), D(10), THEN_SAME, 0, MILD)
    resumed = ev.Resumed(HALF, 3, 0, "continue", "ann", "", "well", stretch)  # type: ignore[arg-type]
    assert follow(again, resumed, 0).bound == guard.bound
    forged = replace(resumed, stretch=None)
    assert follow(again, forged, 0).refuse(grant(3, "0.1"))


def test_f2_f34_the_first_step_has_no_tolerated_rate_before_it() -> None:
    """F2: in step 1 no fraction passes, in step 2 half of step 1, however strong the last one is."""
    strong = replace(little(mild(THEN_SAME)), steps=())
    rows = (("B", "30", "10"), ("B", "20", "10"), ("A", "60", "5"))
    plan = replace(strong, steps=plan_of(rows, strong.solutions).steps)
    assert ordered(plan, 1, HALF, MILD).dose_rate_h == 0
    assert ordered(plan, 2, HALF, MILD).dose_rate_h == 150
    assert ordered(plan, 0, HALF, MILD).dose_rate_h == 0
    assert ordered(little(mild(THEN_SAME)), 2, HALF, MILD).dose_rate_h == 30
    assert ordered(little(mild(THEN_SAME)), 3, HALF, MILD).dose_rate_h == 60
    assert ordered(little(mild(THEN_SAME)), 4, HALF, MILD).dose_rate_h == 0


def test_f2_only_what_is_to_be_repeated_may_begin_again() -> None:
    """F2: a stretch after which something else is ordered is over when it was earned."""
    bound = chosen(THEN_REPEAT, times=3).bound
    assert bound is not None
    assert bound.left == 2
    for then in (THEN_SAME, THEN_BACK):
        guard = ran(chosen(then, times=3), "1", "10")
        assert guard.stretched(again=True) == guard


def test_f2_a_stretch_that_begins_again_is_counted_from_nothing() -> None:
    guard = ran(chosen(THEN_REPEAT, times=3), "1", "10")
    guard = replace(guard, doubt=replace(guard.doubt, credit=3, leapt_ml=D(1)))
    again = guard.stretched(again=True)
    assert (again.place, again.place_ml, again.place_ms) == (3, D(0), 0)
    assert (again.doubt.credit, again.doubt.leapt_ml) == (0, D(0))
    assert again.bound is not None
    assert (again.bound.left, again.bound.over) == (1, False)
    third = ran(again, "1", "10").stretched(again=True)
    assert third.bound is not None
    assert third.bound.left == 0


def test_f2_a_stretch_said_to_be_over_is_earned_for_good() -> None:
    """F2: what follows passes also when nothing is counted any more."""
    over = ran(chosen(), "1", "10").stretched(again=False)
    assert over.bound is not None
    assert over.bound.over
    anew = replace(over, place_ml=D(0), place_ms=0)
    assert anew.refuse(grant(3, "30", kind="change")) == ""
    assert replace(anew, ran=True, bound=replace(over.bound, over=False)).refuse(
        grant(3, "30", kind="change")
    )


def test_f21_a_signature_earns_what_follows_a_stretch() -> None:
    short = stopped(ran(chosen(), "0.1", "1"))
    assert short.refuse(grant(3, "30"))
    assert short.settle(3, credit=True, missing_ml=D(1), by="ann").refuse(grant(3, "30")) == ""


def test_f2_a_fraction_chosen_before_anything_ran_keeps_the_place() -> None:
    """F2: another, smaller choice without a run in between changes the bound and nothing else."""
    guard = replace(chosen(), place_ml=D("0.2"), place_ms=7)
    smaller = guard.choose_fraction(3, QUARTER, rule=MILD, by="ann")
    assert smaller.bound is not None
    assert smaller.bound.dose_rate_h == 30
    assert (smaller.place_ml, smaller.place_ms, smaller.choices) == (D("0.2"), 7, guard.choices)
    anew = replace(guard, ran=True).choose_fraction(3, QUARTER, rule=MILD, by="ann")
    assert (anew.place_ml, anew.place_ms, anew.choices) == (D(0), 0, guard.choices + 1)


def test_f2_a_whole_step_after_a_stretch_that_is_over_is_a_new_attempt() -> None:
    """F2, F34: the rest of a step whose stretch is over is all of it; of one under way it is not."""
    over = stopped(ran(chosen(), "1", "10")).stretched(again=False)
    assert over.bound is not None
    assert over.bound.over
    whole = replace(over, ran=True).choose(3, whole=False, by="ann")
    assert (whole.bound, whole.place_ml, whole.choices) == (None, D(0), over.choices + 1)
    under_way = replace(stopped(ran(chosen(), "0.3", "3")), ran=True)
    assert under_way.choose(3, whole=False, by="ann") == under_way


def test_f2_a_stretch_is_whole_when_its_volume_at_the_pumps_rate_has_flowed() -> None:
    """F2: half of 120 mg/h is 6 mL/h of B, which a pump may give as 5.99: ten minutes are 0.9983 mL."""
    guard = chosen()
    assert guard.bound is not None
    assert least_ml(guard.plan, guard.bound, DIANET) == Fraction(599, 600)
    coarse = replace(DIANET, rate_step_ml_h=D(1))
    assert least_ml(guard.plan, guard.bound, coarse) == Fraction(5, 6)
    assert least_ml(guard.plan, guard.bound, replace(DIANET, rate_step_ml_h=D(7))) == 0
    four = replace(DIANET, rate_step_ml_h=D("0.001"), digits=2)
    assert least_ml(guard.plan, guard.bound, four) == Fraction(59, 60), (
        "of 6.0 mL/h the last digit is a tenth"
    )
    slow = replace(guard.bound, dose_rate_h=Fraction(5))
    assert least_ml(guard.plan, slow, four) == Fraction(49, 600), "of 0.50 mL/h it is a hundredth"
    assert least_ml(guard.plan, nothing(3), DIANET) == 0


def test_f2_f5_a_stretch_is_granted_its_own_minutes() -> None:
    """F5: 6 mL/h for ten minutes are 1 mL; a unit, a step of the limit and 0.1 mL of margin."""
    open_plan = little(mild(THEN_SAME))
    rules = replace(open_plan.rules, ceilings=replace(open_plan.rules.ceilings, unattended_max_min=D(60)))
    guard = replace(chosen(), plan=replace(open_plan, rules=rules))
    passing = [D(n) / 100 for n in range(1, 300) if not guard.refuse(grant(3, "6", limit=str(D(n) / 100)))]
    assert max(passing) == D("1.3")


def test_f2_back_from_the_first_steps_ends_at_the_first() -> None:
    back = replace(nothing(2), then=THEN_BACK)
    assert (back.target, replace(back, step=3).target, replace(back, step=1).target) == (1, 2, 1)
    assert nothing(2).target is None


def test_f2_nothing_is_earned_by_a_bound_that_grants_nothing() -> None:
    """F2: no stretch of it begins again, however long it stands."""
    guard = replace(chosen(), bound=nothing(3), place_ms=10**9, place_ml=D(9))
    assert guard.stretched(again=True) == guard
    assert guard.refuse(grant(3, "0.01", limit="0.1"))


def test_f2_a_stretch_is_earned_at_nine_tenths_of_its_volume_to_the_last_digit() -> None:
    """F2: 0.9 of 599/600 mL is 0.8985 mL, of which the counter may hide a unit."""
    guard = replace(chosen(), place_ms=540_000)
    assert replace(guard, place_ml=D("0.7985")).refuse(grant(3, "30", kind="start")) == ""
    assert replace(guard, place_ml=D("0.7984")).refuse(grant(3, "30", kind="start"))


def test_f2_the_same_fraction_may_be_chosen_again_and_a_stretch_begun_again() -> None:
    """F2, F34: after another stop, whole or the same part of the tolerated rate; the bound stays."""
    guard = replace(stopped(ran(chosen(), "0.3", "3")), ran=True)
    for again in (
        guard.choose_fraction(3, HALF, rule=MILD, by="ann"),
        guard.choose(3, whole=True, by="ann"),
    ):
        assert again.bound == guard.bound
        assert (again.place, again.place_ml, again.choices) == (3, D(0), guard.choices + 1)
