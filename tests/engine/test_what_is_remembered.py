"""Which readback is remembered, and what one says of a stop and of alarms (F8, F10, F14, F23)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import pump
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpAlarm, PumpSetting
from tests.engine.stories import infusing, switching

D = Decimal
AT = 10_000_000
ORDER = ev.SettingOrdered(41, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 1, "A", "pump 1")


@pytest.fixture(scope="module")
def run() -> RunState:
    """Running as approved, read at `AT`."""
    state = infusing().state
    view = replace(state.pump, pending=None, certain=True, compare=False, read_ms=AT)
    return replace(state, pump=view, alarms={}, ended={})


def read(state: RunState, later_ms: int = 1, asked_ms: int | None = None, **changes: Any) -> Draft:
    reading = state.pump.reading
    assert reading is not None
    draft = Draft(state, AT + later_ms)
    asked = AT + later_ms if asked_ms is None else asked_ms
    pump.read(draft, inp.PumpRead(replace(reading, **changes), asked))
    return draft


def remembered(state: RunState, later_ms: int = 1, **changes: Any) -> bool:
    return any(isinstance(event, ev.PumpSeen) for event in read(state, later_ms, **changes).events)


def test_what_says_nothing_new_is_remembered_every_ten_seconds(run: RunState) -> None:
    assert not remembered(run, 9_999)
    assert remembered(run, 10_000)


@pytest.mark.parametrize(
    ("changes", "new"),
    [
        ({"motion": Motion.STOPPED}, True),
        ({"rate_ml_h": D(59)}, True),
        ({"alarms": frozenset({PumpAlarm.NEAR_EMPTY})}, True),
        ({"local": True}, True),
        ({"remote": False}, True),
        ({"mains": False}, True),
        ({"limit_left_ml": D(1000)}, True),
        ({"limit_left_ml": D(0)}, False),
        ({"limit_left_ml": None}, True),
    ],
    ids=str,
)
def test_f8_f14_what_is_new_is_remembered_at_once(
    run: RunState, changes: dict[str, Any], *, new: bool
) -> None:
    """F8: a limit that only ran down says nothing new."""
    assert remembered(run, **changes) is new


def test_f8_a_limit_that_appears_is_new_and_none_at_all_is_not(run: RunState) -> None:
    assert run.pump.reading is not None
    unlimited = replace(run, pump=replace(run.pump, reading=replace(run.pump.reading, limit_left_ml=None)))
    assert not remembered(unlimited)
    assert remembered(unlimited, limit_left_ml=D(0))


def test_f18_while_an_order_is_on_its_way_each_one_is(run: RunState) -> None:
    """F18, F27: told to a hand it may take minutes, and is no reason."""
    waits = replace(run, pump=replace(run.pump, pending=ORDER))
    assert remembered(waits)
    assert not remembered(replace(waits, authority=Authority.MONITOR))
    assert remembered(replace(run, pump=replace(run.pump, certain=False)))
    assert remembered(replace(run, pump=replace(run.pump, stop_ms=AT - 5)))


def test_f23_while_the_pump_beside_is_set_each_one_is() -> None:
    """F23: ordered or programmed; a pump that runs alone says nothing new."""
    state = switching().state
    (name,) = state.others
    assert state.pump.reading is not None
    runs = replace(state.pump.reading, motion=Motion.INFUSING)
    view = replace(
        state.pump, pending=None, certain=True, compare=False, read_ms=AT, stop_ms=None, reading=runs
    )
    for pending, programmed, each in (
        (None, None, False),
        (ORDER, None, True),
        (None, ORDER.setting, True),
        (ORDER, ORDER.setting, True),
    ):
        beside = replace(state.others[name].pump, pending=pending, programmed=programmed, stop_ms=None)
        others = {name: replace(state.others[name], pump=beside)}
        assert remembered(replace(state, phase=Phase.INFUSING, pump=view, others=others)) is each


@pytest.mark.parametrize(
    ("motion", "asked", "confirmed"),
    [
        (Motion.STOPPED, AT - 5, True),
        (Motion.STOPPED, AT - 6, False),
        (Motion.INFUSING, AT, False),
        (Motion.KVO, AT, False),
    ],
)
def test_f10_a_stop_is_confirmed_by_what_was_asked_for_after_it(
    run: RunState, motion: Motion, asked: int, *, confirmed: bool
) -> None:
    held = replace(run, phase=Phase.HELD, pump=replace(run.pump, stop_ms=AT - 5))
    found = [one for one in read(held, 1, asked, motion=motion).events if isinstance(one, ev.StopConfirmed)]
    assert found == ([ev.StopConfirmed("readback", run.pump_name)] if confirmed else [])


@pytest.mark.parametrize("motion", [Motion.INFUSING, Motion.STOPPED])
def test_f14_the_alarms_that_stop_are_named_and_no_other(run: RunState, motion: Motion) -> None:
    """F14: running or standing; a bag that is nearly empty stops nothing."""
    alarms = frozenset({PumpAlarm.DOOR_OPEN, PumpAlarm.AIR, PumpAlarm.NEAR_EMPTY})
    hold = read(run, motion=motion, alarms=alarms).state.hold
    assert hold is not None
    (reason,) = hold.reasons
    assert "air, door_open" in reason
    assert "empty" not in reason
    quiet = read(run, motion=Motion.STOPPED, alarms=frozenset({PumpAlarm.NEAR_EMPTY})).state.hold
    assert quiet is not None
    assert "by hand" in quiet.reasons[0]
