"""A fraction of the tolerated dose per hour: each bound by itself, worked by hand (F2, F5, F25)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import fraction
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.engine.texts import say
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause, Then, ThenKind
from tests.engine.fractions import THEN_BACK, THEN_REPEAT, THEN_SAME, mild
from tests.engine.test_hold_choices import held

D = Decimal
BACK_2, BACK_3 = Then(ThenKind.BACK, 2), Then(ThenKind.BACK, 3)


def reacted(step: int = 3, caps: dict[str, Any] | None = None, **changes: Any) -> RunState:
    """Held for a mild reaction. Steps: 60 and 120 mL/h of 1 mg/mL, 30 mL/h of 10 mg/mL: 60, 120, 300 mg/h."""
    state = held(HoldCause.REACTION, grade=Grade.MILD, step=step)
    plan = state.plan
    steps = [(one.rate_ml_h, plan.solution(one.solution).concentration) for one in plan.steps]
    assert steps == [(D(60), D(1)), (D(120), D(1)), (D(30), D(10))]
    state = replace(state, fitted=replace(state.fitted, caps=replace(state.caps, **(caps or {}))))
    ceilings = replace(plan.rules.ceilings, unattended_max_min=D(60))
    state = replace(state, plan=replace(plan, rules=replace(plan.rules, ceilings=ceilings)))
    return replace(state, **changes)


def part(text: str) -> Choice:
    return Choice(ChoiceKind.FRACTION, 0, D(text))


def offered(
    state: RunState, choice: str = "0.5", then: Then = THEN_SAME, minutes: str = "10", *, times: int = 3
) -> Stretch | str:
    return fraction.offer(state, part(choice), mild(then, minutes, times=times), state.step)


@pytest.mark.parametrize(
    ("step", "choice", "rate"),
    [
        (3, "0.5", "6"),
        (3, "0.25", "3"),
        (3, "0.333", "3.99"),
        (2, "0.5", "30"),
        (2, "1", "60"),
        (3, "0.999", "11.98"),
    ],
)
def test_f2_it_is_a_part_of_the_tolerated_dose_per_hour_in_the_solution_of_the_step(
    step: int, choice: str, rate: str
) -> None:
    """F2: of 120 mg/h in a solution of 10 mg/mL, or of 60 in one of 1; in hundredths, never up."""
    assert offered(reacted(step), choice) == Stretch(D(rate), D(10), THEN_SAME, 0, "reaction:mild")


@pytest.mark.parametrize(("choice", "rate"), [("0.333", "3.9"), ("0.9", "10"), ("0.999", "11")])
def test_f2_a_pump_of_two_digits_rounds_down_in_its_own_steps(choice: str, rate: str) -> None:
    """F2: tenths below 10 mL/h, whole mL/h from there on: 3.996, 10.8 and 11.988."""
    found = offered(reacted(caps={"digits": 2}), choice)
    assert isinstance(found, Stretch)
    assert found.rate_ml_h == D(rate)


@pytest.mark.parametrize(
    ("then", "used", "again"),
    [
        (THEN_REPEAT, 0, 2),
        (THEN_REPEAT, 1, 1),
        (THEN_REPEAT, 2, 0),
        (THEN_REPEAT, 9, 0),
        (THEN_SAME, 0, 0),
        (THEN_BACK, 0, 0),
    ],
)
def test_f2_a_stretch_is_repeated_as_often_as_its_rule_has_left(then: Then, used: int, again: int) -> None:
    """F2: three beginnings a run, this one among them."""
    for resumed in ({"reaction:mild": used}, {} if used == 0 else {"reaction:mild": used}):
        found = offered(reacted(resumed=resumed), then=then)
        assert isinstance(found, Stretch)
        assert found.again == again


def test_f2_without_an_order_or_anything_tolerated_there_is_none() -> None:
    state = reacted()
    bare = replace(mild(THEN_SAME), stretch=None)
    assert fraction.offer(state, part("0.5"), bare, 3) == say("none_completed", at=3)
    assert offered(reacted(step=1)) == say("none_completed", at=1)
    nothing = replace(reacted(step=2), completed=0)
    assert offered(nothing) == say("none_completed", at=2)


@pytest.mark.parametrize(
    ("state", "asked", "possible"),
    [
        (lambda: reacted(caps={"rate_min_ml_h": D(6)}), {}, True),
        (lambda: reacted(caps={"rate_min_ml_h": D("6.1")}), {}, False),
        (lambda: reacted(step=2), {"choice": "1.9"}, True),
        (lambda: reacted(step=2), {"choice": "2"}, False),
        (lambda: reacted(step=2), {"choice": "2.1"}, False),
        (lambda: reacted(stretch=Stretch(D("6.1"), D(10), THEN_SAME, 0, "x")), {}, True),
        (lambda: reacted(stretch=Stretch(D(6), D(10), THEN_SAME, 0, "x")), {}, False),
        (reacted, {"minutes": "5"}, True),
        (reacted, {"minutes": "4.9"}, False),
        (reacted, {"then": BACK_2}, True),
        (reacted, {"then": BACK_3}, False),
        (lambda: reacted(step=2), {"then": THEN_BACK}, True),
        (lambda: reacted(step=2), {"then": BACK_2}, False),
    ],
    ids=range(13),
)
def test_f2_f25_what_the_pump_cannot_give_or_is_not_less_is_no_choice(
    state: Callable[[], RunState], asked: dict[str, Any], *, possible: bool
) -> None:
    """F2, F25: its lowest rate; less than what was reacted to; five units of 0.1 mL; a step to go back to."""
    assert isinstance(offered(state(), **asked), Stretch) is possible


@pytest.mark.parametrize(("minutes", "possible"), [("2", True), ("1.99", False), ("60", True)])
def test_f5_what_one_grant_gives_must_be_more_than_the_pump_keeps(minutes: str, *, possible: bool) -> None:
    """F5: 6 mL/h for two minutes are 0.2 mL: a unit of the counter and the smallest limit."""
    state = reacted()
    ceilings = replace(state.plan.rules.ceilings, unattended_max_min=D(minutes))
    rules = replace(state.plan.rules, ceilings=ceilings)
    state = replace(state, plan=replace(state.plan, rules=rules))
    assert (state.unit_ml, state.caps.limit_min_ml) == (D("0.1"), D("0.1"))
    assert isinstance(offered(state), Stretch) is possible


def stretch(then: Then, rate: str = "6") -> Stretch:
    return Stretch(D(rate), D(10), then, 0, "reaction:mild")


@pytest.mark.parametrize(
    ("step", "then", "next_"),
    [
        (1, None, 2),
        (3, None, 4),
        (3, THEN_SAME, 3),
        (3, THEN_REPEAT, 3),
        (3, THEN_BACK, 2),
        (3, BACK_2, 1),
        (2, BACK_2, 1),
    ],
)
def test_f2_what_is_due_after_a_step_and_after_a_stretch(step: int, then: Then | None, next_: int) -> None:
    """F2: never before the first step."""
    state = reacted(step=step, stretch=None if then is None else stretch(then))
    assert fraction.follows(state) == next_


@pytest.mark.parametrize(
    ("causes", "exceeds", "lowered"),
    [
        ((HoldCause.OPERATOR,), {1: False, 2: True, 3: True}, {1: 1, 2: 1, 3: 1}),
        ((HoldCause.REACTION,), {1: True, 2: True, 3: True}, {1: 1, 2: 2, 3: 3}),
        ((HoldCause.OPERATOR, HoldCause.REACTION), {1: True, 2: True, 3: True}, {1: 1, 2: 2, 3: 3}),
        (None, {1: False, 2: True, 3: True}, {1: 1, 2: 1, 3: 1}),
    ],
)
def test_f2_an_unfinished_stretch_lets_go_back_to_no_more_dose_per_hour(
    causes: tuple[HoldCause, ...] | None, exceeds: dict[int, bool], lowered: dict[int, int]
) -> None:
    """F2: 6 mL/h of 10 mg/mL are the 60 mg/h of step 1: as much, and after a reaction already too much."""
    state = reacted(stretch=stretch(THEN_SAME))
    assert state.hold is not None
    hold = None if causes is None else replace(state.hold, causes=frozenset(causes))
    state = replace(state, hold=hold)
    assert {step: fraction.exceeds(state, step) for step in (1, 2, 3)} == exceeds
    assert {step: fraction.lowered(state, step) for step in (1, 2, 3)} == lowered
    assert fraction.reacted(state) is (causes is not None and HoldCause.REACTION in causes)
    plain = replace(state, stretch=None)
    assert not any(fraction.exceeds(plain, step) for step in (1, 2, 3))
    assert [fraction.lowered(plain, step) for step in (1, 2, 3)] == [1, 2, 3]
    assert not fraction.reacted(plain)
