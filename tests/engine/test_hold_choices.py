"""What a hold leaves to choose from, worked out from the state alone (F2, F19, F21, F22)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine import ahead, resume, totals
from daemon.engine.account import NO_VOLUME, Account, Span
from daemon.engine.phases import Phase
from daemon.engine.state import GapView, HoldView, RunState
from daemon.engine.stretch import Stretch
from daemon.engine.texts import say
from daemon.protocols.rules import Choice, Grade, HoldCause, ResumeRule
from tests.engine.fractions import HALF, THEN_SAME, mild
from tests.engine.plans import BACK, BACK_2, NEVER, OVER, REST, SAME
from tests.engine.stories import in_phase

MIN = 60_000
TECHNICAL = (REST, SAME, BACK, OVER)


@cache
def _held() -> RunState:
    return in_phase(Phase.HELD).state


def held(
    *causes: HoldCause,
    grade: Grade | None = None,
    step: int = 3,
    completed: int | None = None,
    off_min: int = 0,
) -> RunState:
    """Held in a step, everything before it completed, the drug off for so long."""
    state = _held()
    hold = HoldView(0, frozenset(causes), grade, ("test",))
    done = step - 1 if completed is None else completed
    gap = GapView(proven_ms=0, open_from_ms=0)
    watched = replace(state.watched, onset_step=None)
    return replace(
        state,
        hold=hold,
        step=step,
        last_step=step,
        completed=done,
        begun=True,
        gap=gap,
        watched=watched,
        resumed={},
    )


def allowed(state: RunState, now: int = 0, *, released: bool = True) -> tuple[Choice, ...]:
    return resume.options(state, now, released=released).allowed


def test_f21_mild_may_repeat_the_step_or_go_back() -> None:
    """F21: what the rules of this plan say, by grade; the rest of the step after none of them."""
    assert allowed(held(HoldCause.REACTION, grade=Grade.MILD)) == (SAME, BACK)
    assert allowed(held(HoldCause.REACTION, grade=Grade.MODERATE)) == (BACK, BACK_2)
    assert allowed(held(HoldCause.REACTION, grade=Grade.SEVERE)) == ()


def test_f21_where_nothing_was_tolerated_the_rule_for_the_first_step_holds() -> None:
    """F21: `at_first_step`, or nothing where the rule has none."""
    first = held(HoldCause.REACTION, grade=Grade.MILD, step=1)
    assert allowed(first) == (SAME,)
    assert allowed(held(HoldCause.REACTION, grade=Grade.MODERATE, step=1)) == ()
    assert allowed(held(HoldCause.REACTION, grade=Grade.MILD, step=2, completed=0)) == (SAME,)
    assert allowed(held(HoldCause.REACTION, grade=Grade.MILD, step=2, completed=1)) == (SAME, BACK)
    assert allowed(held(HoldCause.OPERATOR, step=1)) == (REST, SAME, OVER), "no reaction, no such rule"


@pytest.mark.parametrize(("times", "left"), [(4, (SAME, BACK)), (5, ()), (6, ())])
def test_f21_a_rule_is_used_as_often_as_it_says(times: int, left: tuple[Choice, ...]) -> None:
    """F21: five times; another grade's count is another."""
    state = held(HoldCause.REACTION, grade=Grade.MILD)
    assert allowed(replace(state, resumed={"reaction:mild": times})) == left
    assert allowed(replace(state, resumed={"reaction:moderate": 99})) == (SAME, BACK)


@pytest.mark.parametrize(("times", "left"), [(1, (SAME, BACK)), (2, (BACK,)), (3, (BACK,))])
def test_f21_a_second_reaction_in_one_step_goes_back(times: int, left: tuple[Choice, ...]) -> None:
    state = held(HoldCause.REACTION, grade=Grade.MILD)
    assert allowed(replace(state, reactions_at={3: times})) == left
    assert allowed(replace(state, reactions_at={2: times})) == (SAME, BACK), "in another step"
    technical = held(HoldCause.OPERATOR)
    assert allowed(replace(technical, reactions_at={3: times})) == TECHNICAL, "held for something else"


def test_f22_of_several_causes_the_strictest_holds() -> None:
    """F22: a reaction beside a technical hold, in whatever order they came."""
    assert allowed(held(HoldCause.OPERATOR)) == TECHNICAL
    assert allowed(held(HoldCause.OPERATOR, HoldCause.HAND_CHANGE)) == (SAME, BACK)
    assert allowed(held(HoldCause.OPERATOR, HoldCause.REACTION, grade=Grade.MODERATE)) == (BACK, BACK_2)


@pytest.mark.parametrize(("off_min", "left"), [(4, (SAME, BACK)), (5, (BACK,)), (20, (OVER,)), (60, ())])
def test_f19_the_gap_takes_away_what_is_too_little(off_min: int, left: tuple[Choice, ...]) -> None:
    assert allowed(held(HoldCause.REACTION, grade=Grade.MILD), off_min * MIN) == left


