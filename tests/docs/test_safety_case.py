"""The page for risk managers: every rule once, in whole sentences, and the gravest explained."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT
from tests.matrix.named import every_test
from tests.matrix.page import BEGIN, BEGIN_A, END, END_A, PAGE
from tests.matrix.rules import RULES, Rule, Severity
from tests.matrix.states import WORDS
from tests.matrix.table_a import table_a

ROW = re.compile(r"^\| (F\d+) \|((?:[^|]+\|){5})$", re.MULTILINE)


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    """The cells of each row of the table, by rule."""
    table = page().partition(BEGIN)[2].partition(END)[0]
    return {rule: [cell.strip() for cell in cells.split("|")[:-1]] for rule, cells in ROW.findall(table)}


def test_every_rule_is_there_once_and_in_order() -> None:
    assert re.findall(r"^\| (F\d+) \|", page(), re.MULTILINE) == [rule.id for rule in RULES]
    assert re.findall(r"^\| ([DRAHP]\d+) \|", page(), re.MULTILINE) == [one.id for one in table_a()]
    assert list(rows()) == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_row_is_whole(rule: Rule) -> None:
    hazard, _, where, tests, state = rows()[rule.id]
    assert any(hazard.endswith(f"({severity})") for severity in Severity)
    files = re.findall(r"`([^`]+)`", where)
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert re.match(r"[1-9]\d*: \*", tests)
    assert state.partition(":")[0] in WORDS


def test_a_requirement_is_told_in_one_row_with_its_state() -> None:
    """(A) P14."""
    table = page().partition(BEGIN_A)[2].partition(END_A)[0]
    for line in re.findall(r"^\| [DRAHP]\d+ \|.+$", table, re.MULTILINE):
        name, asks, where, tests, state = (cell.strip() for cell in line.strip("|").split(" | "))
        assert asks, name
        assert state.partition(":")[0] in WORDS, name
        files = re.findall(r"`([^`]+)`", where)
        assert [file for file in files if not (ROOT / file).exists()] == []
        assert state.startswith("not ours") or (files and re.match(r"[1-9]\d*: \*", tests)), name


PARTS = ("What can happen.", "What the program does.", "What it cannot do.", "How we know.")


def gravest() -> dict[str, str]:
    """The text on each of the gravest rules."""
    section = page().partition("## The ten gravest rules\n")[2].partition("\n## ")[0]
    parts = re.split(r"^### (F\d+): .+$", section, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_ten_rules_that_can_kill_are_explained() -> None:
    catastrophic = [rule.id for rule in RULES if rule.severity is Severity.CATASTROPHIC]
    assert len(gravest()) == 10
    assert [rule for rule in gravest() if rule not in catastrophic] == []


@pytest.mark.parametrize("rule", gravest())
def test_a_grave_rule_says_all_four_things_and_names_tests_of_its_own(rule: str) -> None:
    text = gravest()[rule]
    assert re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE) == list(PARTS)
    said = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text.partition(PARTS[-1] + "**")[2])
    ours = {test.words for test in every_test() if rule in {f"F{number}" for number in test.rules}}
    assert said
    assert [sentence for sentence in (" ".join(one.split()) for one in said) if sentence not in ours] == []
