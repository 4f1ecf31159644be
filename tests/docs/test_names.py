"""Functions and classes that pages name exist in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, code, name

DOTTED = re.compile(r"^([A-Za-z_]\w*)\.([a-z_]\w*)(?:\(.*\))?$")
FILES = ("py", "toml", "lock", "md", "svg", "rules", "service", "journal", "sim")
FOREIGN = ("os", "json", "python", "pace", "alarm", "infusiond")
"""What stands before a dot in code of other kinds: Python's own modules, TOML keys, units."""


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            yield from (target.id for target in targets if isinstance(target, ast.Name))


@cache
def owners() -> dict[str, set[str]]:
    """For every module (by its last name) and class of ours: what is defined in it."""
    found: dict[str, set[str]] = {}
    for package in ("daemon", "drivers", "simulators"):
        for file in (ROOT / package).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found.setdefault(file.stem, set()).update(_defined(tree))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, set()).update(_defined(node))
    return found


def wrong(span: str) -> bool:
    """A name of the form owner.member whose owner is ours and has no such member."""
    match = DOTTED.match(span)
    if match is None or match[2] in FILES or match[1] in FOREIGN:
        return False
    return match[1] in owners() and match[2] not in owners()[match[1]]


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.parent.name in ("explanation", "decisions")], ids=name
)
def test_names_exist(page: Path) -> None:
    spans = [span for span in code(page.read_text(encoding="utf-8")) if DOTTED.match(span)]
    strangers = [s for s in spans if (m := DOTTED.match(s)) and m[1] not in owners() and m[2] not in FILES]
    assert [span for span in spans if wrong(span)] == []
    assert [s for s in strangers if not s.startswith(tuple(f"{word}." for word in FOREIGN))] == []


def test_a_name_that_does_not_exist_is_found() -> None:
    assert wrong("Supervisor.fly")
    assert wrong("slices.never")
    assert not wrong("Supervisor.permit")
