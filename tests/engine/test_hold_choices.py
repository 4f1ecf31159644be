"""What a hold leaves to choose from, worked out from the state alone (F2, F19, F21, F22)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from daemon.engine import resume
from daemon.engine.phases import Phase
from daemon.engine.state import GapView, HoldView, RunState
from daemon.protocols.rules import Choice, Grade, HoldCause
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
