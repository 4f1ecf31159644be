"""What a reading of a pump set by hand leads to where its limit, its step or its setting ends (F16, F27)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import hand_reading
from daemon.engine import inputs as inp
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.hand_view import HandView
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import ThenKind
from drivers.values import Motion, PumpSetting
from tests.engine.follows import told
from tests.engine.states import at_pump
from tests.engine.test_course_of_a_step import STANDS
from tests.engine.test_hand_course import HELD, NOW, at_step, by_hand, full, stretch

D = Decimal
SET = PumpSetting(D(60), D(2))
"""As approved in every state here; 1.8 mL of it are left."""
FASTER = PumpSetting(D(120), D("2.5"))


def judged(
    state: RunState, stored: PumpSetting | None = SET, motion: Motion = Motion.INFUSING, **shows: object
) -> Draft:
    """A complete reading, counted in, is judged."""
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, motion=motion, **shows)  # type: ignore[arg-type]
    draft = Draft(state, NOW)
    hand_reading.judge(draft, inp.PumpRead(reading, NOW - 1, stored))
    return draft


def asked(
    state: RunState, kind: ev.OrderKind, setting: PumpSetting, *, right: int = 0, off: int = 0
) -> RunState:
    order = ev.SettingOrdered(41, kind, setting, 1, "A", "pump 1")
    return at_pump(state, pending=order, hand=HandView(told=True, right=right, off=off))


# -- the step is full and the pump stands -------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (full, ["StepEnded 1", *STANDS]),
        (lambda: at_step(2), ["StepEnded 2", "awaiting_solution", "stop"]),
        (lambda: at_step(3, hung="B", bags={}), ["StepEnded 3", "after_watch", "stop"]),
        (
            lambda: full(stretch=stretch(ThenKind.REPEAT)),
            ["StretchEnded, 1 is due, again False", *HELD],
        ),
        (
            lambda: full(stretch=stretch(ThenKind.REPEAT, 1)),
            ["StretchEnded, 1 is due, again True", *STANDS],
        ),
        (
            lambda: full(stretch=stretch(ThenKind.SAME_STEP)),
            ["StretchEnded, 1 is due, again False", *STANDS],
        ),
        (
            lambda: at_step(3, hung="B", bags={}, stretch=stretch(ThenKind.SAME_STEP)),
            ["StretchEnded, 3 is due, again False", *STANDS],
        ),
        (
            lambda: at_step(3, hung="B", bags={}, stretch=stretch(ThenKind.BACK)),
            ["StretchEnded, 2 is due, again False", "awaiting_solution", "stop"],
        ),
        (by_hand, ["held hand_change", "+held_hand_change", "stop"]),
    ],
    ids=range(9),
)
def test_f16_f27_a_full_step_ends_where_the_pump_stands(
    state: Callable[[], RunState], next_: list[str]
) -> None:
    """F16, F27: the next rate waits to be told, another bag is awaited, after the last comes the watch."""
    assert told(judged(state(), motion=Motion.STOPPED).events) == next_


# -- the last of a limit ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "stored", "left", "unlimited"),
    [
        ("1.8", "2", None, False),
        ("1.79", "2", None, True),
        ("1.9", "2", None, False),
        ("1.8", None, None, True),
        ("1.8", None, "0.2", True),
        ("1.79", "2", "0.21", False),
    ],
)
def test_f7_f27_less_than_the_pump_can_show_is_not_no_limit(
    counted: str, stored: str | None, left: str | None, *, unlimited: bool
) -> None:
    """F7, F27: of 2 mL two units of 0.1 mL are left; what was stored without a limit has none."""
    state = by_hand()
    state = at_pump(state, approved_ml=state.pump.odometer.shown_ml - D(counted))
    draft = judged(
        state,
        PumpSetting(D(60), None if stored is None else D(stored)),
        limit_left_ml=None if left is None else D(left),
    )
    assert ("unlimited" in draft.state.alarms) is unlimited
    assert (draft.state.hold is not None) is unlimited


# -- it is set and started ----------------------------------------------------------------------------


def standing(right: int) -> RunState:
    """Told to be started with 60 mL/h and 2 mL, and read back so often."""
    state = at_pump(by_hand(), approved=None, stopped=True)
    return asked(state, ev.OrderKind.START, SET, right=right)


@pytest.mark.parametrize(("right", "after"), [(0, 1), (1, 2), (2, 2)])
def test_f27_what_is_read_back_as_told_is_counted_to_two(right: int, after: int) -> None:
    draft = judged(standing(right), motion=Motion.STOPPED, limit_left_ml=D(2))
    assert draft.state.pump.hand == HandView(told=True, right=after, off=0, shown=None)
    wrong = judged(
        standing(right), PumpSetting(D(60), D("2.1")), Motion.STOPPED, limit_left_ml=D("2.1")
    ).state.pump.hand
    assert wrong == HandView(told=True, right=0, off=0, shown=PumpSetting(D(60), D("2.1")))


@pytest.mark.parametrize(("right", "held"), [(1, True), (2, False)])
def test_f27_a_start_that_was_allowed_with_less_is_less_and_no_hold(right: int, *, held: bool) -> None:
    """F27: read back twice as told, and slowed before START: told as less, after two readings."""
    slow = PumpSetting(D(50), D(2))
    draft = judged(standing(right), slow, rate_ml_h=D(50))
    assert (draft.state.hold is not None) is held
    assert draft.state.pump.hand.off == (0 if held else 1)


# -- it is set while it runs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "off", "held"),
    [
        (SET, 0, False),
        (PumpSetting(D(60), D("2.5")), 1, False),
        (PumpSetting(D(120), D(2)), 1, False),
        (FASTER, 0, False),
        (PumpSetting(D(121), D("2.5")), 0, True),
    ],
)
def test_f27_what_a_hand_types_is_compared_with_what_it_was_told(
    stored: PumpSetting, off: int, *, held: bool
) -> None:
    """F27: rate and limit are typed one after the other while the old rate still runs."""
    draft = judged(asked(by_hand(), ev.OrderKind.CHANGE, FASTER), stored)
    assert draft.state.pump.hand.off == off
    assert (draft.state.hold is not None) is held


@pytest.mark.parametrize(
    ("setting", "shown"), [(PumpSetting(D(60), D(3)), "3"), (PumpSetting(D(50), D(3)), "2")]
)
def test_f27_a_wrong_limit_is_told_with_the_setting_that_counts(setting: PumpSetting, shown: str) -> None:
    """F27: at one rate the new one; with a lower rate the old one holds until the pump runs at it."""
    state = asked(by_hand(), ev.OrderKind.RENEW, setting, off=1)
    draft = judged(state, PumpSetting(D(60), D("2.5")))
    assert f"volume limit {shown} mL" in draft.state.alarms["hand_wrong"].detail
    assert draft.state.hold is None


@pytest.mark.parametrize(
    ("counted", "left", "taken"),
    [
        ("0.2", "1.86", False),
        ("0.2", "1.87", True),
        ("1.9", "0.73", False),
        ("1.9", "0.74", True),
        ("2.5", "0.66", False),
        ("2.5", "0.67", True),
    ],
)
def test_f27_the_same_limit_set_again_is_seen_by_what_is_left_of_it(
    counted: str, left: str, *, taken: bool
) -> None:
    """F27: a third of the way from what the old one leaves (1.8, 0.1 and 0 mL) up to the new 2 mL."""
    state = asked(by_hand(), ev.OrderKind.RENEW, SET)
    state = at_pump(state, approved_ml=state.pump.odometer.shown_ml - D(counted))
    events = judged(state, limit_left_ml=D(left)).events
    assert any(isinstance(event, ev.SettingConfirmed) for event in events) is taken


def test_f27_another_wrong_setting_is_news_and_the_same_is_not() -> None:
    """F27: raised again with its own words, so that it sounds; as told again, it is over."""
    wrong = at_pump(by_hand(), hand=HandView(off=1))
    first = judged(wrong, PumpSetting(D(60), D("2.5")))
    assert told(first.events) == ["HandSeen", "+hand_wrong"]
    same = judged(first.state, PumpSetting(D(60), D("2.5")))
    assert same.events == []
    other = judged(first.state, PumpSetting(D(60), D("2.6")))
    assert told(other.events) == ["-hand_wrong", "+hand_wrong"]
    assert "2.6 mL" in other.state.alarms["hand_wrong"].detail
    assert told(judged(other.state).events) == ["HandSeen", "-hand_wrong"]
    quiet = replace(by_hand(), alarms={"hand_wrong": AlarmView(1, "x")}, phase=Phase.OBSERVING)
    assert told(judged(quiet).events) == ["-hand_wrong"]
