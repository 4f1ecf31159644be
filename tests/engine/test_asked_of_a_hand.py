"""What is asked of the hand at a pump, and when, to the millisecond (F10, F16, F27)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import hand_told
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.hand_view import HandView
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Authority, Motion, PumpSetting
from tests.engine.stories import infusing

D = Decimal
SET = PumpSetting(D(36), D(5))
"""A hundredth of a mL a second."""
AT = 900_000


@pytest.fixture(scope="module")
def run() -> RunState:
    """By hand, in step 1, of which ten minutes are left; SET was read back just now."""
    state = infusing().state
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, rate_ml_h=D(36))
    pump = replace(
        state.pump,
        reading=reading,
        pending=None,
        approved=SET,
        approved_ms=AT,
        read_ms=AT,
        stop_ms=None,
        hand=HandView(),
    )
    account = replace(state.account, proven_ms=0)
    return replace(
        state,
        authority=Authority.MONITOR,
        pump=pump,
        account=account,
        goal_ml=D(0),
        goal_ms=600_000,
        alarms={},
    )


def told(state: RunState, kind: ev.OrderKind) -> RunState:
    order = ev.SettingOrdered(41, kind, SET, 1, "A", "pump 1")
    return replace(state, pump=replace(state.pump, pending=order, hand=HandView(told=True)))


def alarms(state: RunState, now: int = AT) -> set[str]:
    draft = Draft(state, now)
    hand_told.settle(draft)
    return set(draft.state.alarms)


@pytest.mark.parametrize(("after_ms", "ends"), [(319_999, False), (320_000, True), (320_001, True)])
def test_f16_a_limit_is_urgent_three_minutes_before_its_end(
    run: RunState, after_ms: int, *, ends: bool
) -> None:
    """F16, F27: 5 mL at 36 mL/h are 500 s; a renewal is on the screen."""
    asked = told(run, ev.OrderKind.RENEW)
    assert alarms(asked, AT + after_ms) == {"told_limit"} | ({"limit_ends"} if ends else set())
    start = told(run, ev.OrderKind.START)
    assert alarms(start, AT + after_ms) == {"told_start"}


@pytest.mark.parametrize(
    ("left_ms", "said"),
    [
        (300_001, set()),
        (300_000, {"rate_soon"}),
        (120_001, {"rate_soon"}),
        (120_000, {"rate_soon", "rate_soon_now"}),
        (0, {"rate_soon", "rate_soon_now"}),
    ],
)
def test_f16_the_next_rate_is_said_five_minutes_and_two_before(
    run: RunState, left_ms: int, said: set[str]
) -> None:
    """F16: not where that change is already asked for, or another one than of the rate follows."""
    near = replace(run, goal_ms=left_ms)
    assert alarms(near) == said
    assert alarms(told(near, ev.OrderKind.RENEW)) == said | {"told_limit"}
    assert alarms(told(near, ev.OrderKind.CHANGE)) == {"told_change"}
    assert alarms(replace(near, step=2)) == set(), "B follows, from another bag"
    assert alarms(replace(near, step=3)) == set(), "nothing follows"
    assert alarms(replace(near, gate_shut=("hr:stale",))) == set()
    assert alarms(replace(near, authority=Authority.CONTROL)) == set()


def test_f27_what_is_asked_otherwise_is_said_anew_and_what_is_not_is_over(run: RunState) -> None:
    """F27: raised again with the new words, so that it sounds."""
    old = AlarmView(5, "other words")
    asked = told(
        replace(run, alarms={"told_limit": old, "limit_ends": old, "rate_soon": old}), ev.OrderKind.RENEW
    )
    draft = Draft(asked, AT)
    hand_told.settle(draft)
    assert set(draft.state.alarms) == {"told_limit"}
    assert draft.state.alarms["told_limit"].detail == hand_told.text(SET)
    assert draft.state.alarms["told_limit"].raised_ms == AT


@pytest.mark.parametrize("approved", [SET, None])
def test_f27_a_pump_nobody_has_approved_is_not_set_wrongly(
    run: RunState, approved: PumpSetting | None
) -> None:
    wrong = replace(run, alarms={"hand_wrong": AlarmView(5, "x")}, pump=replace(run.pump, approved=approved))
    assert ("hand_wrong" in alarms(wrong)) is (approved is not None)


CYCLES_MS = 2_400
"""Two complete readings of the pump we have, 1.2 s each."""


@pytest.mark.parametrize(
    ("phase", "since_ms", "asked"),
    [
        (Phase.HELD, 0, "stop_by_hand"),
        (Phase.WAITING_GATE, CYCLES_MS, ""),
        (Phase.WAITING_GATE, CYCLES_MS + 1, "press_stop"),
        (Phase.AWAITING_SOLUTION, 60_000, "press_stop"),
        (Phase.AFTER_WATCH, 60_000, "press_stop"),
        (Phase.AFTER_WATCH, 60_001, "stop_by_hand"),
        (Phase.SWITCHING, 0, "stop_by_hand"),
    ],
)
def test_f10_f27_a_stop_is_asked_for_until_it_is_seen(
    run: RunState, phase: Phase, since_ms: int, asked: str
) -> None:
    """F10, F27: in a hold at once, at the end of a step in a low voice first; one voice at a time."""
    before = AlarmView(AT - 5, "x")
    for name in ("press_stop", ""):
        waits = replace(
            run,
            phase=phase,
            alarms={name: before} if name else {},
            pump=replace(run.pump, stop_ms=AT - since_ms),
        )
        found = alarms(waits)
        assert found == ({asked} if asked else {name} - {""})
    over = replace(run, phase=phase, alarms={"press_stop": before, "stop_by_hand": before})
    assert alarms(over) == set()


def test_f10_a_planned_stop_of_a_pump_that_runs_faster_is_no_low_voice(run: RunState) -> None:
    assert run.pump.reading is not None
    for rate, asked in (("36", "press_stop"), ("36.01", "stop_by_hand")):
        reading = replace(run.pump.reading, rate_ml_h=D(rate), motion=Motion.INFUSING)
        pump = replace(run.pump, reading=reading, stop_ms=AT - 10_000)
        assert alarms(replace(run, phase=Phase.WAITING_GATE, pump=pump)) == {asked}
    pump = replace(run.pump, approved=None, stop_ms=AT - 10_000)
    assert alarms(replace(run, phase=Phase.WAITING_GATE, pump=pump)) == {"stop_by_hand"}


@pytest.mark.parametrize(("raised_before_ms", "anew"), [(29_999, False), (30_000, True)])
def test_f27_stop_by_hand_is_said_again_every_half_minute(
    run: RunState, raised_before_ms: int, *, anew: bool
) -> None:
    """F27: whoever has acknowledged it; at double speed every minute of the engine's."""
    for factor in (1, 2):
        since = AT - raised_before_ms * factor
        view = AlarmView(since, "x", acknowledged_by="ann", acknowledged_ms=since)
        pump = replace(run.pump, stop_ms=AT - 90_000)
        held = replace(run, phase=Phase.HELD, alarms={"stop_by_hand": view}, pump=pump, wire_factor=D(factor))
        draft = Draft(held, AT)
        hand_told.settle(draft)
        assert (draft.state.alarms["stop_by_hand"].raised_ms == AT) is anew
