"""Which files and symbols of the program name a rule, in docstrings, comments and texts."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.matrix.ids import asked_in, in_text

ROOT = Path(__file__).parents[2]
PROGRAM = ("daemon", "drivers", "simulators")
Id = TypeVar("Id", int, str)


@dataclass(frozen=True, order=True)
class Place:
    """A file, and the function, class or constant in it; "" = the file itself."""

    file: str
    symbol: str


@cache
def carried() -> dict[int, tuple[Place, ...]]:
    """The places of each rule, sorted; also of numbers that are no rule."""
    return _everywhere(in_text)


@cache
def asked_for() -> dict[str, tuple[Place, ...]]:
    """The places of each id of table (A), sorted; also of ids that are not in it."""
    return _everywhere(asked_in)


def _everywhere(find: Callable[[str], set[Id]]) -> dict[Id, tuple[Place, ...]]:
    found: dict[Id, set[Place]] = defaultdict(set)
    for package in PROGRAM:
        for path in (ROOT / package).rglob("*.py"):
            file = str(path.relative_to(ROOT))
            for one, symbol in _named(path.read_text(encoding="utf-8"), file, find):
                found[one].add(Place(file, symbol))
    return {one: tuple(sorted(where)) for one, where in found.items()}


def places(source: str, file: str = "") -> set[tuple[int, str]]:
    """Every rule a source names, with the symbol around it."""
    return _named(source, file, in_text)


def _named(source: str, file: str, find: Callable[[str], set[Id]]) -> set[tuple[Id, str]]:
    spans = list(_spans(ast.parse(source, file).body, ""))
    return {(one, _symbol(spans, line)) for line, text in _texts(source) for one in find(text)}


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
