"""Which test functions name a rule or an invariant, in their name or their own docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.matrix.carried import ROOT
from tests.matrix.ids import asked_in, in_name, in_text, invariants


@dataclass(frozen=True, order=True)
class Test:
    """One test function; its parameters are one test."""

    __test__ = False

    file: str
    name: str
    rules: frozenset[int]
    in_its_name: frozenset[int]
    invariants: frozenset[str]
    asked: frozenset[str] = frozenset()
    """Ids of table (A), by its description alone: a name has no room for their mark."""

    @property
    def node(self) -> str:
        """As pytest names it."""
        return f"{self.file}::{self.name}"

    @property
    def words(self) -> str:
        """Its name as a sentence, without the ids."""
        said = re.sub(
            r"^test_|(?<=_)design_3_\d+_|(?<=_)f\d+(?:_|$)|(?<=test_)(?:[darhp]\d+_)+",
            "",
            self.name.rpartition("::")[2],
        )
        return said.replace("_", " ").strip()


@cache
def every_test() -> tuple[Test, ...]:
    """Every test function there is."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(test for path in files for test in _read(path))


def _read(path: Path) -> Iterator[Test]:
    file = str(path.relative_to(ROOT))
    return read_tests(path.read_text(encoding="utf-8"), file)


def read_tests(source: str, file: str) -> Iterator[Test]:
    """The test functions of one source."""
    for name, node in _functions(ast.parse(source, file).body, ""):
        text = ast.get_docstring(node) or ""
        of_name = in_name(node.name)
        yield Test(
            file,
            name,
            frozenset(of_name | in_text(text)),
            frozenset(of_name),
            frozenset(invariants(text)),
            frozenset(asked_in(text)),
        )


def _functions(
    body: Sequence[ast.stmt], outer: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _functions(node.body, f"{outer}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield f"{outer}{node.name}", node
