"""Every rule and every invariant is named by at least one test, and a test names nothing else."""

from __future__ import annotations

import pytest

from tests.matrix.named import every_test
from tests.matrix.rules import RULES, Rule

INVARIANTS = [f"3.{number}" for number in range(1, 15)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.number))
def test_a_test_carries_the_rule(rule: Rule) -> None:
    assert [test.node for test in every_test() if rule.number in test.rules] != []


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_a_test_carries_the_invariant(invariant: str) -> None:
    assert [test.node for test in every_test() if invariant in test.invariants] != []


def test_there_are_forty_rules_in_order() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 41))


def test_no_test_names_an_invariant_that_does_not_exist() -> None:
    assert {named for test in every_test() for named in test.invariants} == set(INVARIANTS)
