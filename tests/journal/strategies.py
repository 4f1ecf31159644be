"""Any value of any type a record may hold, drawn from the type hints alone."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
"""What UTF-8 can carry; a lone half of a surrogate pair is no text."""
PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    str: TEXT,
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
}


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of this type; AssertionError for a type no record has held so far."""
    if kind in PLAIN:
        return PLAIN[kind]
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if arg is types.NoneType else of(arg) for arg in args])
    if origin is tuple and args[-1] is not Ellipsis:
        return st.tuples(*map(of, args))
    if origin is tuple:
        return st.lists(of(args[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(of(args[0]), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(of(args[0]), of(args[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: of(hint) for name, hint in hints.items()})  # type: ignore[arg-type]
