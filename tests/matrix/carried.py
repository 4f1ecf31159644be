"""Which files and symbols of the program name a rule, in docstrings, comments and texts."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.matrix.ids import in_text

ROOT = Path(__file__).parents[2]
PROGRAM = ("daemon", "drivers", "simulators")


@dataclass(frozen=True, order=True)
class Place:
    """A file, and the function, class or constant in it; "" = the file itself."""

    file: str
    symbol: str


@cache
def carried() -> dict[int, tuple[Place, ...]]:
    """The places of each rule, sorted; also of numbers that are no rule."""
    found: dict[int, set[Place]] = defaultdict(set)
    for package in PROGRAM:
        for path in (ROOT / package).rglob("*.py"):
            file = str(path.relative_to(ROOT))
            for number, symbol in places(path.read_text(encoding="utf-8"), file):
                found[number].add(Place(file, symbol))
    return {number: tuple(sorted(where)) for number, where in found.items()}


def places(source: str, file: str = "") -> set[tuple[int, str]]:
    """Every rule a source names, with the symbol around it."""
    spans = list(_spans(ast.parse(source, file).body, ""))
    return {(number, _symbol(spans, line)) for line, text in _texts(source) for number in in_text(text)}


def _texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every comment and of every line of every string."""
    fstring = getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING, fstring):
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line


def _symbol(spans: Sequence[tuple[int, int, str]], line: int) -> str:
    around = [(last - first, name) for first, last, name in spans if first <= line <= last]
    return min(around)[1] if around else ""


def _spans(body: Sequence[ast.stmt], outer: str) -> Iterator[tuple[int, int, str]]:
    """First line, last line and dotted name of what is defined; a constant owns the string after it."""
    constant = ""
    for node in body:
        last = node.end_lineno or node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{outer}.{node.name}" if outer else node.name
            yield min([node.lineno, *(mark.lineno for mark in node.decorator_list)]), last, name
            if isinstance(node, ast.ClassDef):
                yield from _spans(node.body, name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            constant = target.id if isinstance(target, ast.Name) else ""
            if constant:
                yield node.lineno, last, f"{outer}.{constant}" if outer else constant
            continue
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and constant:
            yield node.lineno, last, f"{outer}.{constant}" if outer else constant
        constant = ""
