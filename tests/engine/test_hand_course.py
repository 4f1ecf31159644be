"""What is asked of a person next where a hand sets the pump: each fact alone at its bound (F27, F16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import hand_course, totals
from daemon.engine.account import Account, Span
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import GapView, RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import GateAction, GateRule, Then, ThenKind
from drivers.values import Authority, Motion, PumpSetting
from tests.engine.follows import follows, told
from tests.engine.states import at_pump
from tests.engine.test_course_of_a_step import SHUT, STANDS, shut
from tests.engine.test_slice_sizes import MINUTE, OPEN, given, granted

D = Decimal
NOW = 1
FULL = ("5", 5 * MINUTE)
DWELL = GateRule(GateAction.DWELL, D(2))
PENDING = ev.SettingOrdered(9, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 1, "A", "pump 1")
CHANGE = replace(PENDING, kind=ev.OrderKind.CHANGE)
ASKED = "renew 60 limit 2.6 at pump 1"
HELD = ["held operator", "+held_operator", "stop"]


def asked(state: RunState, now: int = NOW) -> list[str]:
    return follows(state, now, hand_course.settle)


def by_hand(left: str = "1.8", done: tuple[str, int] = ("3", 3 * MINUTE), **ordered: Any) -> RunState:
    """Step 1 at 60 mL/h, so much of its 5 mL done; a hand has just set 2 mL of which so much is left."""
    state = at_pump(granted(given(*done, **ordered), "2", left), approved_ml=D(done[0]))
    return replace(state, authority=Authority.MONITOR)


def stopped(state: RunState) -> RunState:
    assert state.pump.reading is not None
    return at_pump(
        state, reading=replace(state.pump.reading, motion=Motion.STOPPED), stopped=True, approved=None
    )


# -- the pump stands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (lambda: stopped(by_hand()), ["start 60 limit 2.6 at pump 1"]),
        (lambda: at_pump(stopped(by_hand()), stopped=False), []),
        (lambda: at_pump(stopped(by_hand()), stop_ms=0), []),
        (lambda: at_pump(stopped(by_hand()), linked=False), []),
        (lambda: at_pump(stopped(by_hand()), pending=PENDING), []),
        (lambda: at_pump(stopped(by_hand()), withdrawn_ms=NOW, unsent=1), []),
        (lambda: shut(stopped(by_hand())), ["waiting_gate", "+gate_waiting"]),
        (lambda: shut(at_pump(stopped(by_hand()), stopped=False)), []),
    ],
    ids=range(8),
)
def test_f27_a_standing_pump_is_asked_to_be_set_and_started(
    state: Callable[[], RunState], next_: list[str]
) -> None:
    """F27, F16: once, while the gate is open; one that stands already needs no STOP to wait."""
    assert asked(state()) == next_


def test_f27_what_shuts_the_gate_is_told() -> None:
    draft = Draft(shut(stopped(by_hand())), NOW)
    hand_course.settle(draft)
    assert draft.state.alarms["gate_waiting"].detail == "hr:stale, spo2:stale"


def test_f19_f27_a_gap_beyond_what_goes_on_is_held_and_nothing_is_asked() -> None:
    """F19: from 5 minutes a step back is ordered."""
    off = replace(stopped(by_hand()), gap=GapView(proven_ms=0, open_from_ms=0))
    assert asked(off, 5 * MINUTE - 1)[-1] == "start 60 limit 2.6 at pump 1"
    assert asked(off, 5 * MINUTE) == HELD


# -- the pump runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (by_hand, []),
        (lambda: by_hand("1"), [ASKED]),
        (lambda: at_pump(by_hand("1"), pending=PENDING), []),
        (lambda: at_pump(by_hand("1"), withdrawn_ms=NOW, unsent=1), []),
        (lambda: at_pump(by_hand("1"), stop_ms=0), []),
        (lambda: at_pump(by_hand("1"), linked=False), []),
        (lambda: shut(by_hand("1")), []),
        (lambda: shut(at_pump(by_hand("1"), pending=PENDING)), ["SettingWithdrawn"]),
        (lambda: replace(by_hand("1"), phase=Phase.OBSERVING), []),
        (lambda: by_hand("1.8", ("5.71", 4 * MINUTE)), ["held pump_alarm", "+held_pump_alarm", "stop"]),
        (lambda: by_hand("1.8", ("5.71", 5 * MINUTE)), ["held pump_alarm", "+held_pump_alarm", "stop"]),
        (lambda: by_hand("1.8", ("5.7", 4 * MINUTE)), []),
    ],
    ids=range(12),
)
def test_f5_f27_a_running_pump_is_asked_a_new_limit_at_the_half_of_the_last(
    state: Callable[[], RunState], next_: list[str]
) -> None:
    """F5, F27: one question at a time; behind a shut gate it is taken back."""
    assert asked(state()) == next_


def test_f27_a_pump_that_stands_with_its_setting_is_not_asked_to_be_renewed() -> None:
    state = by_hand("1")
    assert asked(at_pump(stopped(state), approved=state.pump.approved)) == []


def test_f27_a_question_is_taken_back_with_what_shut_the_gate() -> None:
    draft = Draft(shut(at_pump(by_hand("1"), pending=PENDING)), NOW)
    hand_course.settle(draft)
    assert draft.events == [ev.SettingWithdrawn(9, "hr:stale, spo2:stale", "pump 1")]


def test_f21_f27_bounds_too_far_apart_at_the_end_ask_a_person() -> None:
    """F21: between 4.9 and 5.5 mL of 5."""
    state = by_hand("0.1")
    account = Account(Span(D("4.9"), D("5.5")), state.account.mark, Span(D(0), D(0)), D(0), 5 * MINUTE)
    pump = replace(state.pump, odometer=replace(state.pump.odometer, shown_ml=D(0)))
    assert asked(replace(state, account=account, pump=pump)) == [*STANDS, "+step_unsettled"]


def test_f16_f27_what_the_gate_will_lack_is_said() -> None:
    state = by_hand()
    every_ms = int(state.plan.rules.assessment_every_min * MINUTE)
    due = replace(state, assessed_ms=NOW + 2 * MINUTE - every_ms)
    assert asked(due) == ["+gate_needs", "+gate_needs_now"]
    assert asked(shut(due)) == []


def test_f20_f27_where_a_person_must_confirm_first_a_hand_is_asked_nothing() -> None:
    """F20: it is held at its limit, as a driven pump is."""
    observing = replace(by_hand("0.1"), phase=Phase.OBSERVING)
    assert asked(observing) == ["held restart", "+held_restart", "stop"]
    assert asked(replace(by_hand("1"), authority=Authority.CONTROL)) == [ASKED]


def counted(approved_ml: str, accuracy: str = "0") -> RunState:
    """3 mL counted, of which so much was counted when 2 mL were set; nothing more is asked."""
    state = at_pump(by_hand("1.8"), approved_ml=D(approved_ml), pending=PENDING)
    return replace(state, fitted=replace(state.fitted, caps=replace(state.caps, accuracy=D(accuracy))))


@pytest.mark.parametrize("gate", [(), SHUT])
@pytest.mark.parametrize(
    ("state", "now", "over"),
    [
        (lambda: counted("0.8"), NOW, False),
        (lambda: counted("0.79"), NOW, True),
        (lambda: counted("0.7", "0.05"), NOW, False),
        (lambda: counted("0.69", "0.05"), NOW, True),
        (lambda: counted("3"), 132_000, False),
        (lambda: counted("3"), 132_001, True),
        (lambda: at_pump(counted("3"), approved_ms=1_000), 133_000, False),
        (lambda: at_pump(counted("3"), approved_ms=1_000), 133_001, True),
        (lambda: at_pump(counted("3"), approved=PumpSetting(D(60), None)), NOW, True),
    ],
    ids=range(9),
)
def test_f5_f27_a_pump_past_its_told_limit_is_stopped(
    state: Callable[[], RunState], now: int, gate: tuple[str, ...], *, over: bool
) -> None:
    """F5: 2 mL, the pump's accuracy and two units, by the counter or by the time (2.2 mL are 132 s)."""
    taken_back = ["SettingWithdrawn"] if gate else []
    draft = Draft(replace(state(), gate_shut=gate), now)
    hand_course.settle(draft)
    assert told(draft.events) == [*taken_back, *(STANDS if over else [])]
    if over and gate:
        assert draft.state.alarms["gate_waiting"].detail == "hr:stale, spo2:stale"


