"""What a mutant changes: one operator, constant, bound, branch or statement of a syntax tree.

Not made: what the type checker refuses anyway (None for a value, a missing argument), which would die of
a TypeError in every test and flatter the score; and the wording of messages (f-strings, sentences, what is
raised, `say`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
OPPOSITE = {
    "low": "high",
    "high": "low",
    "startswith": "endswith",
    "endswith": "startswith",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "find": "rfind",
    "rfind": "find",
    "partition": "rpartition",
    "rpartition": "partition",
}
REPLACED = {"replace", "_replace"}
SAID = {"say", "say_to", "assert_never", "cast", "TypeVar"}


@dataclass(frozen=True)
class Change:
    """Put `new` into a field of a node; `index` where the field is a list."""

    kind: str
    node: ast.AST
    field: str
    index: int | None
    new: Any

    def swap(self) -> Change:
        """Do it; the change that undoes it."""
        held = getattr(self.node, self.field)
        if self.index is None:
            setattr(self.node, self.field, self.new)
            return Change(self.kind, self.node, self.field, None, held)
        old, held[self.index] = held[self.index], self.new
        return Change(self.kind, self.node, self.field, self.index, old)


Place = tuple[ast.AST, str, int | None]
"""Where a node hangs: parent, field, and the index in a list."""


def changes(place: Place, node: ast.AST) -> Iterator[Change]:
    """Every change at one node."""
    match node:
        case ast.Compare():
            for number, op in enumerate(node.ops):
                yield Change("comparison", node, "ops", number, COMPARED[type(op)]())
        case ast.BoolOp():
            new = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield Change("boolean", node, "op", None, new)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield Change("sign" if isinstance(node.op, ast.USub) else "boolean", *place, node.operand)
        case ast.BinOp() if not _is_text(node.left) and not _is_text(node.right):
            yield Change("arithmetic", node, "op", None, COUNTED[type(node.op)]())
        case ast.AugAssign():
            yield Change("arithmetic", node, "op", None, COUNTED[type(node.op)]())
        case ast.Constant():
            new_value = _other(node.value)
            if new_value is not None:
                yield Change("constant", node, "value", None, new_value)
        case ast.Name(id=name, ctx=ast.Load()) if name in SWAPPED and isinstance(place[0], ast.Call):
            yield Change("call", node, "id", None, SWAPPED[name])
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in OPPOSITE:
            yield Change("attribute", node, "attr", None, OPPOSITE[name])
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in REPLACED:
            for number in range(len(node.keywords)):
                kept = node.keywords[:number] + node.keywords[number + 1 :]
                yield Change("keyword", node, "keywords", None, kept)
        case ast.stmt():
            yield from _statement(place, node)
    yield from _branch(node)


def _statement(place: Place, node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"))):
            return
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom()):
            yield Change("statement", *place, ast.copy_location(ast.Pass(), node))
        case ast.Raise() | ast.Delete() | ast.Continue() | ast.Break() | ast.Return(value=None):
            yield Change("statement", *place, ast.copy_location(ast.Pass(), node))
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield Change("statement", *place, ast.copy_location(ast.Pass(), node))
        case ast.Match():
            yield from _cases(node)


def _cases(node: ast.Match) -> Iterator[Change]:
    for number, case in enumerate(node.cases):
        idle = all(isinstance(one, ast.Pass) or _never(one) for one in case.body)
        if len(node.cases) > 1 and not idle:
            yield Change("case", node, "cases", None, node.cases[:number] + node.cases[number + 1 :])


def _never(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("assert_never(")


def _branch(node: ast.AST) -> Iterator[Change]:
    """A plain truth that is asked for is turned round; comparisons inside it are changed by themselves."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            if _is_plain(test):
                yield Change("branch", node, "test", None, _negated(test))
        case ast.match_case(guard=ast.expr() as guard) if _is_plain(guard):
            yield Change("branch", node, "guard", None, _negated(guard))
        case ast.comprehension():
            for number, one in enumerate(node.ifs):
                if _is_plain(one):
                    yield Change("branch", node, "ifs", number, _negated(one))
        case ast.BoolOp():
            for number, one in enumerate(node.values):
                if _is_plain(one):
                    yield Change("branch", node, "values", number, _negated(one))


def _is_plain(test: ast.expr) -> bool:
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    return not negated and not isinstance(test, ast.Compare | ast.BoolOp | ast.Constant)


def _negated(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case bytes():
            return value + b"X"
        case str() if " " in value.strip() or not value:
            return None
        case str():
            try:
                return str(Decimal(value) + 1)
            except InvalidOperation:
                return f"{value}X"
    return None