def test_f14_a_pressure_that_was_not_released_goes_at_most_back() -> None:
    """F14: what an occlusion pushed may have reached the patient at once: never the same step again."""
    state = held(HoldCause.OPERATOR)
    state = replace(state, doubts=replace(state.doubts, pressure_step=3))
    assert allowed(state, released=True) == TECHNICAL
    assert REST not in allowed(state, released=False)
    assert SAME not in allowed(state, released=False)
    assert BACK in allowed(state, released=False)
    assert BACK in allowed(held(HoldCause.OPERATOR), released=False), "nobody was asked: from here"


def test_f2_there_are_only_so_many_steps_to_go_back() -> None:
    """F2: from step 2 one step, from step 1 none."""
    moderate = held(HoldCause.REACTION, grade=Grade.MODERATE, step=2, completed=1)
    assert allowed(moderate) == (BACK,)
    assert allowed(held(HoldCause.OPERATOR, step=2)) == TECHNICAL
    assert allowed(held(HoldCause.OPERATOR, step=1)) == (REST, SAME, OVER)


def test_f21_choices_count_from_the_step_that_gave_the_drug() -> None:
    """F21: a reaction after step 2, told when step 3 has begun or not yet: step 2 is the place."""
    between = replace(held(HoldCause.REACTION, grade=Grade.MILD, step=3), begun=False, last_step=2)
    assert resume.place(between) == 2
    assert resume.target_step(between, BACK) == 1
    assert resume.target_step(between, SAME) == 2
    begun = held(HoldCause.REACTION, grade=Grade.MILD, step=3)
    assert (resume.place(begun), resume.target_step(begun, BACK), resume.target_step(begun, BACK_2)) == (
        3,
        2,
        1,
    )
    late = replace(begun, watched=replace(begun.watched, onset_step=2))
    assert resume.place(late) == 2
    later = replace(between, last_step=3, step=2)
    assert resume.place(later) == 2, "never a later one"
    technical = replace(between, hold=HoldView(0, frozenset({HoldCause.OPERATOR}), None, ()))
    assert resume.place(technical) == 3
    assert resume.target_step(technical, OVER) == 1
    assert resume.target_step(technical, REST) == 3
    assert resume.target_step(held(HoldCause.OPERATOR, step=1), BACK) == 1


def test_f33_the_strictest_choices_need_two_persons() -> None:
    """F22, F33: starting over, an unknown gap, a severe reaction, the same stop again and again."""
    state = held(HoldCause.OPERATOR)
    assert not resume.needs_witness(state, SAME, 0)
    assert not resume.needs_witness(state, BACK, 0)
    assert resume.needs_witness(state, OVER, 0)
    unknown = replace(state, gap=replace(state.gap, unknown=True))
    assert resume.needs_witness(unknown, SAME, 0)
    assert resume.needs_witness(held(HoldCause.REACTION, grade=Grade.SEVERE), SAME, 0)
    assert not resume.needs_witness(held(HoldCause.REACTION, grade=Grade.MODERATE), SAME, 0)
    stops = tuple(("operator", minute * MIN) for minute in (1, 2, 3))
    assert resume.needs_witness(replace(state, stops=stops), SAME, 3 * MIN)
    assert resume.needs_witness(replace(state, stops=stops), SAME, 11 * MIN - 1)
    assert not resume.needs_witness(replace(state, stops=stops), SAME, 11 * MIN)
    assert not resume.needs_witness(replace(state, stops=(*stops[:2], ("link", 3 * MIN))), SAME, 3 * MIN)


def test_f40_before_the_start_there_is_only_the_beginning() -> None:
    state = replace(held(HoldCause.OPERATOR), started_ms=None)
    assert allowed(state) == (), "drug has left the pump"
    assert allowed(replace(state, bags={})) == (OVER,)
    assert allowed(replace(state, hold=None)) == ()


def test_f19_the_strictest_set_wins_and_equal_ones_are_cut() -> None:
    """F19, F22: by the least strict choice of each; never more than each allows."""
    assert resume.strictest(()) == ()
    assert resume.strictest((TECHNICAL,)) == TECHNICAL
    assert resume.strictest((TECHNICAL, (SAME, BACK))) == (SAME, BACK)
    assert resume.strictest(((SAME, BACK), (SAME, OVER))) == (SAME,)
    assert resume.strictest(((BACK, OVER), (SAME, BACK))) == (BACK, OVER)
    assert resume.strictest(((NEVER,), TECHNICAL)) == ()
    assert resume.strictest(((NEVER,),)) == ()


