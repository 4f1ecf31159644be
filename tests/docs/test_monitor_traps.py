"""The page of what monitors get wrong: every row has tests, they exist, and they say which row they prove."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "explanation" / "what-monitors-get-wrong.md"
NAMED = re.compile(r"\btraps?\s+(\d+)", re.IGNORECASE)
ROWS = {
    int(row[1]): re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[2])
    for row in re.finditer(r"^\| (\d+) \|(.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
}


@cache
def told(file: Path) -> dict[str, str]:
    """Test functions of a file, each with its docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return {one.name: ast.get_docstring(one) or "" for one in functions if one.name.startswith("test_")}


def test_all_ten_are_there() -> None:
    assert sorted(ROWS) == list(range(1, 11))


@pytest.mark.parametrize("number", sorted(ROWS))
def test_a_trap_has_tests_that_name_it(number: int) -> None:
    assert ROWS[number]
    for file, name in ROWS[number]:
        assert number in map(int, NAMED.findall(told(ROOT / file)[name])), name


def test_a_test_that_names_a_trap_is_in_its_row() -> None:
    found = {
        (int(number), str(file.relative_to(ROOT)), name)
        for folder in ("drivers", "engine", "runtime")
        for file in sorted((ROOT / "tests" / folder).glob("test_*.py"))
        if "rap" in file.read_text(encoding="utf-8")
        for name, text in told(file).items()
        for number in NAMED.findall(text)
    }
    assert found == {(number, file, name) for number, tests in ROWS.items() for file, name in tests}
