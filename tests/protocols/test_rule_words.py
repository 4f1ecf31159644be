"""The words of the rules as a protocol file and the record write them, and their order (F2, F19)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.protocols.rules import (
    Choice,
    ChoiceKind,
    GapAction,
    GapRule,
    GateAction,
    Grade,
    HoldCause,
    LimitKind,
    ResumeRule,
    Then,
    ThenKind,
)

D = Decimal
CAUSES = (
    *("reaction", "vitals", "monitor_lost", "pump_alarm", "pump_lost", "hand_change", "operator"),
    *("restart", "clock", "journal", "guard"),
)


def test_the_grades_are_those_of_brown_2004() -> None:
    """1 mild, 2 moderate, 3 severe; a higher one is worse."""
    assert [(grade.value, grade.rank) for grade in Grade] == [("mild", 1), ("moderate", 2), ("severe", 3)]


def test_f2_a_rule_is_called_by_its_cause_and_a_reaction_by_its_grade_too() -> None:
    """F2, F21: so is it counted in the record how often it was used."""
    names = [ResumeRule(cause, None, (), 1).key for cause in HoldCause if cause is not HoldCause.REACTION]
    assert names == list(CAUSES[1:])
    for grade in ("mild", "moderate", "severe"):
        assert ResumeRule(HoldCause("reaction"), Grade(grade), (), 1).key == f"reaction:{grade}"


def test_f2_choices_are_written_and_ordered_from_the_rest_of_the_step_to_never() -> None:
    """F2: a step further back is stricter, and of two fractions the smaller one."""
    kinds = ("rest_of_step", "same_step", "fraction", "back", "start_over", "never")
    assert [kind.value for kind in ChoiceKind] == list(kinds)
    ordered = (
        Choice(ChoiceKind("rest_of_step")),
        Choice(ChoiceKind("same_step")),
        Choice(ChoiceKind("fraction"), part=D("0.5")),
        Choice(ChoiceKind("fraction"), part=D("0.25")),
        Choice(ChoiceKind("back"), 1),
        Choice(ChoiceKind("back"), 2),
        Choice(ChoiceKind("start_over")),
        Choice(ChoiceKind("never")),
    )
    assert sorted(ordered, key=lambda one: one.strictness) == list(ordered)
    assert " ".join(str(one) for one in ordered) == (
        "rest_of_step same_step fraction=0.5 fraction=0.25 back=1 back=2 start_over never"
    )
    assert [str(Then(kind, 2)) for kind in ThenKind] == ["same_step", "back=2", "repeat"]
    assert Choice(ChoiceKind("back")) == Choice(ChoiceKind.BACK, 0, D(0))
    assert Then(ThenKind("back")) == Then(ThenKind.BACK, 0)


def test_f19_what_a_gap_orders_from_going_on_to_the_end() -> None:
    """F19: of two that meet at a bound the stricter one holds."""
    actions = ("continue", "back", "start_over", "abandon")
    rules = [GapRule(D(0), None, GapAction(word)) for word in actions]
    assert sorted(rules, key=lambda one: one.strictness) == rules
    assert (
        GapRule(D(0), None, GapAction.BACK, 2).strictness > GapRule(D(0), None, GapAction.BACK, 1).strictness
    )
    assert GapRule(D(0), None, GapAction.BACK) == GapRule(D(0), None, GapAction.BACK, 0)
    assert [action.value for action in GapAction] == list(actions)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("stop", "dwell"), GateAction),
        (("below", "above", "fall_percent", "rise_percent", "fall_by", "rise_by"), LimitKind),
    ],
)
def test_f16_f22_what_a_shut_gate_orders_and_how_a_limit_is_judged(
    words: tuple[str, ...], kind: type[GateAction | LimitKind]
) -> None:
    """F16, F22: nothing else may be ordered, whatever the grade of a reaction."""
    assert tuple(one.value for one in kind) == words
    assert max(grade.rank for grade in Grade) == 3
