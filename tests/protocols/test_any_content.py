"""Whatever stands in a file: findings, a sheet if its numbers are there, and never a traceback."""

from __future__ import annotations

import copy
import io
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from daemon import exact_json
from daemon.cli.plan_json import plan_json
from daemon.protocols.findings import as_findings
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.plan import Plan
from daemon.protocols.rendering import print_sheet
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import TomlFile, parse_toml
from tests.protocols.files import CONFIG, PUMP

FILES = {
    path.stem: tomllib.loads(path.read_text(), parse_float=Decimal)
    for path in sorted((CONFIG / "protocols").glob("*.toml"))
}
KEYS = sorted({key for file in FILES.values() for key in file})
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), Decimal("1E+400"), 10**400]),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 1, Decimal("0.1"), Decimal("1E-12"), 10**12]),
)
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=30), st.just("____ a hint")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
ASKED = st.sampled_from(
    [
        Asked(),
        Asked(Decimal(130), "mg"),
        Asked(Decimal("1E-12")),
        Asked(Decimal(10) ** 12, "units"),
        Asked(weight_kg=Decimal(70), surface_m2=Decimal("1.8")),
    ]
)


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*at, index))


def put(data: dict[str, Any], path: tuple[str | int, ...], value: object) -> None:
    inner: Any = data
    for part in path[:-1]:
        if not isinstance(inner, dict | list):
            return
        try:
            inner = inner[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return
    last = path[-1]
    in_list = isinstance(inner, list) and isinstance(last, int) and last < len(inner)
    if in_list or (isinstance(inner, dict) and isinstance(last, str)):
        inner[last] = value


def look_at(made: Draft) -> None:
    """Everything a person or a program may ask of it."""
    for fault in made.faults:
        assert fault.problem
        assert fault.remedy
        assert str(fault)
    findings = (*as_findings(made.faults), *made.findings)
    exact_json.dumps(plan_json(Path("p.toml"), made.sheet, findings, PUMP))
    if made.sheet is not None:
        print_sheet(Console(file=io.StringIO(), width=90), made.sheet, made.plan, findings, PUMP)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place(name: str, data: st.DataObject) -> None:
    content = copy.deepcopy(FILES[name])
    known = list(paths(content))
    for _ in range(data.draw(st.integers(1, 3))):
        put(content, data.draw(st.sampled_from(known)), data.draw(JUNK))
    asked = data.draw(ASKED)
    made = draft_protocol(TomlFile(content, ()), "p.toml", Equipment(PUMP), asked)
    look_at(made)
    if isinstance(made.plan, Plan) and not made.faults:
        assert made.plan.total_dose > 0


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from([key for file in FILES.values() for key in file]), JUNK, max_size=12),
    ASKED,
)
def test_any_keys(content: dict[str, object], asked: Asked) -> None:
    look_at(draft_protocol(TomlFile(content, ()), "p.toml", Equipment(PUMP), asked))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    look_at(draft_protocol(parse_toml("p.toml", text), "p.toml", Equipment(PUMP)))


@pytest.mark.parametrize("text", ["[" * 20_000, "a = " + "[" * 5000 + "]" * 5000, "a" + ".a" * 3000 + " = 1"])
def test_any_nesting(text: str) -> None:
    look_at(draft_protocol(parse_toml("p.toml", text), "p.toml", Equipment(PUMP)))
