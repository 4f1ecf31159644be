"""How much an object holds, and how much work it did: counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
"""What belongs to the program and not to one decoder."""


def held_bytes(thing: object) -> int:
    """Bytes of an object and of everything it holds, each once."""
    seen: set[int] = set()
    waiting, total = [thing], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, SHARED):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting += _parts(one)
    return total


def _parts(one: object) -> list[object]:
    if isinstance(one, Mapping):
        return [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset):
        return list(one)
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    found = [getattr(one, name) for name in slots if hasattr(one, name)]
    return [*vars(one).values(), *found] if hasattr(one, "__dict__") else found


def calls_of(work: Callable[[], object]) -> int:
    """Calls made while doing it, into Python and into C."""
    count = 0

    def count_one(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count_one)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
