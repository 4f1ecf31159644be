"""The list of rules is whole, and what it calls built is named by a test."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "explanation" / "safety-case.md"
ROW = re.compile(r"^\| F(\d+) \| (.+?) \| (holds|in part|not yet) \| (.*?)\|$", re.MULTILINE)
RULE = re.compile(r"\bF(\d{1,2})\b|_f(\d{1,2})_")
RULES = range(1, 41)


def rows() -> list[tuple[int, str, str]]:
    """Number, state, and what is missing."""
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return [(int(number), state, missing.strip()) for number, _, state, missing in found]


@cache
def named(folder: str) -> frozenset[int]:
    """Every rule that some file beneath names, the tests of this page excepted."""
    found: set[int] = set()
    for file in (ROOT / folder).rglob("*.py"):
        if file.parent.name != "docs":
            found |= {int(a or b) for a, b in RULE.findall(file.read_text(encoding="utf-8"))}
    return frozenset(found)


def test_every_rule_is_there_once() -> None:
    assert [number for number, _, _ in rows()] == list(RULES)


def test_every_rule_that_code_names_is_one_of_ours() -> None:
    assert named("daemon") | named("drivers") | named("simulators") <= set(RULES)


@pytest.mark.parametrize(("number", "state", "missing"), rows())
def test_what_is_built_is_tested_and_what_is_missing_is_said(number: int, state: str, missing: str) -> None:
    if state != "not yet":
        assert number in named("tests"), f"no test names F{number}"
    assert missing or state != "in part"
