"""Every mutant of a file, in order, with the function and the block it stands in."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutation.areas import parsed
from tests.mutation.operators import SAID, Change, Place, changes

BODIES = ("body", "orelse", "finalbody")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
NOT_CODE = {"annotation", "returns", "decorator_list", "bases", "type_params", "ctx"}


@dataclass(frozen=True)
class Site:
    """Where one looks: in which function (dotted), and in which block of it; None = what runs at import."""

    function: str
    block: str | None


@dataclass(frozen=True)
class Mutant:
    """The `number`-th change of a file; its `key` stays the same while the code around it does."""

    file: str
    number: int
    site: Site
    line: int
    kind: str
    before: str
    after: str
    same: int
    """How many like it stand before it in its function."""

    @property
    def key(self) -> str:
        """Short name, for files that keep results and reasons."""
        told = f"{self.file}|{self.site.function}|{self.kind}|{self.before}|{self.after}|{self.same}"
        return hashlib.sha256(told.encode()).hexdigest()[:10]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.site.function}: {self.kind}: {self.before} -> {self.after}"


def mutants(name: str, tree: ast.Module | None = None) -> list[Mutant]:
    """Of a file of the project, or of a tree given under its name."""
    tree = parsed(name) if tree is None else tree
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for number, (site, change, line, node, shown) in enumerate(_sites(tree)):
        before, after = _texts(change, node, shown)
        like = (site.function, change.kind, before, after)
        seen[like] = same = seen.get(like, -1) + 1
        found.append(Mutant(name, number, site, line, change.kind, before, after, same))
    return found


def mutated(mutant: Mutant, tree: ast.Module | None = None) -> ast.Module:
    """The syntax tree of its file with the change in it."""
    tree = parsed(mutant.file) if tree is None else tree
    for number, (_, change, *_) in enumerate(_sites(tree)):
        if number == mutant.number:
            change.swap()
            return ast.fix_missing_locations(tree)
    raise LookupError(str(mutant))


def blocks(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """Every list of statements inside a function: `function#number`, which no line above it changes."""
    found: dict[str, list[ast.stmt]] = {}
    _number(tree, "", found, inside=False)
    return found


def _number(node: ast.AST, function: str, found: dict[str, list[ast.stmt]], *, inside: bool) -> None:
    if isinstance(node, FUNCTIONS | ast.ClassDef):
        function = f"{function}.{node.name}".lstrip(".")
    inside = inside or isinstance(node, FUNCTIONS)
    if inside and not isinstance(node, ast.ClassDef | ast.Lambda | ast.IfExp):
        for field in BODIES:
            body = getattr(node, field, None)
            if body:
                found[f"{function}#{sum(name.startswith(function + '#') for name in found)}"] = body
    for child in ast.iter_child_nodes(node):
        _number(child, function, found, inside=inside)


Found = tuple[Site, Change, int, ast.AST, ast.AST]


def _sites(tree: ast.Module) -> Iterator[Found]:
    names = {id(body): name for name, body in blocks(tree).items()}
    yield from _below(tree, Site("", None), tree, names)


def _below(node: ast.AST, site: Site, shown: ast.AST, names: dict[int, str]) -> Iterator[Found]:
    """Children in order; `shown` is the statement or clause whose text tells a change."""
    for field, held in ast.iter_fields(node):
        if field in NOT_CODE:
            continue
        inside = Site(site.function, names.get(id(held), site.block))
        for index, child in enumerate(held) if isinstance(held, list) else ((None, held),):
            if isinstance(child, ast.AST) and not _is_left_out(node, child):
                yield from _at((node, field, index), child, inside, shown, names)


def _at(place: Place, node: ast.AST, site: Site, shown: ast.AST, names: dict[int, str]) -> Iterator[Found]:
    shown = node if isinstance(node, ast.stmt | ast.comprehension | ast.keyword) else shown
    line = getattr(node, "lineno", getattr(shown, "lineno", 0))
    for change in changes(place, node):
        yield site, change, line, node, shown
    if isinstance(node, FUNCTIONS | ast.ClassDef):
        site = Site(f"{site.function}.{node.name}".lstrip("."), site.block)
    yield from _below(node, site, shown, names)


def _texts(change: Change, node: ast.AST, shown: ast.AST) -> tuple[str, str]:
    """Before and after: the node where all of it goes, else the smallest clause that shows the change."""
    if change.field == "cases":
        cases: list[ast.match_case] = getattr(change.node, change.field)
        gone = next(case for case in cases if case not in change.new)
        return f"case {ast.unparse(gone.pattern)}", "no such case"
    undo = change.swap()
    if undo.new is node:
        undo.swap()
        return _short(node), _short(change.new)
    whole = shown if isinstance(node, ast.Constant | ast.Name | ast.Attribute) else node
    after = _short(whole)
    undo.swap()
    return _short(whole), after


def _is_left_out(parent: ast.AST, node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Call(func=ast.Name(id=name)) if name in SAID:
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.expr() if isinstance(parent, ast.Raise):
            return True
        case ast.BinOp(op=ast.BitOr()):
            return _is_union(parent, node)
    return False


def _is_union(parent: ast.AST, node: ast.BinOp) -> bool:
    """A union of types: in isinstance, or given a name."""
    if isinstance(parent, ast.Call) and ast.unparse(parent.func) in {"isinstance", "issubclass"}:
        return True
    last = ast.unparse(node.right)
    is_type = last[:1].isupper() and not last.isupper()
    return isinstance(parent, ast.Assign | ast.AnnAssign) and is_type


def _short(node: ast.AST) -> str:
    return ast.unparse(node).strip().split("\n")[0]
