"""The page for risk managers: every rule once, in whole sentences, and the gravest explained."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT
from tests.matrix.page import BEGIN, END, PAGE
from tests.matrix.rules import RULES, Rule, Severity
from tests.matrix.states import WORDS

ROW = re.compile(r"^\| (F\d+) \|((?:[^|]+\|){5})$", re.MULTILINE)


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    """The cells of each row of the table, by rule."""
    table = page().partition(BEGIN)[2].partition(END)[0]
    return {rule: [cell.strip() for cell in cells.split("|")[:-1]] for rule, cells in ROW.findall(table)}


def test_every_rule_is_there_once_and_in_order() -> None:
    assert re.findall(r"^\| (F\d+) \|", page(), re.MULTILINE) == [rule.id for rule in RULES]
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
