"""F2: a fraction is ordered whole, for reactions only, and step 1 has a rule of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.protocols.faults import Fault
from daemon.protocols.rules import (
    Choice,
    ChoiceKind,
    Grade,
    HoldCause,
    ResumeRule,
    StretchRule,
    Then,
    ThenKind,
)
from daemon.protocols.words import rules_in_words
from tests.protocols.files import castells, faults, plan

MILD = 'grade = "mild"\n'
BODY = 'allow = ["same_step", "fraction=0.5", "back=1"]\nmax_times = 2\n'
WHOLE = BODY + 'for_minutes = 30\nthen = "same_step"\nat_first_step = ["same_step"]\n'
HALF = Choice(ChoiceKind.FRACTION, 0, Decimal("0.5"))


def mild(rule: str) -> str:
    """Castells with another rule for mild reactions."""
    head, _, rest = castells().partition(f'cause = "reaction"\n{MILD}')
    after = rest.partition("\n\n")[2]
    return f'{head}cause = "reaction"\n{MILD}{rule}\n\n{after}'


def only(text: str) -> Fault:
    found = faults(text)
    assert len(found) == 1, [str(fault) for fault in found]
    assert found[0].problem
    assert found[0].remedy
    return found[0]


def rule_of(text: str) -> ResumeRule:
    rules = plan(text).rules.resume
    return next(rule for rule in rules if rule.cause is HoldCause.REACTION and rule.grade is Grade.MILD)


@pytest.mark.parametrize(
    ("then", "read"),
    [
        ("same_step", Then(ThenKind.SAME_STEP)),
        ("back=2", Then(ThenKind.BACK, 2)),
        (" back = 2 ", Then(ThenKind.BACK, 2)),
        ("repeat", Then(ThenKind.REPEAT)),
    ],
)
def test_f2_a_fraction_with_all_its_keys_is_read_exactly(then: str, read: Then) -> None:
    """F2: part, minutes and what follows, as ordered."""
    rule = rule_of(mild(WHOLE.replace('"same_step"\nat', f'"{then}"\nat')))
    assert rule.allow[1] == HALF
    assert str(rule.allow[1]) == "fraction=0.5"
    assert rule.stretch == StretchRule(Decimal(30), read)
    assert rule.at_first_step == (Choice(ChoiceKind.SAME_STEP),)


@pytest.mark.parametrize("text", ["fraction=0.5", "fraction = 0.50", "fraction=.5"])
def test_f2_one_fraction_has_one_value_however_it_is_written(text: str) -> None:
    same = plan(mild(WHOLE))
    written = plan(mild(WHOLE.replace("fraction=0.5", text)))
    assert written.sha256 == same.sha256


@pytest.mark.parametrize(
    ("key", "line"), [("for_minutes", "for_minutes = 30\n"), ("then", 'then = "same_step"\n')]
)
def test_f2_for_minutes_and_then_are_required_with_a_fraction(key: str, line: str) -> None:
    """F2: both keys are required; there is no default."""
    fault = only(mild(WHOLE.replace(line, "")))
    assert (fault.key, fault.code) == (f"resume[0].{key}", "missing")


@pytest.mark.parametrize(("key", "line"), [("for_minutes", "for_minutes = 30"), ("then", 'then = "repeat"')])
def test_f2_without_a_fraction_there_is_no_stretch(key: str, line: str) -> None:
    rule = f'allow = ["same_step"]\nmax_times = 2\n{line}\nat_first_step = ["never"]'
    fault = only(mild(rule))
    assert (fault.key, fault.code) == (f"resume[0].{key}", "unused")


@pytest.mark.parametrize("part", ["0", "1", "1.5", "-0.5", "0,5", "half", "0.0000001", ""])
def test_f2_what_is_no_fraction_is_refused(part: str) -> None:
    fault = only(mild(WHOLE.replace("fraction=0.5", f"fraction={part}")))
    assert (fault.key, fault.code) == ("resume[0].allow[1]", "unknown_word")
    assert "fraction=0.5" in fault.remedy


@pytest.mark.parametrize("then", ["rest_of_step", "start_over", "never", "back", "back=0", "fraction=0.5"])
def test_f2_what_cannot_follow_is_refused(then: str) -> None:
    fault = only(mild(WHOLE.replace('then = "same_step"', f'then = "{then}"')))
    assert (fault.key, fault.code) == ("resume[0].then", "unknown_word")


def test_f2_what_follows_has_a_step_to_go_to() -> None:
    fault = only(mild(WHOLE.replace('then = "same_step"', 'then = "back=12"')))
    assert (fault.key, fault.code) == ("resume[0].then", "too_far_back")


@pytest.mark.parametrize("minutes", ["0", "-1", '"30"'])
def test_f2_senseless_minutes_are_refused(minutes: str) -> None:
    assert only(mild(WHOLE.replace("= 30", f"= {minutes}"))).key == "resume[0].for_minutes"


def test_f2_a_fraction_is_for_reactions_only() -> None:
    """F2: a part of what was tolerated before a reaction; no other hold has a reaction before it."""
    rule = 'cause = "vitals"\nallow = ["same_step", "back=1"]'
    fault = only(castells((rule, 'cause = "vitals"\nallow = ["same_step", "fraction=0.5"]')))
    assert fault.code == "fraction_without_reaction"


@pytest.mark.parametrize("grade", ["mild", "moderate"])
def test_f2_what_a_reaction_in_step_1_allows_is_ordered(grade: str) -> None:
    """F2: where nothing has been tolerated only what `at_first_step` orders; there is no default."""
    line = {"mild": 'at_first_step = ["same_step"]\n', "moderate": 'at_first_step = ["never"]\n'}[grade]
    fault = only(castells((line, "")))
    assert (fault.key, fault.code) == (f"resume[{grade == 'moderate':d}].at_first_step", "missing")
    assert grade in fault.problem


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ('["back=1"]', "nothing_before_step_1"),
        ('["fraction=0.5"]', "nothing_before_step_1"),
        ('["same_step", "never"]', "never_and_more"),
        ("[]", "too_short"),
    ],
)
def test_f2_before_step_1_there_is_nothing_to_go_back_to(given: str, code: str) -> None:
    assert only(castells(('at_first_step = ["same_step"]', f"at_first_step = {given}"))).code == code


@pytest.mark.parametrize("rule", ['cause = "operator"', 'cause = "reaction"\ngrade = "severe"'])
def test_f2_where_nothing_is_resumed_at_step_1_nothing_is_ordered_for_it(rule: str) -> None:
    fault = only(castells((rule, f'{rule}\nat_first_step = ["same_step"]')))
    assert fault.code == "unused"


def test_f2_the_sheet_that_is_signed_says_it_in_words() -> None:
    told = [sentence for _, sentence in rules_in_words(plan(mild(WHOLE)))]
    assert any(
        "0.5 of the dose per hour of the last completed step" in sentence
        and "for 30 min, then the same step whole" in sentence
        and "in step 1: same step again" in sentence
        for sentence in told
    )
