"""Every rule and invariant that this version claims is named by at least one test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
RULES = [f"F{n}" for n in (1, 5, 6, 7, 8, 10, 15, 16, 17, 18, 19, 20, 21, 22, 25, 33, 34, 35, 36)]
INVARIANTS = [f"DESIGN 3.{n}" for n in range(1, 15)]


def named() -> dict[str, set[str]]:
    """Ids by test function, read from its name and docstring; `3.4, 3.8` after DESIGN count each."""
    found: dict[str, set[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                ids = {f"F{n}" for n in re.findall(r"\bF(\d+)\b", text)}
                ids |= {f"F{n}" for n in re.findall(r"_f(\d+)(?=_)", f"_{node.name}_")}
                for group in re.findall(r"DESIGN ((?:3\.\d+(?:, )?)+)", text):
                    ids |= {f"DESIGN {number}" for number in re.findall(r"3\.\d+", group)}
                found[f"{file.relative_to(TESTS)}::{node.name}"] = ids
    return found


@pytest.mark.parametrize("rule", RULES + INVARIANTS)
def test_a_test_carries_the_id(rule: str) -> None:
    assert [name for name, ids in named().items() if rule in ids] != []
