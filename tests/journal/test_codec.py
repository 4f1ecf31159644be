"""Events become records and come back as the same events; what is no record is told so, in one way."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.engine import events as ev
from daemon.engine.phases import Phase
from daemon.journal.codec import EVENTS, CodecError, decode, decode_event, encode
from daemon.journal.records import GENESIS, chain, make
from simulators.campaign.engine.fitted import one_for_all
from simulators.campaign.engine.labels import PATIENT, codes_of
from simulators.campaign.engine.world import DIANET
from tests.engine.plans import published
from tests.journal.strategies import of

SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WRONG: tuple[Any, ...] = (None, True, 7, 0.5, "x", [], {}, [[]], {"x": 1}, "NaN")
SEEN: dict[str, Any] = {
    "reading": {
        "motion": "infusing",
        "rate_ml_h": "12.5",
        "limit_left_ml": "3.10",
        "counter_ml": "0.3",
        "remote": True,
        "alarms": ["air", "door_open"],
        "local": [],
        "mains": False,
        "battery_min": 12,
        "pressure_percent": None,
    },
    "moved": {"counter_ml": "0.1", "timed": {"low": "0.09", "high": "0.11"}, "proven_ms": 900},
    "asked_ms": 5,
    "pump": "pump-1",
}


def carried(data: Any) -> Any:
    """As through the file."""
    return json.loads(json.dumps(data, ensure_ascii=False))


@pytest.mark.parametrize("name", sorted(EVENTS))
@SOME
@given(st.data())
def test_every_event_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    """(A) P3: also the plan inside RunOpened, digit for digit."""
    event = data.draw(of(EVENTS[name]))
    picture = encode(event)
    again = decode_event(name, carried(picture))
    assert again == event
    assert type(again) is EVENTS[name]
    assert encode(again) == picture


@pytest.mark.parametrize("name", ["castells-12-step", "rituximab-12-step"])
def test_a_published_plan_comes_back_with_every_digit(name: str) -> None:
    opened = ev.RunOpened(
        published(name),
        one_for_all(published(name), DIANET),
        "a/b/c",
        Decimal(60),
        simulated=True,
        patient=PATIENT,
        codes=codes_of(("bag-1",)),
    )
    record = make(
        1, GENESIS, opened, at_ms=5, wire_ms=6, utc="2026-01-01T00:00:00.000+00:00", boot="b", sync=True
    )
    again = record.event()
    assert isinstance(again, ev.RunOpened)
    assert again.latching == opened.latching
    unordered = frozenset[str]()
    assert repr(replace(again, latching=unordered)) == repr(replace(opened, latching=unordered))


def test_the_union_and_the_table_hold_the_same_events() -> None:
    classes = {
        name
        for name, value in vars(ev).items()
        if isinstance(value, type) and value.__module__.startswith(ev.__name__)
    }
    assert classes - {"OrderKind"} == set(EVENTS)


def test_a_record_says_when_what_and_in_which_boot() -> None:
    record = make(
        7, "f" * 64, ev.StepPlaced(3), at_ms=5, wire_ms=6, utc="2026-01-01T00:00:00Z", boot="b", sync=True
    )
    assert record.content() == {
        "seq": 7,
        "at_ms": 5,
        "wire_ms": 6,
        "utc": "2026-01-01T00:00:00Z",
        "sync": True,
        "boot": "b",
        "type": "StepPlaced",
        "data": {"step": 3},
    }
    assert record.hash == chain("f" * 64, record.body)


@pytest.mark.parametrize("name", ["", "StepPlaced ", "stepplaced", "OrderKind", "Plan", "__class__"])
def test_an_unknown_event_is_refused(name: str) -> None:
    with pytest.raises(CodecError, match="newer version"):
        decode_event(name, {"step": 1})


@pytest.mark.parametrize("name", sorted(EVENTS))
@pytest.mark.parametrize("body", [None, True, 7, 0.5, "x", [], ["step"], {"unheard": 1}], ids=repr)
def test_a_body_of_another_shape_is_refused(name: str, body: Any) -> None:
    with pytest.raises(CodecError):
        decode_event(name, body)


def test_a_body_with_a_key_too_many_is_refused() -> None:
    """A key this version does not know may carry what it must not overlook."""
    with pytest.raises(CodecError, match="unit"):
        decode_event("StepPlaced", {"step": 1, "unit": "mL"})


def test_a_body_with_a_key_too_few_is_refused() -> None:
    with pytest.raises(CodecError, match="mains"):
        decode_event("PumpSeen", {**SEEN, "reading": without(SEEN["reading"], "mains")})


def without(mapping: Any, key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("rate_ml_h", 12.5),
        ("rate_ml_h", True),
        ("rate_ml_h", 12),
        ("rate_ml_h", "12,5"),
        ("rate_ml_h", "NaN"),
        ("rate_ml_h", "Infinity"),
        ("rate_ml_h", [0, [1], 0]),
        ("battery_min", True),
        ("battery_min", "12"),
        ("battery_min", 12.0),
        ("mains", 1),
        ("mains", "true"),
        ("motion", "running"),
        ("motion", None),
        ("alarms", "air"),
        ("alarms", {"air": 1}),
        ("alarms", ["air", "fire"]),
    ],
)
def test_a_value_of_another_kind_is_refused(key: str, wrong: Any) -> None:
    """No number passes through a binary float, no truth value is a number, no text a list of letters."""
    reading = {**decode_ok(), key: wrong}
    with pytest.raises(CodecError):
        decode_event("PumpSeen", {**SEEN, "reading": reading})


def decode_ok() -> dict[str, Any]:
    assert isinstance(decode_event("PumpSeen", SEEN), ev.PumpSeen)
    return dict(SEEN["reading"])


@pytest.mark.parametrize("name", sorted(EVENTS))
@SOME
@given(st.data())
def test_any_wrong_value_is_a_codec_error_or_the_same_picture(name: str, data: st.DataObject) -> None:
    """Whatever stands in a field: refused as CodecError, or a value with exactly that picture."""
    names = [field.name for field in fields(EVENTS[name])]
    if not names:
        return
    picture = carried(encode(data.draw(of(EVENTS[name]))))
    spoiled = {**picture, data.draw(st.sampled_from(names)): data.draw(st.sampled_from(WRONG))}
    try:
        event = decode_event(name, spoiled)
    except CodecError:
        return
    assert carried(encode(event)) == spoiled


def test_what_has_no_picture_is_refused() -> None:
    with pytest.raises(CodecError, match="float"):
        encode({"a": (1, 0.5)})


def test_mappings_keep_their_order_and_their_kind_of_key() -> None:
    kind = dict[Phase, str]
    again = decode(kind, carried(encode({Phase.HELD: "c", Phase.ABORTED: "a"})))
    assert list(again) == [Phase.HELD, Phase.ABORTED]