# -- the end of a step ---------------------------------------------------------------------------------


def full(**changes: Any) -> RunState:
    return replace(by_hand("1", FULL), **changes)


def at_step(number: int, **changes: Any) -> RunState:
    state = full(step=number, **changes)
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, rate_ml_h=state.rate_ml_h)
    return at_pump(state, approved=PumpSetting(state.rate_ml_h, D(2)), reading=reading)


NEXT_RATE = "change 120 limit 11.1 at pump 1"
"""10 mL, a margin of 1 mL (30 s) and a tenth."""


def test_f16_f27_the_next_rate_is_asked_while_the_old_one_goes_on() -> None:
    """F16, F27: what flows until it is set counts into the old step, and the step ends with its rate."""
    assert asked(full()) == ["DwellBegun", NEXT_RATE]
    assert asked(full(dwell_ms=NOW)) == [NEXT_RATE]
    assert asked(at_pump(full(dwell_ms=NOW), pending=CHANGE)) == []
    assert asked(at_pump(full(dwell_ms=NOW), pending=PENDING)) == [NEXT_RATE]
    assert asked(at_pump(full(dwell_ms=NOW), withdrawn_ms=NOW, unsent=1)) == []


def test_f27_the_next_rate_is_an_order_of_the_next_step() -> None:
    draft = Draft(full(orders=7), NOW)
    hand_course.settle(draft)
    order = draft.events[-1]
    assert order == ev.SettingOrdered(
        8, ev.OrderKind.CHANGE, PumpSetting(D(120), D("11.1")), 2, "A", "pump 1"
    )
    assert draft.state.step == 1


