"""Requests: what is an act becomes that act, what is none is told why, in words of the one kind."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from decimal import Decimal
from enum import Enum
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.control.requests import ACTS, BadRequest, act_of, choice_of
from daemon.engine import inputs as inp
from daemon.engine.acts.persons import BOUND
from daemon.protocols.rules import Choice, ChoiceKind, Grade
from drivers.values import Signal

VALUES: dict[Any, Any] = {
    str: "text",
    Grade: "mild",
    Choice: "back=2",
    int | None: 7,
    bool: True,
    Decimal: "2.5",
    int: 5,
    bool | None: True,
    Grade | None: "mild",
    tuple[str, ...]: ["urticaria"],
    Mapping[Signal, Decimal]: {"hr": "80"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def value_of(kind: Any) -> Any:
    """What a request says for a value of this kind; of any words the first one."""
    return next(iter(kind)).value if _words(kind) else VALUES[kind]


def _words(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum) and kind is not Grade


def whole(verb: str) -> dict[str, Any]:
    """A request with everything its act needs."""
    hints = get_type_hints(ACTS[verb])
    return {field.name: value_of(hints[field.name]) for field in fields(ACTS[verb])}


def needed(verb: str) -> list[str]:
    """The keys no request for this act may leave out; the screen where more drug may follow (F33)."""
    screen = ["seen"] if ACTS[verb] in BOUND else []
    return [field.name for field in fields(ACTS[verb]) if field.default is MISSING] + screen


def test_every_act_of_a_person_has_one_verb() -> None:
    assert set(ACTS.values()) == set(inp.AnyAct.__args__)
    assert len(set(ACTS.values())) == len(ACTS)


@pytest.mark.parametrize("verb", sorted(ACTS))
def test_a_whole_request_is_its_act(verb: str) -> None:
    act = act_of(verb, whole(verb))
    assert type(act) is ACTS[verb]
    wanted = {**whole(verb)}
    if "choice" in wanted:
        wanted["choice"] = {"kind": "back", "steps": 2, "part": "0"}
    assert json.loads(json.dumps(asdict(act), default=str)) == wanted


@pytest.mark.parametrize("verb", ["", "stop", "Start", "start ", "status", "watch", "report", "__init__"])
def test_an_unknown_verb_is_told_with_the_known_ones(verb: str) -> None:
    with pytest.raises(BadRequest, match=r"unknown verb .*; known: abort, .* watch, follow, report"):
        act_of(verb, {})


@pytest.mark.parametrize("verb", sorted(ACTS))
def test_a_missing_key_is_named(verb: str) -> None:
    for key in needed(verb):
        less = {name: value for name, value in whole(verb).items() if name != key}
        with pytest.raises(BadRequest, match=rf"{verb}: missing \['{key}'\]"):
            act_of(verb, less)


@pytest.mark.parametrize("verb", sorted(ACTS))
def test_an_unknown_key_is_named(verb: str) -> None:
    with pytest.raises(BadRequest, match=r"unknown \['rate_ml_h'\]"):
        act_of(verb, {**whole(verb), "rate_ml_h": "100"})


@pytest.mark.parametrize("verb", sorted(ACTS))
@pytest.mark.parametrize("wrong", [None, True, 0, 1.5, [], ["Ann"], {}, {"kind": "same_step"}], ids=repr)
def test_a_value_of_another_kind_is_told_with_key_and_remedy(verb: str, wrong: Any) -> None:
    hints = get_type_hints(ACTS[verb])
    for key in whole(verb):
        plain = hints[key] in (str, Grade, Choice, Decimal) or _words(hints[key])
        bad = wrong if plain else "seven"
        with pytest.raises(BadRequest, match=r"use ") as told:
            act_of(verb, {**whole(verb), key: bad})
        assert key in str(told.value)
        assert "<class" not in str(told.value)


def test_an_empty_act_id_is_refused() -> None:
    """Two acts without an id would be one act: the second STOP would be answered and not done."""
    with pytest.raises(BadRequest, match="act_id is empty"):
        act_of("hold", {**whole("hold"), "act_id": ""})


def test_the_grades_are_named() -> None:
    with pytest.raises(BadRequest, match="grade = 'bad': use mild, moderate, severe"):
        act_of("reaction", {**whole("reaction"), "grade": "bad"})


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(BadRequest) as told:
        act_of("reaction", {**whole("reaction"), "grade": "x" * 50_000})
    assert len(str(told.value)) < 200


@given(verb=st.sampled_from(sorted(ACTS)) | st.text(max_size=6), given_args=st.data())
def test_whatever_is_asked_is_an_act_or_a_bad_request(verb: str, given_args: st.DataObject) -> None:
    keys = sorted(whole(verb)) if verb in ACTS else []
    args = {key: given_args.draw(JSON) for key in keys}
    with contextlib.suppress(BadRequest):
        assert type(act_of(verb, args)) is ACTS[verb]


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("rest_of_step", Choice(ChoiceKind.REST_OF_STEP)),
        ("same_step", Choice(ChoiceKind.SAME_STEP)),
        ("start_over", Choice(ChoiceKind.START_OVER)),
        ("back=1", Choice(ChoiceKind.BACK, 1)),
        ("back=12", Choice(ChoiceKind.BACK, 12)),
        (" back = 3 ", Choice(ChoiceKind.BACK, 3)),
        ("fraction=0.5", Choice(ChoiceKind.FRACTION, 0, Decimal("0.5"))),
        (" fraction = .250 ", Choice(ChoiceKind.FRACTION, 0, Decimal("0.25"))),
        ("fraction=0.000001", Choice(ChoiceKind.FRACTION, 0, Decimal("0.000001"))),
    ],
)
def test_choices(text: str, choice: Choice) -> None:
    assert choice_of(text) == choice
    assert choice_of(str(choice)) == choice


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "never",
        "back",
        "back=",
        "back=0",
        "back=-1",
        "back=+1",
        "back=1.5",
        "back=1e1",
        "back=1_0",
        "back=0x1",
        "back=1000",
        "back=\u0661",
        "back=\u00b2",
        "back=" + "9" * 5000,
        "back=1=2",
        "fraction",
        "fraction=",
        "fraction=0",
        "fraction=0.0",
        "fraction=1",
        "fraction=1.5",
        "fraction=-0.5",
        "fraction=0,5",
        "fraction=5e-1",
        "fraction=0.0000001",
        "fraction=\u0660.\u0665",
        "fraction=nan",
        "BACK=1",
        "same_step=1",
        "rest",
        "0",
    ],
    ids=lambda text: text[:12] or "empty",
)
def test_what_is_no_choice_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match=r"use rest_of_step, same_step, fraction=0\.5, back=N or start_over"):
        choice_of(text)
