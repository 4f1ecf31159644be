"""What one readback leads to in the decision that takes it in (F8, F14, F23, F25, F26)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import pump, pump_link
from daemon.engine.account import Account, Moved, Span
from daemon.engine.draft import Draft
from daemon.engine.evolve import evolve
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpAlarm, PumpIdentity, PumpSetting
from tests.engine.states import at_pump, with_second
from tests.engine.test_course_of_a_step import running
from tests.engine.test_course_while_it_stands import stands

D = Decimal
NONE = Span(D(0), D(0))
OWN = PumpIdentity("x", "", "1", "1")


def going() -> RunState:
    """As approved: of 2 mL that were set at a counter of 2.8 mL, 1.8 are left at 3."""
    return at_pump(running(), approved_ml=D("2.8"), ordered_ml=D("2.8"))


def sees(state: RunState, **shows: Any) -> Draft:
    """The pump in charge is read again in the millisecond of its last reading."""
    assert state.pump.reading is not None
    draft = Draft(at_pump(state, certain=True), state.pump.read_ms)
    pump.read(draft, inp.PumpRead(replace(state.pump.reading, **shows), draft.now))
    return draft


def causes(draft: Draft) -> set[str]:
    return set() if draft.state.hold is None else {cause.value for cause in draft.state.hold.causes}


def test_f14_what_a_pump_warns_of_is_told_with_the_reading_that_shows_it() -> None:
    """F14: and is over with the one that does not; nothing stops for it."""
    near = sees(going(), alarms=frozenset({PumpAlarm.NEAR_EMPTY}))
    assert near.state.alarms.keys() == {"pump_warning"}
    assert "near_empty" in near.state.alarms["pump_warning"].detail
    assert causes(near) == set()
    full = sees(near.state, alarms=frozenset())
    assert "pump_warning" not in full.state.alarms


@pytest.mark.parametrize(
    ("phase", "counter", "held"),
    [
        (Phase.INFUSING, "4.40", False),
        (Phase.INFUSING, "4.41", True),
        (Phase.OBSERVING, "4.41", False),
    ],
)
def test_f25_more_than_rate_and_time_say_is_held_where_this_program_drives(
    phase: Phase, counter: str, *, held: bool
) -> None:
    """F25: of 4 mL by rate and time a tenth is tolerated; observed, the goal of the step is the bound."""
    account = Account(NONE, NONE, Span(D(4), D(4)), D(counter), 240_000)
    draft = sees(replace(going(), phase=phase, account=account), mains=False)
    assert causes(draft) == ({"pump_alarm"} if held else set())


@pytest.mark.parametrize("kind", [None, *ev.OrderKind])
def test_f8_f18_a_pump_that_was_told_to_start_is_not_a_hands(kind: ev.OrderKind | None) -> None:
    """F8: where it ought to stand it is, whatever else is on its way to it."""
    order = None if kind is None else ev.SettingOrdered(9, kind, PumpSetting(D(60), D(2)), 1, "A", "pump 1")
    state = at_pump(stands(Phase.WAITING_GATE), pending=order, stop_ms=None)
    draft = sees(state, motion=Motion.INFUSING, rate_ml_h=D(60))
    starting = kind is ev.OrderKind.START
    assert ("hand_more" in draft.state.alarms) is not starting
    assert (draft.state.pump.stop_ms is not None) is not starting


def test_f26_a_counter_that_fell_is_told_with_both_its_numbers() -> None:
    draft = sees(running(), counter_ml=D("2.5"))
    assert "3 to 2.5 mL" in draft.state.alarms["counter_broken"].detail
    assert "pump_alarm" in causes(draft)


# -- without a serial number --------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("numbered", [True, False])
def test_f13_f26_a_nameless_pump_that_answers_again_is_looked_at_and_the_first_time_not(
    phase: Phase, *, known: bool, numbered: bool
) -> None:
    """F13, F26: it may be another patient's by now; one that answers for the first time was just set up."""
    state = stands(phase)
    caps = replace(state.caps, has_serial_number=numbered)
    state = at_pump(state, identity=OWN if known else None, own_serial="")
    draft = Draft(replace(state, fitted=replace(state.fitted, caps=caps)), 90_000)
    pump_link.identified(draft, inp.PumpIdentified(OWN, away_long=False))
    assert causes(draft) == ({"pump_lost"} if known and not numbered else set())


# -- a pump beside ------------------------------------------------------------------------------------

AT = 900_000


def beside(state: RunState) -> RunState:
    """A second pump carries bag B and stands."""
    one = replace(state.pump.reading, motion=Motion.STOPPED) if state.pump.reading is not None else None
    return with_second(state, carries=("B",), hung="B", reading=one, approved=None, stopped=True)


@pytest.mark.parametrize(
    ("counter", "timed", "ml"),
    [("0", "0", "0"), ("0.1", "0", "0.1"), ("0", "0.1", "0.1"), ("0.9", "0", "0.9")],
)
def test_f23_what_left_a_pump_beside_by_either_witness_is_of_its_bag(
    counter: str, timed: str, ml: str
) -> None:
    """F23, F25: by its counter alone or by rate and time alone; the step is of the one in charge."""
    state = replace(beside(running()), bags={**running().bags, "B": Account(NONE, NONE, NONE, D(0), 0)})
    reading = state.others["pump 2"].pump.reading
    assert reading is not None
    moved = Moved(D(counter), Span(D(0), D(timed)), 0)
    after = evolve(state, ev.PumpSeen(reading, moved, AT - 10, "pump 2"), AT)
    assert after.bags["B"].counter_ml == D(counter)
    assert after.bags["B"].timed.high == D(timed)
    assert after.bag_given("B").high - state.bag_given("B").high >= D(ml)
    assert (after.account, after.pump, after.bag_given("A")) == (
        state.account,
        state.pump,
        state.bag_given("A"),
    )


def test_f14_f19_a_pump_beside_keeps_when_it_was_last_read_where_it_stood() -> None:
    """F14, F19: an occlusion that is found after it took over reaches back no further than that."""
    state = beside(running())
    one = state.others["pump 2"]
    shown_ml = one.pump.odometer.shown_ml
    assert one.pump.reading is not None
    still = Moved(D(0), NONE, 0)
    for at in (AT, AT + 700):
        state = evolve(state, ev.PumpSeen(one.pump.reading, still, at - 10, "pump 2"), at)
        assert state.others["pump 2"].trail == ((at, shown_ml),)
        assert state.doubts.trail == running().doubts.trail
