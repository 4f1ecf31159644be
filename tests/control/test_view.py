"""The status of every phase is plain JSON with exact numbers, and says nothing it does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from daemon import exact_json
from daemon.control.view import view
from daemon.engine.alarm_view import AlarmView
from daemon.engine.alarms import CATALOGUE
from daemon.engine.opening import opening
from daemon.engine.phases import Mode, Phase
from daemon.engine.state import HoldView, RunState
from daemon.protocols.rules import Grade, HoldCause
from simulators.campaign.engine.fitted import one_for_all
from simulators.campaign.engine.labels import PATIENT, codes_of
from tests.protocols.files import PUMP
from tests.terminal import beds

NEW = opening(
    beds.plan(),
    one_for_all(beds.plan(), PUMP),
    bed="a/b/c",
    wire_factor=Decimal(60),
    simulated=True,
    patient=PATIENT,
    codes=codes_of(("bag-1",)),
)
EVERY = {**beds.EVERY, "new": NEW}


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            assert type(key) is str, (at, key)
            yield from leaves(item, f"{at}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{at}[{number}]")
    else:
        yield at, value


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_leaf_is_plain_and_exact(name: str) -> None:
    """(A) D15: No float, no enum, no set: what a page or a feed may take as it is."""
    for at, value in leaves(view(EVERY[name], beds.NOW)):
        assert value is None or type(value) in (str, bool, int, Decimal), (at, type(value))


@pytest.mark.parametrize("name", sorted(EVERY))
def test_it_is_json_without_loss(name: str) -> None:
    seen = view(EVERY[name], beds.NOW)
    again = json.loads(exact_json.dumps(seen), parse_float=Decimal)
    for (at, value), (_, back) in zip(leaves(seen), leaves(again), strict=True):
        assert value == back, at


@pytest.mark.parametrize(("name", "phase"), list(product(sorted(EVERY), Phase)))
def test_no_phase_can_break_the_view(name: str, phase: Phase) -> None:
    """Also with everything a state may lack or have besides: the status must never be what fails."""
    base: RunState = replace(EVERY[name], phase=phase)
    hold = HoldView(beds.NOW - 9, frozenset(HoldCause), Grade.SEVERE, ("a", "b"))
    alarms = {alarm: AlarmView(beds.NOW - 5, "why", "Ann") for alarm in CATALOGUE}
    for more in ({}, {"hold": hold}, {"hold": None}, {"alarms": alarms}, {"step": 12}, {"hung": None}):
        changed: dict[str, Any] = dict(more)
        seen = view(replace(base, **changed), beds.NOW)
        assert seen["mode"] in {mode.value for mode in Mode}
        assert json.loads(exact_json.dumps(seen))["phase"] == phase.value


def test_every_phase_is_among_the_beds() -> None:
    assert {state.phase for state in EVERY.values()} == set(Phase)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_the_mode_and_simulated_are_always_there(name: str) -> None:
    """F8, F36."""
    seen = view(EVERY[name], beds.NOW)
    assert seen["mode"]
    assert seen["simulated"] is True
    assert seen["speed"] == int(EVERY[name].wire_factor)


@pytest.mark.parametrize("name", ["held", "reaction", "unconfirmed", "stop sent"])
def test_f3_what_to_do_begins_with_the_line(name: str) -> None:
    assert view(EVERY[name], beds.NOW)["todo"].lower().startswith("clamp the drug line")


@pytest.mark.parametrize("name", ["unconfirmed", "stop sent"])
def test_f10_a_stop_not_read_back_is_never_called_held(name: str) -> None:
    seen = view(EVERY[name], beds.NOW)
    assert seen["mode"] == "STOP NOT CONFIRMED"
    assert seen["pump"]["stop_confirmed"] is False


def test_alarms_come_by_priority() -> None:
    alarms = {alarm: AlarmView(beds.NOW - 5, "") for alarm in sorted(CATALOGUE)}
    seen = view(replace(beds.HELD, alarms=alarms), beds.NOW)["alarms"]
    order = [{"high": 0, "medium": 1, "low": 2}[alarm["priority"].lower()] for alarm in seen]
    assert order == sorted(order)
    assert len(seen) == len(CATALOGUE)