def test_f22_whatever_is_taken_away_is_told_why() -> None:
    """F22: a person reads the rule that narrowed the choice."""

    def told(state: RunState, *, released: bool = True, now: int = 0) -> str:
        return " | ".join(resume.options(state, now, released=released).refused)

    mild = held(HoldCause.REACTION, grade=Grade.MILD)
    assert told(held(HoldCause.OPERATOR)) == ""
    assert say("nothing_tolerated") in told(held(HoldCause.REACTION, grade=Grade.MILD, step=1))
    often = replace(mild, resumed={"reaction:mild": 5})
    assert say("resumed_too_often", key="reaction:mild", times=5) in told(often)
    assert say("severe_never") in told(held(HoldCause.REACTION, grade=Grade.SEVERE))
    assert say("second_reaction") in told(replace(mild, reactions_at={3: 2}))
    doubt = held(HoldCause.OPERATOR)
    doubt = replace(doubt, doubts=replace(doubt.doubts, pressure_step=3))
    assert say("not_released") in told(doubt, released=False)
    assert "5 min" in told(mild, now=5 * MIN)
    assert "unknown" in told(replace(mild, gap=replace(mild.gap, unknown=True)))
    assert str(BACK_2) in told(held(HoldCause.REACTION, grade=Grade.MODERATE, step=2, completed=1))


def test_f21_a_rule_that_is_never_to_be_used_says_so() -> None:
    state = with_rule(held(HoldCause.OPERATOR), ResumeRule(HoldCause.OPERATOR, None, TECHNICAL, 0))
    options = resume.options(state, 0)
    assert options.allowed == ()
    assert options.refused == (say("rule_never", key="operator"),)
    once = with_rule(held(HoldCause.OPERATOR), ResumeRule(HoldCause.OPERATOR, None, TECHNICAL, 1))
    assert allowed(once) == TECHNICAL
    assert allowed(replace(once, resumed={"operator": 1})) == ()


def with_rule(state: RunState, rule: ResumeRule) -> RunState:
    others = tuple(one for one in state.plan.rules.resume if one.key != rule.key)
    rules = replace(state.plan.rules, resume=(rule, *others))
    return replace(state, plan=replace(state.plan, rules=rules))


def test_f21_the_rest_of_a_step_after_the_one_reacted_to_is_no_choice() -> None:
    """F21: where the rest of the step is allowed it is that of the step that gave the drug."""
    rule = ResumeRule(HoldCause.REACTION, Grade.MILD, (REST, SAME, BACK), 5)
    there = with_rule(held(HoldCause.REACTION, grade=Grade.MILD, step=3), rule)
    assert allowed(there) == (REST, SAME, BACK)
    between = replace(there, begun=False, last_step=2)
    assert allowed(between) == (SAME, BACK)


def test_f11_what_would_be_too_much_in_all_is_no_choice() -> None:
    """F11: exactly as much as is ordered passes, a hundredth of a milligram more does not."""
    state = held(HoldCause.OPERATOR)
    total = ahead.expected_total(state, 3, {})
    assert ahead.expected_total(state, 2, {}) > total

    def at_most(most: Decimal) -> tuple[Choice, ...]:
        ceilings = replace(state.plan.rules.ceilings, max_total_dose=most)
        rules = replace(state.plan.rules, ceilings=ceilings)
        return allowed(replace(state, plan=replace(state.plan, rules=rules)))

    assert SAME in at_most(total)
    assert SAME not in at_most(total - Decimal("0.01"))
    assert BACK not in at_most(total)
    assert at_most(Decimal(0)) == ()
    assert REST in at_most(total - Decimal("0.01")), "the rest of the step is less than the whole of it"
    tenth_ml = totals.worst(state) + 1
    assert at_most(tenth_ml) == (REST,), "the least limit the pump takes, at 10 mg/mL"
    assert at_most(tenth_ml - Decimal("0.01")) == ()
    state = replace(state, begun=False)
    assert REST not in at_most(total - Decimal("0.01")), "of a step not begun the rest is all of it"


def test_f40_before_the_start_the_upper_bound_says_that_drug_has_left_the_pump() -> None:
    state = replace(held(HoldCause.OPERATOR), started_ms=None)
    doubtful = Account(Span(Decimal(0), Decimal(1)), Span(Decimal(0), Decimal(99)), NO_VOLUME, Decimal(0), 0)
    assert allowed(replace(state, bags={"A": doubtful})) == ()


def test_f21_a_second_reaction_where_the_rules_know_no_way_back_ends_it() -> None:
    rule = ResumeRule(HoldCause.REACTION, Grade.MILD, (SAME,), 5)
    state = with_rule(held(HoldCause.REACTION, grade=Grade.MILD), rule)
    assert allowed(state) == (SAME,)
    assert allowed(replace(state, reactions_at={3: 2})) == ()


def test_f2_what_a_choice_gives_in_the_place_of_a_step() -> None:
    """F2: a fraction a stretch, the same step what was under way there, a step back the step itself."""
    plain = held(HoldCause.REACTION, grade=Grade.MILD)
    assert resume.following(plain, HALF) == say("no_rule_allows")
    state = with_rule(plain, mild(THEN_SAME))
    stretch = resume.following(state, HALF)
    assert isinstance(stretch, Stretch)
    assert stretch.rate_ml_h == 6
    under_way = replace(state, stretch=stretch)
    assert resume.following(under_way, SAME) is stretch
    assert resume.following(under_way, REST) is stretch
    assert resume.following(under_way, BACK) is None
    assert resume.following(under_way, OVER) is None
    assert resume.following(state, SAME) is None