@pytest.mark.parametrize(
    ("rule", "ms", "late"),
    [
        (GateRule(GateAction.STOP, None), 30_000, False),
        (GateRule(GateAction.STOP, None), 30_001, True),
        (DWELL, 2 * MINUTE - 1, False),
        (DWELL, 2 * MINUTE, True),
    ],
    ids=str,
)
def test_f16_f27_a_rate_not_set_in_time_stops_the_pump(rule: GateRule, ms: int, *, late: bool) -> None:
    """F16: the old rate goes on for its dwell, or for the margin: 0.5 mL are 30 s."""
    state = at_pump(by_hand("1", FULL, gate=rule), pending=CHANGE)
    state = replace(state, dwell_ms=NOW)
    found = asked(state, NOW + ms)
    assert found == (["StepEnded 1", "waiting_gate", "+gate_waiting", "stop"] if late else [])


def test_f27_why_it_stands_is_told() -> None:
    draft = Draft(at_pump(full(dwell_ms=NOW), pending=CHANGE), NOW + 30_001)
    hand_course.settle(draft)
    (entered,) = (one for one in draft.events if isinstance(one, ev.PhaseEntered))
    assert "hr:" not in entered.reason
    assert entered.reason


def test_f11_f27_where_the_next_step_may_give_nothing_the_run_is_held() -> None:
    """F11: 5 mg are given and no more may be."""
    state = by_hand("1", FULL, ceilings=replace(OPEN, max_total_dose=D(5)))
    assert asked(state) == ["DwellBegun", *HELD]
    least = totals.worst_when_taken(state, NOW) + D("0.1")
    assert asked(by_hand("1", FULL, ceilings=replace(OPEN, max_total_dose=least))) == [
        "DwellBegun",
        "change 120 limit 0.1 at pump 1",
    ]


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (lambda: at_step(2), ["StepEnded 2", "awaiting_solution", "stop"]),
        (lambda: at_step(3, hung="B", bags={}), ["StepEnded 3", "after_watch", "stop"]),
        (lambda: shut(at_pump(full(), pending=PENDING)), ["SettingWithdrawn", "StepEnded 1", *STANDS]),
        (lambda: shut(at_pump(full(), pending=None)), ["StepEnded 1", *STANDS]),
    ],
    ids=range(4),
)
def test_f4_f16_f27_where_no_rate_follows_the_pump_is_stopped(
    state: Callable[[], RunState], next_: list[str]
) -> None:
    """F4, F16: before another bag, after the last step, and behind a shut gate."""
    assert asked(state()) == next_


def stretch(kind: ThenKind, again: int = 0) -> Stretch:
    return Stretch(D(60), D(5), Then(kind, 1 if kind is ThenKind.BACK else 0), again, "reaction:mild")


@pytest.mark.parametrize("gate", [(), SHUT])
def test_f2_f27_after_its_last_repeat_a_stretch_is_held(gate: tuple[str, ...]) -> None:
    over = ["StretchEnded, 1 is due, again False", *HELD]
    assert asked(full(stretch=stretch(ThenKind.REPEAT), gate_shut=gate)) == over


@pytest.mark.parametrize(
    ("state", "order"),
    [
        (lambda: full(stretch=stretch(ThenKind.REPEAT, 1)), "change 60 limit 5.6 at pump 1"),
        (lambda: full(stretch=stretch(ThenKind.SAME_STEP)), "change 60 limit 5.6 at pump 1"),
        (
            lambda: full(step=3, hung="B", bags={}, stretch=stretch(ThenKind.SAME_STEP)),
            "change 30 limit 5.3 at pump 1",
        ),
    ],
    ids=range(3),
)
def test_f2_f27_after_a_stretch_its_next_rate_is_asked(state: Callable[[], RunState], order: str) -> None:
    assert asked(state()) == ["DwellBegun", order]
